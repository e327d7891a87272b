/* segment_print.c: what a segment makes of one request, as one line. */
#include "tablewalk/segment.h"

#include <inttypes.h>

/* "  segment 1: base 0x200, limit 0x14, grows down, R W" */
static void print_segment(unsigned number, const tw_segment *segment, FILE *to)
{
    const bool rights = (segment->flags & ((1u << (PTE_U + 1)) - (1u << PTE_R))) != 0;
    fprintf(to, "  segment %u: base 0x%" PRIx64 ", limit 0x%" PRIx64 ", grows %s,%s", number,
            segment->base, segment->limit, segment->flags >> SEGMENT_DOWN & 1 ? "down" : "up",
            rights ? "" : " no rights");
    for (unsigned bit = PTE_R; bit <= PTE_U; bit++)
        if (pte_bit(segment->flags, bit))
            fprintf(to, " %c", "VRWXU"[bit]);
}

void tw_segment_print(unsigned number, const tw_segment *segment, const tw_request *request,
                      FILE *to)
{
    uint64_t linear;
    tw_check check = tw_segment_apply(segment, request, &linear);
    print_segment(number, segment, to);
    fprintf(to, ": offset 0x%" PRIx64, request->va);
    if (check == CHECK_NONE)
        fprintf(to, " is linear address 0x%" PRIx64 "\n", linear);
    else if (check == CHECK_LIMIT)
        fprintf(to, " is outside, check \"%s\"\n", tw_check_name(check));
    else
        fprintf(to, " is inside, but not for this %s, check \"%s\"\n", tw_op_name(request->op),
                tw_check_name(check));
}
