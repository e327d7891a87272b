/* memory_monitor.c: see memory_monitor.h. */
#include "tb/memory_monitor.h"

#include <inttypes.h>

/* True if the request wants just this access, of the PTE that maps this range. */
static bool wanted(const struct flight *flight, const struct step *step, const struct range *range)
{
    const tw_request *request = &flight->request;
    if (!observer_serves(flight, step, range))
        return false;
    if (!step->swap)
        return true;
    const tw_hashed_step said = observer_word(&flight->control, range, step->expected);
    return flight->control.adue &&
           tw_judge(&flight->control, request, said.pte, range->level) == CHECK_NONE &&
           !pte_touched(step->expected, request->op) &&
           step->desired == pte_touch(step->expected, request->op);
}

/* True if some request in flight wants it. */
static bool wanted_by_any(const struct observer *observer, const struct step *step)
{
    for (unsigned i = 0; i < step->ranges; i++)
        for (unsigned port = 0; port < PORTS; port++)
            for (unsigned id = 0; id < IDS; id++)
                if (wanted(&observer->flight[port][id], step, &step->range[i]))
                    return true;
    return false;
}

/* True if it can be a prefetch, which never swaps. */
static bool may_be_ahead(const struct step *step)
{
    for (unsigned i = 0; !step->swap && i < step->ranges; i++)
        if (step->range[i].ahead)
            return true;
    return false;
}

static tw_status refuse(const struct step *step, const char *why, tw_error *error)
{
    if (step->swap)
        return tw_fail(error, TW_MISMATCH,
                       "compare-and-swap at 0x%" PRIx64 " from 0x%" PRIx64 " to 0x%" PRIx64 ": %s",
                       step->address, step->expected, step->desired, why);
    return tw_fail(error, TW_MISMATCH, "PTE read at 0x%" PRIx64 ": %s", step->address, why);
}

tw_status memory_monitor_request(const struct observer *observer, const struct step *step,
                                 bool fits, bool *ahead, tw_error *error)
{
    static const uint64_t touch = UINT64_C(1) << PTE_A | UINT64_C(1) << PTE_D;
    *ahead = false;
    if (!fits)
        return refuse(step, "no walk in progress leads there", error);
    if (step->swap && ((step->expected ^ step->desired) & ~touch) != 0)
        return refuse(step, "it changes more than A and D", error);
    if (wanted_by_any(observer, step))
        return TW_OK;
    *ahead = may_be_ahead(step);
    return *ahead ? TW_OK : refuse(step, "no request in flight needs it", error);
}
