/* A heap and a list of free pieces that is kept in the simplest way, side by side. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/random.h"
#include "tests/support/heap_bench.h"

/* Without coalescing pieces become more and more, so a run is short, and there are many. */
enum { OPERATIONS = 100000, IN_A_RUN = 500, LIVE_MAX = 120, PIECES_MAX = IN_A_RUN + 1 };

typedef struct piece {
    uint64_t address, bytes;
} piece;

/* What must be free, in the list's order; no memory, no links. */
typedef struct oracle {
    const heap_options *options;
    unsigned count;
    piece piece[PIECES_MAX];
} oracle;

static void oracle_remove(oracle *o, unsigned i)
{
    memmove(&o->piece[i], &o->piece[i + 1], (--o->count - i) * sizeof o->piece[0]);
}

static void oracle_insert(oracle *o, unsigned i, piece p)
{
    memmove(&o->piece[i + 1], &o->piece[i], (o->count++ - i) * sizeof o->piece[0]);
    o->piece[i] = p;
}

static bool out_of_order(const oracle *o, piece a, piece b)
{
    switch (o->options->order) {
    case HEAP_BY_ADDRESS:
        return a.address > b.address;
    case HEAP_SHORT_FIRST:
        return a.bytes > b.bytes;
    default:
        return a.bytes < b.bytes;
    }
}

/* In front; or to the end, and then forward as long as it is out of order. */
static void oracle_add(oracle *o, piece p)
{
    unsigned i = o->options->order == HEAP_LAST_FIRST ? 0 : o->count;
    while (i > 0 && out_of_order(o, o->piece[i - 1], p))
        i--;
    oracle_insert(o, i, p);
}

/* The address, HEAP_END if there is none; *got is what the chunk has. */
static uint64_t oracle_malloc(oracle *o, uint64_t bytes, uint64_t *got)
{
    const heap_options *h = o->options;
    const uint64_t shortest = h->header == 0 ? 1 : 8;
    unsigned best = o->count;
    bytes = h->header + (bytes + h->align - 1) / h->align * h->align;
    for (unsigned i = 0; i < o->count; i++)
        if (o->piece[i].bytes >= bytes &&
            (best == o->count ||
             (h->fit == HEAP_BEST_FIT && o->piece[i].bytes < o->piece[best].bytes) ||
             (h->fit == HEAP_WORST_FIT && o->piece[i].bytes > o->piece[best].bytes)))
            best = i;
    if (best == o->count)
        return HEAP_END;
    const piece p = o->piece[best], rest = {p.address + bytes, p.bytes - bytes};
    *got = rest.bytes < shortest ? p.bytes : bytes;
    oracle_remove(o, best);
    if (rest.bytes >= shortest) {
        if (h->order == HEAP_SHORT_FIRST || h->order == HEAP_LONG_FIRST)
            oracle_add(o, rest);
        else
            oracle_insert(o, best, rest);
    }
    return p.address;
}

static void oracle_free(oracle *o, piece p)
{
    for (unsigned i = 0; o->options->coalesce && i < o->count;) {
        const piece other = o->piece[i];
        if (other.address + other.bytes != p.address && p.address + p.bytes != other.address) {
            i++;
            continue;
        }
        p.address = other.address < p.address ? other.address : p.address;
        p.bytes += other.bytes;
        oracle_remove(o, i);
        i = 0;
    }
    oracle_add(o, p);
}

/* ---- the run ---- */

typedef struct live {
    piece chunk;
    uint64_t bytes; /* the program's */
    uint32_t value; /* that is in each of its words */
} live;

typedef struct run {
    heap_bench *bench;
    oracle oracle;
    uint64_t seed, random, values;
    unsigned lives, operation, refusals, mallocs;
    live live[LIVE_MAX];
} run;

static void differ(const run *r, const char *what, uint64_t want, uint64_t got)
{
    const heap_options *o = r->oracle.options;
    fail_msg("seed %" PRIu64 ", operation %u, header %" PRIu32 ", fit %d, order %d, coalesce %d: "
             "%s: expected %" PRIu64 ", got %" PRIu64,
             r->seed, r->operation, o->header, (int)o->fit, (int)o->order, o->coalesce, what, want,
             got);
}

static uint32_t *words(const run *r, const live *l)
{
    const uint64_t begin = l->chunk.address + r->oracle.options->header;
    return &r->bench->word[(begin - r->bench->first) / 4];
}

/* Blocks of a heap without headers begin anywhere: only those with headers are filled. */
static bool filled(const run *r)
{
    return r->oracle.options->header != 0;
}

