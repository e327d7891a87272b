/* monitors.c: one observer decodes each cycle, the monitors judge what it saw. */
#include "tb/monitors.h"

#include <stdlib.h>

#include "tb/arch_monitor.h"
#include "tb/memory_monitor.h"
#include "tb/observer.h"
#include "tb/pin_monitor.h"

struct monitors {
    struct observer observer;
    struct pin_monitor pins;
    struct arch_monitor arch;
    struct monitor_counts counts; /* those that it makes itself */
    bool is_ahead[MEMORY_IDS];    /* the access that is under way is a prefetch */
};

struct monitors *monitors_open(const tw_config *config, const tw_memory *memory)
{
    struct monitors *monitors = calloc(1, sizeof *monitors);
    if (monitors == NULL)
        return NULL;
    observer_open(&monitors->observer, config);
    arch_monitor_open(&monitors->arch, memory);
    return monitors;
}

void monitors_close(struct monitors *monitors)
{
    if (monitors != NULL) {
        arch_monitor_close(&monitors->arch);
        observer_close(&monitors->observer);
    }
    free(monitors);
}

struct monitor_counts monitors_counts(const struct monitors *monitors)
{
    const struct arch_monitor *arch = &monitors->arch;
    struct monitor_counts counts = monitors->counts;
    counts.fresh = arch->fresh;
    counts.stale = arch->stale;
    counts.faults = arch->faults;
    counts.limits = arch->limits;
    counts.rights = arch->rights;
    counts.through = arch->through;
    counts.linear = arch->linear;
    counts.linear_faults = arch->linear_faults;
    counts.hashed = arch->hashed;
    counts.hashed_faults = arch->hashed_faults;
    counts.records = arch->records.judged;
    return counts;
}

static tw_status judge_answers(struct monitors *monitors, const tw_out *out, tw_error *error)
{
    tw_status status = TW_OK;
    for (unsigned port = 0; status == TW_OK && port < PORTS; port++) {
        struct answer_pins answer = observer_answer(out, port);
        if (answer.valid)
            status = arch_monitor_answer(
                &monitors->arch, &monitors->observer.flight[port][answer.id], port, &answer, error);
    }
    return status == TW_OK ? observer_retire(&monitors->observer, out, error) : status;
}

static bool is_for(const struct flight *flight, const struct range *page)
{
    return observer_translates(flight) && (flight->request.va ^ page->va) >> PAGE_SHIFT == 0;
}

/* A prefetch has ended: has a request come for its page in the meantime? */
static void count_ahead(struct monitors *monitors, const struct step *step)
{
    bool joined = false;
    for (unsigned i = 0; i < step->ranges; i++)
        for (unsigned port = 0; port < PORTS; port++)
            for (unsigned id = 0; step->range[i].ahead && id < IDS; id++)
                joined |= is_for(&monitors->observer.flight[port][id], &step->range[i]);
    monitors->counts.ahead_joined += joined;
    monitors->counts.ahead_fenced += step->dropped;
}

/* A word that ends the chain of a page; of several in flight that may be this walk's, the first. */
static void count_chain(struct monitors *monitors, const struct step *step)
{
    const tw_control *control = &monitors->observer.control;
    for (unsigned i = 0; i < step->ranges && !step->swap && !step->error && !step->dropped; i++) {
        const struct range *range = &step->range[i];
        const tw_hashed_step said = observer_word(control, range, step->value);
        const unsigned read = range->spot.anchor ? 0 : range->spot.before + 1;
        unsigned length = 0;
        if (!said.found && said.check == CHECK_NONE)
            continue;
        while (length + 1 < CHAIN_LENGTHS && read > (1u << length) >> 1)
            length++;
        monitors->counts.chain[length]++;
        monitors->counts.chain_faults += said.check == CHECK_CHAIN;
        return;
    }
}

static void count_access(struct monitor_counts *counts, const struct step *asked, unsigned mode)
{
    counts->reads += !asked->swap;
    counts->swaps += asked->swap;
    counts->linear_swaps += asked->swap && mode == MODE_LINEAR;
    counts->hashed_swaps += asked->swap && mode == MODE_HASHED;
    counts->shortcuts += asked->shortcut;
}

static tw_status judge_memory(struct monitors *monitors, uint64_t cycle, const tw_out *out,
                              const tw_in *in, tw_error *error)
{
    const struct step *answered;
    tw_status status = observer_memory_answer(&monitors->observer, in, &answered, error);
    if (status == TW_OK && answered != NULL)
        status = arch_monitor_step(&monitors->arch, &monitors->observer, answered, error);
    if (answered != NULL && monitors->is_ahead[in->mem_resp_id])
        count_ahead(monitors, answered);
    unsigned mode = satp_mode(monitors->observer.control.satp);
    if (answered != NULL && mode == MODE_HASHED)
        count_chain(monitors, answered);
    bool fits = false;
    const struct step *asked = observer_memory_request(&monitors->observer, cycle, out, &fits);
    if (asked == NULL || status != TW_OK)
        return status;
    count_access(&monitors->counts, asked, mode);
    bool *ahead = &monitors->is_ahead[out->mem_req_id];
    status = memory_monitor_request(&monitors->observer, asked, fits, ahead, error);
    monitors->counts.ahead += *ahead;
    return status;
}

/* Those that are taken at the end of this cycle. */
static void count_requests(struct monitors *monitors, const tw_out *out, const tw_in *in)
{
    const struct observer *observer = &monitors->observer;
    const unsigned mode = satp_mode(observer->control.satp);
    for (unsigned port = 0; port < PORTS; port++) {
        const struct request_pins pins = observer_request(out, in, port);
        const bool through = observer->segmented && pins.request.priv != PRIV_M;
        monitors->counts.requests[mode][through] += pins.valid && pins.ready;
    }
}

/* Answers are judged by what was known before this cycle, then a fence takes effect, then the
 * memory port shows what is known from the next cycle on. */
static tw_status watch(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                       tw_error *error)
{
    struct monitors *monitors = context;
    struct observer *observer = &monitors->observer;
    tw_status status = pin_monitor_cycle(&monitors->pins, observer, cycle, out, in, error);
    if (status == TW_OK)
        status = fault_monitor_cycle(&monitors->arch.records, &observer->access, out, error);
    if (status == TW_OK)
        status = judge_answers(monitors, out, error);
    if (in->rst_n == 0) {
        observer_reset(observer);
        arch_monitor_reset(&monitors->arch);
        return status;
    }
    struct fence fence;
    if (observer_register_answer(observer, out, &fence))
        arch_monitor_fence(&monitors->arch, &fence);
    if (status == TW_OK)
        status = judge_memory(monitors, cycle, out, in, error);
    count_requests(monitors, out, in);
    observer_take(observer, cycle, out, in);
    return status;
}

tw_watcher monitors_watcher(struct monitors *monitors)
{
    return (tw_watcher){.context = monitors, .cycle = watch};
}
