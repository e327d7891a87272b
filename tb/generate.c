/* generate.c: a reference is an address of its kind's, and then by chance a load or a store.
 * Invariant: what is drawn for addresses and for kinds of reference comes from two states, so that
 * another percentage of stores leaves the addresses as they are. */
#include "tb/generate.h"

#include <stdlib.h>

#include "tb/random.h"
#include "tb/zipf.h"

enum { WORD = 8, WORDS = (1 << PAGE_SHIFT) / WORD, INT = 4, INSTRUCTION = 4 };

struct generator {
    generate_spec spec;
    uint32_t *order; /* zipf: pages by rank; chase: the page after each; NULL for the others */
    uint64_t *sum;   /* zipf: as zipf_sums; NULL for the others */
    uint64_t given;  /* references since the first */
    uint64_t data;   /* of them to data */
    uint64_t addresses, kinds; /* states of random_next */
    uint32_t node;             /* chase: the page to be visited next */
};

/* ---- addresses, from the first page on ------------------------------------------------------- */

/* A random word of a page. */
static uint64_t any_word(generator *g, uint64_t page)
{
    return (page << PAGE_SHIFT) + WORD * (uint64_t)random_below(&g->addresses, WORDS);
}

static uint64_t sequential(generator *g)
{
    return g->data * g->spec.stride % (g->spec.pages << PAGE_SHIFT);
}

static uint64_t loop(generator *g)
{
    return g->data % g->spec.pages << PAGE_SHIFT;
}

static uint64_t uniform(generator *g)
{
    return any_word(g, random_below(&g->addresses, g->spec.pages));
}

static uint64_t zipf(generator *g)
{
    uint32_t random = (uint32_t)(random_next(&g->addresses) >> 32);
    return any_word(g, g->order[zipf_rank(g->sum, (uint32_t)g->spec.pages, random)]);
}

static uint64_t phase(generator *g)
{
    uint64_t first = g->data / g->spec.phase * g->spec.locality;
    return any_word(g, (first + random_below(&g->addresses, g->spec.locality)) % g->spec.pages);
}

static uint64_t element(const generator *g, uint64_t row, uint64_t column)
{
    return (row * (g->spec.pages / g->spec.n) << PAGE_SHIFT) + INT * column;
}

static uint64_t rows(generator *g)
{
    return element(g, g->data / g->spec.n % g->spec.n, g->data % g->spec.n);
}

static uint64_t columns(generator *g)
{
    return element(g, g->data % g->spec.n, g->data / g->spec.n % g->spec.n);
}

static uint64_t chase(generator *g)
{
    uint64_t address = (uint64_t)g->node << PAGE_SHIFT;
    g->node = g->order[g->node];
    return address;
}

static uint64_t (*const ADDRESS[GENERATE_KINDS])(generator *) = {sequential, loop, uniform, zipf,
                                                                 phase,      rows, columns, chase};

/* ---- the stream ------------------------------------------------------------------------------ */

/* Puts the pages in an order of chance. With `apart` 1 the order is one cycle through all pages
 * (Sattolo), with 0 any order. */
static void shuffle(generator *g, uint32_t apart)
{
    uint64_t state = g->spec.seed;
    for (uint32_t i = 0; i < g->spec.pages; i++)
        g->order[i] = i;
    for (uint32_t i = (uint32_t)g->spec.pages - 1; i > 0; i--) {
        uint32_t j = random_below(&state, (uint64_t)i + 1 - apart), other = g->order[j];
        g->order[j] = g->order[i];
        g->order[i] = other;
    }
}

generator *generate_open(const generate_spec *spec, tw_error *error)
{
    generator *g = calloc(1, sizeof *g);
    bool ordered = spec->kind == GENERATE_ZIPF || spec->kind == GENERATE_CHASE;
    bool done = g != NULL;
    if (done)
        g->spec = *spec;
    if (done && ordered)
        done = (g->order = calloc(spec->pages, sizeof *g->order)) != NULL;
    if (done && spec->kind == GENERATE_ZIPF)
        done = (g->sum = calloc(spec->pages, sizeof *g->sum)) != NULL;
    if (!done) {
        generate_close(g);
        tw_fail(error, TW_NO_MEMORY, "no memory to generate references to %u pages",
                (unsigned)spec->pages);
        return NULL;
    }
    if (ordered)
        shuffle(g, spec->kind == GENERATE_CHASE);
    if (g->sum != NULL)
        zipf_sums(g->sum, (uint32_t)spec->pages, (uint32_t)spec->s);
    generate_restart(g);
    return g;
}

void generate_close(generator *g)
{
    if (g == NULL)
        return;
    free(g->order);
    free(g->sum);
    free(g);
}

void generate_restart(generator *g)
{
    g->given = g->data = 0;
    g->node = 0;
    g->addresses = g->spec.seed + 1;
    g->kinds = ~g->spec.seed;
}

uint64_t generate_given(const generator *g)
{
    return g->given;
}

bool generate_next(generator *g, reference *r)
{
    if (g->given == g->spec.references)
        return false;
    if (random_percent(&g->kinds, (unsigned)g->spec.fetches)) {
        uint64_t fetched = g->given - g->data;
        uint64_t place = INSTRUCTION * fetched % (UINT64_C(1) << PAGE_SHIFT);
        *r = (reference){REFERENCE_FETCH, GENERATE_CODE + place, INSTRUCTION};
    } else {
        bool store = random_percent(&g->kinds, (unsigned)g->spec.stores);
        bool matrix = g->spec.kind == GENERATE_ROWS || g->spec.kind == GENERATE_COLUMNS;
        *r = (reference){store ? REFERENCE_STORE : REFERENCE_LOAD,
                         GENERATE_DATA + ADDRESS[g->spec.kind](g), matrix ? INT : WORD};
        g->data++;
    }
    g->given++;
    return true;
}
