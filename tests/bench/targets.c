/* targets.c: what the default configuration has to reach with a memory of LATENCY cycles. */
#include "tests/bench/targets.h"

enum { LATENCY = 10 };

static void print_line(const char *what, double measured, const char *relation, double target,
                       bool met, FILE *to)
{
    fprintf(to, "  %-44s%10.3f   %s %-6.2f %s\n", what, measured, relation, target,
            met ? "met" : "missed");
}

void targets_print(const plays *p, FILE *to)
{
    static const struct {
        const char *workload;
        uint32_t outstanding;
        double most; /* cycles per translation */
    } target[] = {{"random64", 1, 2.6}, {"random4096", 1, 14}, {"stride", 1, 15},
                  {"zipf", 1, 8},       {"seq", 1, 1.25},      {"true", 1, 1.15},
                  {"sort", 1, 1.15},    {"random64", 4, 1.5},  {"random4096", 4, 8},
                  {"stride", 4, 8}};
    const uint32_t walkers = tw_rtl_built()->walkers;
    const double gain_wanted = 1.7;
    fprintf(to, "\nTargets, cycles per translation; M = %d\n", LATENCY);
    for (size_t i = 0; i < sizeof target / sizeof *target; i++) {
        double cycles =
            plays_cycles(p, target[i].workload, LATENCY, target[i].outstanding, walkers);
        char what[64];
        snprintf(what, sizeof what, "%s, %u outstanding", target[i].workload,
                 (unsigned)target[i].outstanding);
        print_line(what, cycles, "<=", target[i].most, cycles <= target[i].most, to);
    }
    double gain = plays_cycles(p, "random4096", LATENCY, 4, 1) /
                  plays_cycles(p, "random4096", LATENCY, 4, TW_WALKERS_MAX);
    print_line("random4096, 4 outstanding: 4 walkers for 1", gain, ">=", gain_wanted,
               gain >= gain_wanted, to);
}
