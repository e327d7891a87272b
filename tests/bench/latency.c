/* latency.c: what each kind of answer costs, measured on the pins of RTL and model in lockstep. */
#include "tests/bench/bench.h"
#include "tests/support/fixture.h"

static const unsigned LATENCIES[] = {1, 2, 5, 10, 20};
enum { N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES };

/* One scenario, and the least that it can take with L PTE reads from the root to the leaf:
 * `fixed` + (`accesses` + `per_read` * L) * (M+1) cycles. */
typedef struct scenario {
    const char *name;  /* in the CSV */
    const char *title; /* in the table */
    uint64_t (*measure)(fixture *f, unsigned level);
    bool by_level;       /* for a leaf at every level; else for a 4-KiB page */
    bool (*built)(void); /* NULL: always */
    unsigned fixed, accesses, per_read;
} scenario;

static void map_leaf(fixture *f, uint64_t va, unsigned level, unsigned flags)
{
    fixture_map(f, va, level, pages_pte(pages_frame(f->pages.mode, level), flags));
}

static uint64_t cycles_to(fixture *f, tw_request request)
{
    return fixture_translate(f, request).latency;
}

/* ---- scenarios ------------------------------------------------------------------------------- */

static uint64_t l1_hit(fixture *f, unsigned level)
{
    uint64_t va = pages_va(f->pages.mode);
    map_leaf(f, va, level, F_PAGE);
    cycles_to(f, load(va));
    return cycles_to(f, load(va));
}

/* What one port has walked for, the other finds in the second level. */
static uint64_t l2_hit(fixture *f, unsigned level)
{
    uint64_t va = pages_va(f->pages.mode);
    map_leaf(f, va, level, F_PAGE);
    cycles_to(f, fetch(va));
    return cycles_to(f, load(va));
}

static uint64_t walk_with(fixture *f, unsigned level, unsigned flags)
{
    uint64_t va = pages_va(f->pages.mode);
    map_leaf(f, va, level, flags);
    return cycles_to(f, load(va));
}

static uint64_t walk_cold(fixture *f, unsigned level)
{
    return walk_with(f, level, F_PAGE);
}

/* A walk for the neighbour goes through the same tables first. */
static uint64_t walk_cached(fixture *f, unsigned level)
{
    uint64_t beside = pages_va_beside(f->pages.mode, pages_va(f->pages.mode), level);
    map_leaf(f, beside, level, F_PAGE);
    cycles_to(f, load(beside));
    return walk_with(f, level, F_PAGE);
}

static uint64_t ad_update(fixture *f, unsigned level)
{
    return walk_with(f, level, F_V | F_RWX);
}

static uint64_t fault(fixture *f, unsigned level)
{
    return walk_with(f, level, 0);
}

/* From the write that fences being taken to its answer. */
static uint64_t fence(fixture *f, unsigned level)
{
    l1_hit(f, level);
    uint64_t begin = fixture_cycle(f);
    fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
    fixture_clock(f);
    while (!tw_machine_out(f->machine)->reg_resp_valid)
        fixture_clock(f);
    return fixture_cycle(f) - begin;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* The most cycles in any mode, for a leaf that takes so many PTE reads from the root; 0: for a 4-KiB
 * page, however many it takes. */
static uint64_t cycles_of(const scenario *s, unsigned m, unsigned reads)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned levels = mode_levels(fixture_mode(i));
        if (reads > levels)
            continue;
        fixture *f = fixture_open(fixture_mode(i), m);
        uint64_t cycles = s->measure(f, reads == 0 ? 0 : levels - reads);
        most = cycles > most ? cycles : most;
        fixture_close(f);
    }
    return most;
}

/* Cycles for each M, and the greatest ratio to the least possible. */
static void line(const scenario *s, unsigned reads, FILE *to, FILE *csv)
{
    double worst = 0;
    unsigned accesses = s->accesses + s->per_read * reads;
    char text[64];
    snprintf(text, sizeof text, reads == 0 ? "%s" : "%s, L = %u", s->title, reads);
    fprintf(to, "  %-28s", text);
    for (unsigned i = 0; i < N_LATENCIES; i++) {
        unsigned m = LATENCIES[i];
        uint64_t cycles = cycles_of(s, m, reads);
        double ratio = (double)cycles / (s->fixed + accesses * (m + 1));
        worst = ratio > worst ? ratio : worst;
        fprintf(to, "%8llu", (unsigned long long)cycles);
        fprintf(csv, "%s,%s,%u,%u,%llu\n", tw_rtl_built()->name, s->name, m, reads,
                (unsigned long long)cycles);
    }
    snprintf(text, sizeof text, accesses == 0 ? "%u" : "%u + %u*(M+1)", s->fixed, accesses);
    fprintf(to, "   %-14s%7.2f\n", text, worst);
}

int bench_latency(FILE *to, FILE *csv)
{
    static const scenario scenarios[] = {
        {"l1_hit", "hit", l1_hit, .fixed = 1},
        {"l2_hit", "second-level hit", l2_hit, .built = has_l2, .fixed = 2},
        {"walk_cold", "walk", walk_cold, .by_level = true, .fixed = 1, .per_read = 1},
        {"walk_cached", "walk, tables known", walk_cached, .by_level = true,
         .built = has_walk_cache, .fixed = 1, .accesses = 1},
        {"ad_update", "walk that sets A", ad_update, .by_level = true, .fixed = 1, .accesses = 1,
         .per_read = 1},
        {"fault", "walk that faults", fault, .by_level = true, .fixed = 1, .per_read = 1},
        {"fence", "fence", fence, .fixed = 2}};
    unsigned most_reads = mode_levels(fixture_mode(fixture_modes() - 1));
    fprintf(csv, "config,scenario,M,levels,cycles\n");
    fprintf(to,
            "Cycles from request to answer, the most of all modes; configuration %s, RTL and model "
            "in lockstep\n  %-28s",
            tw_rtl_built()->name, "memory latency M");
    for (unsigned i = 0; i < N_LATENCIES; i++)
        fprintf(to, "%8u", LATENCIES[i]);
    fprintf(to, "   least possible  ratio\n");
    for (const scenario *s = scenarios; s < scenarios + sizeof scenarios / sizeof *scenarios; s++) {
        if (s->built != NULL && !s->built())
            continue;
        for (unsigned reads = s->by_level; reads <= (s->by_level ? most_reads : 0); reads++)
            line(s, reads, to, csv);
    }
    fputs("  least: of registered outputs: the first PTE's address on the pins in the cycle after "
          "the "
          "lookup, each\n  answer M cycles after its request was taken, the next request or the "
          "answer one cycle later;\n  the second level one cycle after the TLB\n",
          to);
    return 0;
}
