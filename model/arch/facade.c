/*
 * facade.c: a tree in the host's memory.
 *
 * Invariant: every valid PTE above level 0 points to a table, every valid PTE at level 0 to a page,
 * each from posix_memalign, each named by one PTE alone (the root by `root`): the tree owns them.
 */
#include "tablewalk/facade.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PTE_BYTES = 8, PTE_SHIFT = 3 };

struct tw_teach {
    tw_geometry geometry;
    uint64_t *root; /* NULL before the first page */
};

tw_teach *tw_teach_open(unsigned levels, unsigned pobits, tw_error *error)
{
    if (levels < TW_TEACH_LEVELS_MIN || levels > TW_TEACH_LEVELS_MAX) {
        tw_fail(error, TW_USAGE, "LEVELS is %u: expected %d to %d", levels, TW_TEACH_LEVELS_MIN,
                TW_TEACH_LEVELS_MAX);
        return NULL;
    }
    if (pobits < TW_TEACH_POBITS_MIN || pobits > TW_TEACH_POBITS_MAX) {
        tw_fail(error, TW_USAGE, "POBITS is %u: expected %d to %d", pobits, TW_TEACH_POBITS_MIN,
                TW_TEACH_POBITS_MAX);
        return NULL;
    }
    tw_geometry g = {.levels = levels, .offset_bits = pobits, .pte_bytes = PTE_BYTES};
    for (unsigned i = 0; i < levels; i++)
        g.index_bits[i] = pobits - PTE_SHIFT;
    if (tw_geometry_check(&g, error) != TW_OK)
        return NULL;
    tw_teach *teach = malloc(sizeof *teach);
    if (teach == NULL)
        tw_fail(error, TW_NO_MEMORY, "no memory for page tables");
    else
        *teach = (tw_teach){.geometry = g};
    return teach;
}

/* The table or page that a PTE names. */
static void *host(const tw_teach *t, uint64_t pte)
{
    return (void *)(uintptr_t)tw_geometry_frame(&t->geometry, pte);
}

/* A page of memory as it comes, or NULL. */
static void *new_page(const tw_teach *t)
{
    void *page;
    size_t bytes = (size_t)1 << t->geometry.offset_bits;
    return posix_memalign(&page, bytes, bytes) == 0 ? page : NULL;
}

static uint64_t *new_table(const tw_teach *t)
{
    void *table = new_page(t);
    if (table != NULL)
        memset(table, 0, (size_t)1 << t->geometry.offset_bits);
    return table;
}

/* Gives back a table at `level` and all below; at most TW_TEACH_LEVELS_MAX deep. */
static void drop(const tw_teach *t, uint64_t *table, unsigned level)
{
    for (size_t i = 0; i < (size_t)1 << tw_geometry_index_bits(&t->geometry, level); i++) {
        if (!pte_bit(table[i], PTE_V))
            continue;
        if (level > 0)
            drop(t, host(t, table[i]), level - 1);
        else
            free(host(t, table[i]));
    }
    free(table);
}

void tw_teach_close(tw_teach *teach)
{
    if (teach != NULL && teach->root != NULL)
        drop(teach, teach->root, teach->geometry.levels - 1);
    free(teach);
}

size_t tw_page_table_base(const tw_teach *teach)
{
    return (size_t)(uintptr_t)teach->root;
}

size_t tw_page_translate(const tw_teach *teach, size_t va)
{
    tw_translation t;
    if (teach->root == NULL)
        return SIZE_MAX;
    tw_tree tree = tw_teach_tree(teach);
    tw_bus bus = tw_teach_bus();
    tw_request request = {.va = va, .op = OP_LOAD, .priv = PRIV_U};
    tw_tree_translate(&tree, &request, &bus, &t);
    return t.cause == CAUSE_NONE ? (size_t)t.pa : SIZE_MAX;
}

/* Makes the PTE valid and lead to memory of its own, unless it is and does. */
static tw_status fill(const tw_teach *t, uint64_t *pte, unsigned level)
{
    enum { PAGE = 1u << PTE_R | 1u << PTE_W | 1u << PTE_U | 1u << PTE_A | 1u << PTE_D };
    if (pte_bit(*pte, PTE_V))
        return TW_OK;
    void *memory = level == 0 ? new_page(t) : new_table(t);
    if (memory == NULL)
        return TW_NO_MEMORY;
    unsigned flags = 1u << PTE_V | (level == 0 ? PAGE : 0);
    *pte = tw_geometry_pte(&t->geometry, (uint64_t)(uintptr_t)memory, flags);
    assert(host(t, *pte) == memory);
    return TW_OK;
}

tw_status tw_page_allocate(tw_teach *teach, size_t va)
{
    if (!tw_geometry_canonical(&teach->geometry, va))
        return TW_USAGE;
    if (teach->root == NULL && (teach->root = new_table(teach)) == NULL)
        return TW_NO_MEMORY;
    uint64_t *table = teach->root;
    for (unsigned level = teach->geometry.levels; level-- > 0;) {
        uint64_t *pte = &table[tw_geometry_index(&teach->geometry, va, level)];
        if (fill(teach, pte, level) != TW_OK)
            return TW_NO_MEMORY;
        table = host(teach, *pte);
    }
    return TW_OK;
}

tw_tree tw_teach_tree(const tw_teach *teach)
{
    return (tw_tree){.geometry = teach->geometry, .root = tw_page_table_base(teach)};
}

static bool host_read(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    (void)context;
    assert(bytes == PTE_BYTES);
    *value = *(const uint64_t *)(uintptr_t)address;
    return true;
}

/* Never asked for: the tree's walk sets no A or D. */
static bool host_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                      uint64_t desired, bool *swapped)
{
    (void)context, (void)address, (void)bytes, (void)expected, (void)desired;
    *swapped = false;
    return false;
}

tw_bus tw_teach_bus(void)
{
    return (tw_bus){.read = host_read, .swap = host_swap};
}
