/* report.c: one block of lines for each question that a reader has. */
#include "tb/report.h"

#include <inttypes.h>

static void print_setup(const report_setup *setup, const results *r, FILE *to)
{
    fprintf(to, "engine %s, configuration %s, %s, seed %" PRIu64 ", memory latency %u-%u cycles\n",
            setup->engine, setup->config, setup->mode, setup->seed, (unsigned)setup->latency_min,
            (unsigned)setup->latency_max);
    fprintf(to, "%zu process%s, %zu pages touched, %zu frames", r->processes,
            r->processes == 1 ? "" : "es", r->pages, r->frames);
    if (r->row_frames != 0)
        fprintf(to, ", besides %zu for page tables", r->row_frames);
    if (r->relocated != 0)
        fprintf(to, "\nrelocated into 32-bit addresses, page by page: %zu region%s", r->relocated,
                r->relocated == 1 ? "" : "s");
    fprintf(to, "\n\n");
}

static void print_accesses(const results *r, FILE *to)
{
    fprintf(to,
            "accesses        %10" PRIu64 "   %" PRIu64 " fetches, %" PRIu64 " loads, %" PRIu64
            " stores, of %" PRIu64 " references (%.1f %%)\n",
            results_accesses(r), r->cpu.fetches, r->cpu.loads, r->cpu.stores, r->cpu.references,
            100 * results_ratio(r->cpu.references, r->references));
    fprintf(to, "cycles          %10" PRIu64 "   %.2f an access; %.0f a second for %.1f s\n",
            r->cycles, results_ratio(r->cycles, results_accesses(r)), results_speed(r), r->seconds);
}

static void print_chains(const results *r, FILE *to)
{
    const mmu_counters *c = &r->counter;
    fprintf(to,
            "hashed chains   %10.2f   probes a walk; ended at entry 1: %" PRIu64 ", 2: %" PRIu64
            ", 3-4: %" PRIu64 ", 5-8: %" PRIu64 ", more: %" PRIu64 "\n",
            results_ratio(c->PROBES, c->WALKS), c->CHAIN_1, c->CHAIN_2, c->CHAIN_4, c->CHAIN_8,
            c->CHAIN_MORE);
}

static void print_mmu(const results *r, FILE *to)
{
    const mmu_counters *c = &r->counter;
    if (!r->counted) {
        fprintf(to, "the machine stands still: its counters cannot be read\n");
        return;
    }
    if (!r->paged) {
        fprintf(to, "segments are all that translates: no TLB, no walks\n");
        return;
    }
    fprintf(to, "fetch TLB       %9.2f %%   %" PRIu64 " hits of %" PRIu64 " requests\n",
            100 * results_ratio(c->FETCH_HITS, c->FETCH_REQUESTS), c->FETCH_HITS,
            c->FETCH_REQUESTS);
    fprintf(to, "data TLB        %9.2f %%   %" PRIu64 " hits of %" PRIu64 " requests\n",
            100 * results_ratio(c->DATA_HITS, c->DATA_REQUESTS), c->DATA_HITS, c->DATA_REQUESTS);
    fprintf(to,
            "second level    %9.2f %%   %" PRIu64 " hits of %" PRIu64 " TLB misses, %" PRIu64
            " parity errors\n",
            100 * results_ratio(results_l2_hits(r), results_misses(r)), results_l2_hits(r),
            results_misses(r), c->L2_PARITY);
    fprintf(to, "walk cache      %9.2f %%   %" PRIu64 " hits of %" PRIu64 " walks\n",
            100 * results_ratio(results_walk_cache_hits(r), c->WALKS), results_walk_cache_hits(r),
            c->WALKS);
    fprintf(to, "walks           %10" PRIu64 "   %.1f cycles each, %.2f PTE reads each\n", c->WALKS,
            results_ratio(c->WALK_CYCLES, c->WALKS), results_ratio(c->READS, c->WALKS));
    if (r->hashed)
        print_chains(r, to);
    if (r->prefetch)
        fprintf(to, "prefetches      %10" PRIu64 "   of the walks, ahead of any request\n",
                c->PREFETCHES);
    fprintf(to, "A/D updates     %10" PRIu64 "   %" PRIu64 " tried again\n", c->SWAPS, c->RETRIES);
    fprintf(to, "fences          %10" PRIu64 "\n", c->FENCES);
}

/* Nothing if nothing was translated by page tables. */
static void print_latency(const results *r, FILE *to)
{
    if (latency_misses(r->latency) == 0)
        return;
    fprintf(to, "\ncycles from request to answer, of %" PRIu64 " TLB misses (mean %.1f):\n",
            latency_misses(r->latency), latency_mean(r->latency));
    latency_print(r->latency, to);
}

