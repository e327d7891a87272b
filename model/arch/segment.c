/* segment.c: rule 16. */
#include "tablewalk/segment.h"

static tw_check judge(const tw_segment *segment, const tw_request *request)
{
    const bool down = segment->flags >> SEGMENT_DOWN & 1;
    const bool carries = segment->base + request->va < segment->base;
    if ((down ? ~request->va : request->va) >= segment->limit || carries != down)
        return CHECK_LIMIT;
    if (!leaf_grants(segment->flags, request->op, request->priv, request->sum, request->mxr))
        return CHECK_SEGMENT;
    return CHECK_NONE;
}

tw_check tw_segment_apply(const tw_segment *segment, const tw_request *request, uint64_t *va)
{
    const tw_check check = judge(segment, request);
    *va = check == CHECK_NONE ? segment->base + request->va : 0;
    return check;
}
