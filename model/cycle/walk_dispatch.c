/* walk_dispatch.c: two ports, one walker. Who lost last time goes first. */
#include "model/cycle/walk_dispatch.h"

#include <stddef.h>

void walk_dispatch_reset(struct walk_dispatch *dispatch)
{
    dispatch->turn = 0;
}

void walk_dispatch_decide(const struct walk_dispatch *dispatch, const struct walk_dispatch_in *in,
                          struct walk_dispatch_out *out)
{
    const bool fetch = in->fetch_miss != NULL, data = in->data_miss != NULL;
    out->fetch_miss_grant = in->walker_idle && fetch && (!data || dispatch->turn == 0);
    out->data_miss_grant = in->walker_idle && data && (!fetch || dispatch->turn == 1);
    out->start.valid = out->fetch_miss_grant || out->data_miss_grant;
    if (!out->start.valid)
        return;
    out->start.port = out->data_miss_grant;
    out->start.request = out->data_miss_grant ? *in->data_miss : *in->fetch_miss;
}

void walk_dispatch_clock(struct walk_dispatch *dispatch, const struct walk_dispatch_out *out)
{
    if (out->start.valid)
        dispatch->turn = !out->start.port;
}