static void print_os(const results *r, FILE *to)
{
    uint64_t faults = 0;
    for (unsigned cause = 0; cause < 16; cause++)
        faults += r->os.faults[cause];
    fprintf(to, "\nfaults          %10" PRIu64 "  ", faults);
    const char *comma = " ";
    for (unsigned cause = 0; cause < 16; cause++)
        if (r->os.faults[cause] != 0) {
            fprintf(to, "%s%" PRIu64 " %s", comma, r->os.faults[cause], tw_cause_name(cause));
            comma = ", ";
        }
    fprintf(to,
            "\nzero-fills      %10" PRIu64
            "   first touches, and clean zero pages that came back\n",
            r->os.zero_fills);
    fprintf(to, "swap-outs       %10" PRIu64 "   besides %" PRIu64 " clean pages dropped\n",
            r->os.swap_out, r->os.clean_drops);
    fprintf(to, "swap-ins        %10" PRIu64 "\n", r->os.swap_in);
    if (r->os.writes_failed + r->os.reads_failed > 0)
        fprintf(to, "disk refusals   %10" PRIu64 "   the last: %s\n",
                r->os.writes_failed + r->os.reads_failed, r->disk_error);
    fprintf(to, "page tables     %10" PRIu64 "   frames\n", r->os.table_frames);
    fprintf(to,
            "switches        %10" PRIu64 "   %" PRIu64 " processes finished, %" PRIu64 " killed\n",
            r->os.switches, r->os.finished, r->os.killed);
}

/* Memory in segments: what moved, and what was lost between them and in them. */
static void print_segment_memory(const os_segment_counts *s, FILE *to)
{
    fprintf(to, "moves           %10" PRIu64 "   into a hole, to grow there\n", s->moves);
    fprintf(to, "compactions     %10" PRIu64 "   %" PRIu64 " bytes moved, by moves too\n",
            s->compactions, s->bytes_moved);
    fprintf(to, "segment swaps   %10" PRIu64 "   out, %" PRIu64 " in, each a whole segment\n",
            s->swapped_out, s->swapped_in);
    fprintf(to,
            "fragmentation   %9.2f %%   external at its worst: largest hole %" PRIu64 " of %" PRIu64
            " free bytes\n",
            100 * results_fragmentation(s->blocked_hole, s->blocked_free), s->blocked_hole,
            s->blocked_free);
    fprintf(to,
            "at the end      %9.2f %%   external: largest hole %" PRIu64 " of %" PRIu64
            " free bytes\n",
            100 * results_fragmentation(s->end_hole, s->end_free), s->end_hole, s->end_free);
}

static void print_segments(const results *r, FILE *to)
{
    const os_segment_counts *s = &r->segments;
    if (!r->segmented)
        return;
    fprintf(to,
            "\nsegments        %10" PRIu64 "   requests placed, %" PRIu64 " outside, %" PRIu64
            " without the right\n",
            r->monitors.through, r->monitors.limits, r->monitors.rights);
    fprintf(to,
            "descriptors     %10" PRIu64 "   loaded %" PRIu64 " times on demand, %" PRIu64
            " at switches\n",
            s->descriptors, s->loads, s->restores);
    fprintf(to, "growths         %10" PRIu64 "   of segments, by limit faults\n", s->growths);
    if (!r->paged)
        print_segment_memory(s, to);
    fprintf(to,
            "unreached       %9.2f %%   internal fragmentation: %" PRIu64 " of %" PRIu64
            " bytes in segments\n",
            100 * results_ratio(s->unreached, s->allocated), s->unreached, s->allocated);
}

/* Nothing of processes that were cut short or killed. */
static void print_final_data(const results *r, FILE *to)
{
    for (size_t i = 0; i < r->processes; i++)
        if (r->final[i].known)
            fprintf(to, "%-16s%016" PRIx64 "   checksum of all pages of process %zu at its end\n",
                    "final data", r->final[i].checksum, i + 1);
}

static void print_checks(const results *r, bool colour, FILE *to)
{
    const char *verdict = !results_good(r) ? "FAILED" : r->complete ? "passed" : "stopped";
    const char *paint = !results_good(r) ? "\033[1;31m" : "\033[1;32m";
    fprintf(to,
            "\nchecked         %10" PRIu64 "   translations (%" PRIu64
            " by a PTE that memory had changed since), %" PRIu64 " faults,\n"
            "%-26s   %" PRIu64 " PTE reads, %" PRIu64 " A/D updates, %" PRIu64 " loads\n",
            results_translations(r), r->monitors.stale, r->monitors.faults, "", r->monitors.reads,
            r->monitors.swaps, r->data_checks);
    fprintf(to, "data errors     %10" PRIu64 "%s%s\n", r->data_errors,
            r->data_errors == 0 ? "" : "   ", r->first_data_error);
    fprintf(to, "mismatches      %10u\n", results_mismatches(r));
    fprintf(to, "%s%s%s\n", colour ? paint : "", verdict, colour ? "\033[0m" : "");
}

void report_print(const report_setup *setup, const results *r, bool colour, FILE *to)
{
    print_setup(setup, r, to);
    print_accesses(r, to);
    print_mmu(r, to);
    print_latency(r, to);
    print_os(r, to);
    print_segments(r, to);
    print_final_data(r, to);
    print_checks(r, colour, to);
}
