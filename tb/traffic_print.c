/* traffic_print.c: the counts of random traffic as a few lines. Prints only what happened. */
#include <inttypes.h>

#include "tablewalk/pte.h"
#include "tb/traffic.h"

static void print_count(FILE *to, const char *name, uint64_t count)
{
    if (count != 0)
        fprintf(to, "  %-31s %12" PRIu64 "\n", name, count);
}

static void print_counters(const struct traffic_counts *counts, FILE *to)
{
    static const char *const names[COUNTERS] = {
#define NAME(NAME) #NAME,
        TRAFFIC_COUNTERS(NAME)
#undef NAME
    };
    char name[32];
    print_count(to, "stretches with many pages", counts->wide_phases);
    print_count(to, "bits to be spoilt", counts->spoilt);
    for (unsigned n = 0; n < TW_WALKERS_MAX; n++) {
        snprintf(name, sizeof name, "cycles with %u walkers or more", n + 1);
        print_count(to, name, counts->walkers[n]);
    }
    for (unsigned counter = 0; counter < COUNTERS; counter++) {
        snprintf(name, sizeof name, "COUNT_%s", names[counter]);
        print_count(to, name, counts->counter[counter]);
    }
}

static void print_hashed(const struct inverted_counts *counts, FILE *to)
{
    print_count(to, "entries unlinked", counts->unlinked);
    print_count(to, "entries linked elsewhere", counts->relinked);
    print_count(to, "entries reused", counts->reused);
    print_count(to, "entries reused without a fence", counts->reused_early);
    print_count(to, "words of chains spoilt", counts->spoilt);
}

void traffic_print(const struct traffic_counts *counts, FILE *to)
{
    static const char *const fences[FENCE_KINDS] = {"fences of all", "fences by address",
                                                    "fences by space", "fences by both"};
    char name[32];
    print_count(to, "cycles", counts->cycles);
    print_count(to, "requests", counts->requests);
    print_count(to, "answers", counts->answers);
    print_count(to, "answers out of order", counts->overtaken);
    for (unsigned cause = 0; cause < CAUSES; cause++)
        print_count(to, cause == 0 ? "without a fault" : tw_cause_name(cause),
                    counts->cause[cause]);
    for (unsigned size = PAGE_SHIFT; size < PAGE_SIZES; size++) {
        snprintf(name, sizeof name, "pages of 2^%u bytes", size);
        print_count(to, name, counts->size[size]);
    }
    for (unsigned kind = 0; kind < FENCE_KINDS; kind++)
        print_count(to, fences[kind], counts->fence[kind]);
    print_count(to, "fences in a walk", counts->fence_in_walk);
    print_count(to, "writes to SATP", counts->satp_writes);
    print_count(to, "writes to CONTROL", counts->control_writes);
    print_count(to, "writes to segments", counts->segment_writes);
    print_count(to, "writes to HASH_TABLE, _ANCHORS", counts->hash_writes);
    print_count(to, "reads of the oldest fault", counts->fault_reads);
    print_count(to, "refused register accesses", counts->refused);
    print_count(to, "PTEs changed by software", counts->remaps);
    print_hashed(&counts->inverted, to);
    print_count(to, "entries unlinked in a walk", counts->unlinked_in_walk);
    print_count(to, "PTEs that fail on the bus", counts->bus_errors);
    print_count(to, "resets", counts->resets);
    print_count(to, "resets in a walk", counts->resets_in_walk);
    for (unsigned race = 0; race < RACES; race++) {
        snprintf(name, sizeof name, "race: %s", racing_writer_name((enum race)race));
        print_count(to, name, counts->race[race]);
    }
    print_counters(counts, to);
}