static void malloc_one(run *r)
{
    live l = {.bytes = random_percent(&r->random, 10) ? 1 + random_below(&r->random, 2000)
                                                      : 1 + random_below(&r->random, 120),
              .value = (uint32_t)random_next(&r->values)};
    uint64_t got = HEAP_END;
    tw_error error = {0};
    l.chunk.address = oracle_malloc(&r->oracle, l.bytes, &l.chunk.bytes);
    tw_status status = heap_malloc(&r->bench->heap, l.bytes, &got, &error);
    if (status != TW_OK && status != TW_NO_MEMORY)
        fail_msg("seed %" PRIu64 ", operation %u: %s", r->seed, r->operation, error.text);
    if (status == TW_OK)
        got -= r->oracle.options->header;
    if (got != l.chunk.address)
        differ(r, "malloc", l.chunk.address, got);
    r->mallocs++;
    if (status != TW_OK) {
        r->refusals++;
        return;
    }
    for (uint64_t i = 0; filled(r) && i < l.bytes / 4; i++)
        words(r, &l)[i] = l.value;
    r->live[r->lives++] = l;
}

static void check_contents(const run *r, const live *l)
{
    for (uint64_t i = 0; filled(r) && i < l->bytes / 4; i++)
        if (words(r, l)[i] != l->value)
            differ(r, "a word of a block", l->value, words(r, l)[i]);
}

static void free_one(run *r)
{
    const unsigned i = random_below(&r->random, r->lives);
    const live l = r->live[i];
    tw_error error = {0};
    check_contents(r, &l);
    oracle_free(&r->oracle, l.chunk);
    if (heap_free(&r->bench->heap, l.chunk.address + r->oracle.options->header, &error) != TW_OK)
        fail_msg("seed %" PRIu64 ", operation %u: %s", r->seed, r->operation, error.text);
    r->live[i] = r->live[--r->lives];
}

/* An address that is no live block's, but may well be one that was, or is in the middle of one. */
static void free_wrongly(run *r)
{
    const heap_options *o = r->oracle.options;
    const uint64_t chunk = o->base + random_below(&r->random, o->bytes);
    tw_error error = {0};
    for (unsigned i = 0; i < r->lives; i++)
        if (r->live[i].chunk.address == chunk)
            return;
    if (heap_free(&r->bench->heap, chunk + o->header, &error) != TW_USAGE)
        differ(r, "a wrong free", TW_USAGE, (uint64_t)error.status);
}

static void compare(const run *r)
{
    heap_chunk chunk;
    const heap *h = &r->bench->heap;
    uint64_t at = h->head;
    for (unsigned i = 0; i < r->oracle.count; i++, at = chunk.next) {
        if (at != r->oracle.piece[i].address)
            differ(r, "the free list", r->oracle.piece[i].address, at);
        assert_int_equal(heap_chunk_at(h, at, &chunk, NULL), TW_OK);
        if (chunk.bytes != r->oracle.piece[i].bytes)
            differ(r, "a free chunk's length", r->oracle.piece[i].bytes, chunk.bytes);
    }
    if (at != HEAP_END)
        differ(r, "the end of the free list", HEAP_END, at);
    if (r->operation % 10 == 0)
        heap_bench_check(r->bench);
}

static void play(const heap_options *options, uint64_t seed, unsigned *refusals, unsigned *mallocs)
{
    run r = {.bench = heap_bench_open(options), .seed = seed, .random = seed, .values = ~seed};
    r.oracle = (oracle){.options = options, .count = 1};
    r.oracle.piece[0] = (piece){options->base, options->bytes};
    for (; r.operation < IN_A_RUN; r.operation++) {
        /* Rounds in which blocks become more, and fewer. */
        const unsigned more = r.operation / 125 % 2 == 0 ? 75 : 30;
        if (random_percent(&r.random, 3))
            free_wrongly(&r);
        else if (r.lives == 0 || (r.lives < LIVE_MAX && random_percent(&r.random, more)))
            malloc_one(&r);
        else
            free_one(&r);
        compare(&r);
        for (unsigned i = 0; i < r.lives && r.operation % 100 == 0; i++)
            check_contents(&r, &r.live[i]);
    }
    *refusals += r.refusals;
    *mallocs += r.mallocs;
    heap_bench_close(r.bench);
}

static void every_policy_in_every_order_equals_a_list_of_pieces(void **state)
{
    (void)state;
    enum { KINDS = 3 * 4 * 2 * 2 };
    unsigned refusals = 0, mallocs = 0;
    for (unsigned n = 0; n < OPERATIONS / IN_A_RUN; n++) {
        heap_options options = {.base = 16384,
                                .bytes = 4096,
                                .align = 4,
                                .header = 8,
                                .fit = (heap_fit)(n % 3),
                                .order = (heap_order)(n / 3 % 4),
                                .coalesce = n / 12 % 2};
        if (n % KINDS >= KINDS / 2) { /* without headers the words stand behind the heap */
            options.align = 1;
            options.header = 0;
            options.records = options.base + options.bytes;
        }
        play(&options, n + 1, &refusals, &mallocs);
    }
    assert_in_range(refusals, mallocs / 50, mallocs / 2);
}

int main(void)
{
    const struct CMUnitTest heap_random[] = {
        cmocka_unit_test(every_policy_in_every_order_equals_a_list_of_pieces),
    };
    return cmocka_run_group_tests_name("heap_random", heap_random, NULL, NULL);
}
