/* soak_counts.c: the table of what a soak hit, and what it should have. */
#include "tests/support/soak_counts.h"

#include <inttypes.h>
#include <string.h>

#include "tablewalk/pte.h"

_Static_assert(sizeof(soak_counts) % sizeof(uint64_t) == 0, "nothing but counts");

void soak_counts_add(soak_counts *to, const soak_counts *from)
{
    uint64_t *sum = (uint64_t *)to;
    const uint64_t *more = (const uint64_t *)from;
    for (size_t i = 0; i < sizeof *to / sizeof *sum; i++)
        sum[i] += more[i];
}

static const char *const call_names[] = {
#define NAME(name, text) [SOAK_##name] = text,
    SOAK_CALLS(NAME)
#undef NAME
};

static const char *const event_names[] = {
#define NAME(name, actor, sentence) [OS_EVENT_##name] = #name,
    OS_EVENTS(NAME)
#undef NAME
};

static const char *const sin_names[] = {"in no area", "forbidden by its area",
                                        "beyond the end of a file"};

void soak_counts_print(const soak_counts *c, FILE *to)
{
    fprintf(to,
            "%" PRIu64 " accesses (%" PRIu64 " loads, %" PRIu64 " stores, %" PRIu64
            " fetches) in %" PRIu64 " turns of %" PRIu64 " systems, %" PRIu64 " cycles\n",
            c->accesses, c->loads, c->stores, c->fetches, c->slices, c->systems, c->cycles);
    fprintf(to,
            "%" PRIu64 " page crossings, %" PRIu64 " stacks made longer, %" PRIu64
            " waits for the disk, idle %" PRIu64 " times\n",
            c->crossings, c->grown, c->waits, c->idle);
    fprintf(to,
            "%" PRIu64 " loads, %" PRIu64 " pages at rest compared; %" PRIu64 " audits; %" PRIu64
            " translations judged; %" PRIu64 " minor, %" PRIu64 " major faults\n",
            c->checks, c->pages, c->audits, c->translations, c->minor, c->major);
    fprintf(to, "%-20s %10s %10s %10s\n", "call", "done", "refused", "no memory");
    for (unsigned i = 0; i < SOAK_CALL_KINDS; i++)
        fprintf(to, "%-20s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", call_names[i],
                c->calls[i][0], c->calls[i][1], c->calls[i][2]);
    for (unsigned i = 0; i < SOAK_SINS; i++)
        fprintf(to, "access %-26s %10" PRIu64 "\n", sin_names[i], c->sins[i]);
    for (unsigned i = 0; i <= OS_REASON_ASKED; i++)
        if (c->deaths[i] > 0)
            fprintf(to, "killed: %-25s %10" PRIu64 "\n", os_reason_text((os_reason)i),
                    c->deaths[i]);
    for (unsigned i = 0; i < OS_EVENT_KINDS; i++)
        fprintf(to, "event %-27s %10" PRIu64 "\n", event_names[i], c->events[i]);
}

static bool has_huge(unsigned mode)
{
    return mode != MODE_LINEAR && mode != MODE_HASHED;
}

/* Events that cannot be: nothing fails here, and not every mode has everything. (Linear mode has
 * the frames of free rows, so that its swap file is seldom full.) */
static bool cannot_be(os_event_kind event, unsigned mode)
{
    if (event == OS_EVENT_DISK_ERROR || (event == OS_EVENT_ZERO_PAGE && mode == MODE_HASHED))
        return true;
    return (event == OS_EVENT_HUGE_MADE || event == OS_EVENT_HUGE_SPLIT) && !has_huge(mode);
}

const char *soak_counts_missing(const soak_counts *c, unsigned mode)
{
    for (unsigned i = 0; i < SOAK_CALL_KINDS; i++)
        if (c->calls[i][0] == 0 && (i != SOAK_COLLAPSE || has_huge(mode)))
            return call_names[i];
    for (unsigned i = 0; i < OS_EVENT_KINDS; i++)
        if (c->events[i] == 0 && !cannot_be((os_event_kind)i, mode))
            return event_names[i];
    for (unsigned i = 0; i < SOAK_SINS; i++)
        if (c->sins[i] == 0)
            return sin_names[i];
    if (c->checks == 0 || c->pages == 0 || c->audits == 0 || c->translations == 0)
        return "comparisons with the oracle, audits, or translations judged";
    if (c->fetches == 0 || c->minor == 0 || c->major == 0)
        return "fetches, minor or major faults";
    if (c->waits == 0 || c->idle == 0)
        return "waits for the disk";
    if (c->grown == 0 || c->crossings == 0)
        return "a stack made longer, or a page crossing";
    static const os_reason reasons[] = {OS_REASON_NO_REGION, OS_REASON_FORBIDDEN,
                                        OS_REASON_BEYOND_FILE, OS_REASON_SWAP_FULL,
                                        OS_REASON_ASKED};
    for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (c->deaths[reasons[i]] == 0 &&
            !(mode == MODE_LINEAR && reasons[i] == OS_REASON_SWAP_FULL))
            return os_reason_text(reasons[i]);
    return NULL;
}
