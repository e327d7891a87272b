/* latency.c: what each kind of answer costs, measured on the pins of RTL and model in lockstep. */
#include "tests/bench/bench.h"
#include "tests/support/fixture.h"

static const unsigned LATENCIES[] = {1, 2, 5, 10, 20};
enum { N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES };

/* One scenario: its cycles with this memory, for a leaf that takes `reads` PTE reads. */
typedef struct scenario {
    const char *name;  /* in the CSV */
    const char *title; /* in the table */
    unsigned accesses; /* memory accesses beside the PTE reads */
    uint64_t (*measure)(fixture *f, unsigned level);
} scenario;

static void map_leaf(fixture *f, unsigned level, unsigned flags)
{
    unsigned mode = f->pages.mode;
    fixture_map(f, pages_va(mode), level, pages_pte(pages_frame(mode, level), flags));
}

static uint64_t load_cycles(fixture *f)
{
    return fixture_translate(f, load(pages_va(f->pages.mode))).latency;
}

static uint64_t hit(fixture *f, unsigned level)
{
    map_leaf(f, level, F_PAGE);
    load_cycles(f);
    return load_cycles(f);
}

static uint64_t walk(fixture *f, unsigned level)
{
    map_leaf(f, level, F_PAGE);
    return load_cycles(f);
}

static uint64_t update(fixture *f, unsigned level)
{
    map_leaf(f, level, F_V | F_RWX);
    return load_cycles(f);
}

static uint64_t fault(fixture *f, unsigned level)
{
    map_leaf(f, level, 0);
    return load_cycles(f);
}

/* From the write that fences being taken to its answer. */
static uint64_t fence(fixture *f, unsigned level)
{
    hit(f, level);
    uint64_t begin = fixture_cycle(f);
    fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
    fixture_clock(f);
    while (!tw_machine_out(f->machine)->reg_resp_valid)
        fixture_clock(f);
    return fixture_cycle(f) - begin;
}

static uint64_t cycles_of(const scenario *s, unsigned mode, unsigned m, unsigned level)
{
    fixture *f = fixture_open(mode, m);
    uint64_t cycles = s->measure(f, level);
    fixture_close(f);
    return cycles;
}

/* One line: cycles for each M, and the greatest ratio to the bound. `reads` 0: no memory in it. */
static void line(const scenario *s, unsigned mode, unsigned reads, unsigned bound_fixed, FILE *to,
                 FILE *csv)
{
    double worst = 0;
    unsigned level = reads == 0 ? 0 : mode_levels(mode) - reads;
    char title[64];
    snprintf(title, sizeof title, reads == 0 ? "%s" : "%s, L = %u", s->title, reads);
    fprintf(to, "  %-28s", title);
    for (unsigned i = 0; i < N_LATENCIES; i++) {
        unsigned m = LATENCIES[i];
        uint64_t cycles = cycles_of(s, mode, m, level);
        uint64_t bound = bound_fixed + (reads + s->accesses) * (m + 1);
        double ratio = (double)cycles / (double)bound;
        worst = ratio > worst ? ratio : worst;
        fprintf(to, "%8llu", (unsigned long long)cycles);
        fprintf(csv, "%s,%s,%u,%u,%llu\n", tw_rtl_built()->name, s->name, m, reads,
                (unsigned long long)cycles);
    }
    fprintf(to, "   %u", bound_fixed);
    if (reads + s->accesses > 0)
        fprintf(to, " + %u*(M+1)", reads + s->accesses);
    else
        fprintf(to, "%10s", "");
    fprintf(to, "%9.2f\n", worst);
}

int bench_latency(FILE *to, FILE *csv)
{
    static const scenario l1_hit = {"l1_hit", "hit", 0, hit}, fences = {"fence", "fence", 0, fence};
    static const scenario by_level[] = {{"walk_cold", "walk", 0, walk},
                                        {"ad_update", "walk that sets A", 1, update},
                                        {"fault", "walk that faults", 0, fault}};
    unsigned mode = fixture_mode(fixture_modes() - 1);
    fprintf(csv, "config,scenario,M,levels,cycles\n");
    fprintf(to, "Cycles from request to answer, %s; configuration %s, RTL and model in lockstep\n",
            tw_mode_name(mode), tw_rtl_built()->name);
    fprintf(to, "  %-28s", "memory latency M");
    for (unsigned i = 0; i < N_LATENCIES; i++)
        fprintf(to, "%8u", LATENCIES[i]);
    fprintf(to, "   least possible  ratio\n");
    line(&l1_hit, mode, 0, 1, to, csv);
    for (unsigned s = 0; s < sizeof by_level / sizeof *by_level; s++)
        for (unsigned reads = 1; reads <= mode_levels(mode); reads++)
            line(&by_level[s], mode, reads, 1, to, csv);
    line(&fences, mode, 0, 2, to, csv);
    return 0;
}
