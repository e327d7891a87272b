/*
 * kmap.c. Invariants: a slot is in `clean`, or in `idle`, or has users, exactly one of the three;
 * it is in the chain of its frame if and only if it is mapped, as those with users are. One that is
 * idle and not mapped owes a fence.
 */
#include "tb/os/kmap.h"

#include <inttypes.h>

#include "tablewalk/pte.h"
#include "tb/os/bit_tree.h"

typedef struct slot {
    uint64_t ppn, users;
    bool mapped;
    size_t next; /* in its chain; `slots` ends it */
} slot;

struct kmap {
    os_records records;
    kmap_tables tables;
    uint64_t base, fences;
    size_t slots, mapped, used;
    bit_tree clean, idle;
    slot *slot;
    size_t *chain; /* `slots` of them, by frame */
};

/* ---- opening --------------------------------------------------------------------------------- */

static bool get_memory(kmap *k)
{
    k->slot = os_records_take(&k->records, k->slots, sizeof *k->slot);
    k->chain = os_records_take(&k->records, k->slots, sizeof *k->chain);
    return k->slot != NULL && k->chain != NULL && bit_tree_open(&k->clean, &k->records, k->slots) &&
           bit_tree_open(&k->idle, &k->records, k->slots);
}

kmap *kmap_open(const os_records *records, uint64_t base, size_t slots, const kmap_tables *tables,
                tw_error *error)
{
    if (slots == 0 || base % (1u << PAGE_SHIFT) != 0 || slots > (UINT64_MAX - base) >> PAGE_SHIFT) {
        tw_fail(error, TW_USAGE,
                "no window of %zu pages from %#" PRIx64 " on: give at least one, from a multiple "
                "of the page size on, that ends before addresses do",
                slots, base);
        return NULL;
    }
    kmap *k = os_records_take(records, 1, sizeof *k);
    if (k != NULL)
        *k = (kmap){.records = *records, .tables = *tables, .base = base, .slots = slots};
    if (k == NULL || !get_memory(k)) {
        kmap_close(k);
        tw_fail(error, TW_NO_MEMORY, "no memory to keep the books of %zu slots", slots);
        return NULL;
    }
    for (size_t i = 0; i < slots; i++) {
        bit_tree_add(&k->clean, i);
        k->chain[i] = slots;
    }
    return k;
}

void kmap_close(kmap *window)
{
    if (window == NULL)
        return;
    bit_tree_close(&window->clean);
    bit_tree_close(&window->idle);
    const os_records records = window->records;
    os_records_give(&records, window->slot);
    os_records_give(&records, window->chain);
    os_records_give(&records, window);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static uint64_t address_of(const kmap *k, size_t i)
{
    return k->base + ((uint64_t)i << PAGE_SHIFT);
}

/* The upper bits of the product depend on all bits of the frame's number. */
static size_t *chain_of(const kmap *k, uint64_t ppn)
{
    return &k->chain[(ppn * 0x9e3779b97f4a7c15 >> 32) % k->slots];
}

/* The frame's slot; k->slots if it has none. */
static size_t slot_of(const kmap *k, uint64_t ppn)
{
    size_t i = *chain_of(k, ppn);
    while (i != k->slots && k->slot[i].ppn != ppn)
        i = k->slot[i].next;
    return i;
}

static tw_status unmap(kmap *k, size_t i, tw_error *error)
{
    tw_status status = k->tables.unmap(k->tables.context, address_of(k, i), error);
    if (status != TW_OK)
        return status;
    size_t *link = chain_of(k, k->slot[i].ppn);
    while (*link != i)
        link = &k->slot[*link].next;
    *link = k->slot[i].next;
    k->slot[i].mapped = false;
    k->mapped--;
    return TW_OK;
}

/* If a call fails, slots that are unmapped already stay idle: the fence comes next time. */
static tw_status clean_idle(kmap *k, tw_error *error)
{
    tw_status status = TW_OK;
    for (size_t i = 0; (i = bit_tree_next(&k->idle, i)) < k->slots && status == TW_OK; i++)
        if (k->slot[i].mapped)
            status = unmap(k, i, error);
    if (status == TW_OK)
        status = k->tables.fence(k->tables.context, error);
    if (status != TW_OK)
        return status;
    k->fences++;
    for (size_t i = 0; (i = bit_tree_next(&k->idle, i)) < k->slots; i++) {
        bit_tree_remove(&k->idle, i);
        bit_tree_add(&k->clean, i);
    }
    return TW_OK;
}

/* ---- mapping --------------------------------------------------------------------------------- */

static tw_status map_clean(kmap *k, size_t i, uint64_t ppn, tw_error *error)
{
    tw_status status = k->tables.map(k->tables.context, address_of(k, i), ppn, error);
    if (status != TW_OK)
        return status;
    size_t *chain = chain_of(k, ppn);
    bit_tree_remove(&k->clean, i);
    k->slot[i] = (slot){.ppn = ppn, .mapped = true, .next = *chain};
    *chain = i;
    k->mapped++;
    return TW_OK;
}

static tw_status map_new(kmap *k, size_t *i, uint64_t ppn, tw_error *error)
{
    tw_status status = TW_OK;
    *i = bit_tree_next(&k->clean, 0);
    if (*i == k->slots && k->used == k->slots)
        return tw_fail(error, TW_NO_MEMORY,
                       "all %zu slots are used: wait until one is unmapped, and try again",
                       k->slots);
    if (*i == k->slots) {
        status = clean_idle(k, error);
        *i = bit_tree_next(&k->clean, 0);
    }
    return status == TW_OK ? map_clean(k, *i, ppn, error) : status;
}

tw_status kmap_map(kmap *window, uint64_t ppn, uint64_t *va, tw_error *error)
{
    size_t i = slot_of(window, ppn);
    tw_status status = i == window->slots ? map_new(window, &i, ppn, error) : TW_OK;
    if (status != TW_OK)
        return status;
    if (window->slot[i].users++ == 0) {
        bit_tree_remove(&window->idle, i);
        window->used++;
    }
    *va = address_of(window, i);
    return TW_OK;
}

tw_status kmap_unmap(kmap *window, uint64_t va, bool *idle, tw_error *error)
{
    const uint64_t i = (va - window->base) >> PAGE_SHIFT;
    if (va < window->base || i >= window->slots || va != address_of(window, i))
        return tw_fail(error, TW_USAGE, "%#" PRIx64 " is not the address of a slot", va);
    if (window->slot[i].users == 0)
        return tw_fail(error, TW_USAGE, "the slot at %#" PRIx64 " is not used: unmapped twice", va);
    const bool last = --window->slot[i].users == 0;
    if (last) {
        bit_tree_add(&window->idle, i);
        window->used--;
    }
    if (idle != NULL)
        *idle = last;
    return TW_OK;
}

/* ---- queries --------------------------------------------------------------------------------- */

size_t kmap_mapped(const kmap *window)
{
    return window->mapped;
}

size_t kmap_used(const kmap *window)
{
    return window->used;
}

uint64_t kmap_fences(const kmap *window)
{
    return window->fences;
}
