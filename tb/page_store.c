/* page_store.c: a hash of chains. A page stays where it is until the store is closed. */
#include "tb/page_store.h"

#include <stdlib.h>

enum { CHAIN_BITS = 12 };

struct page {
    uint64_t number;
    struct page *next;
    uint8_t bytes[PAGE_BYTES];
};

struct page_store {
    struct page *chain[1 << CHAIN_BITS];
};

struct page_store *page_store_open(void)
{
    return calloc(1, sizeof(struct page_store));
}

void page_store_close(struct page_store *store)
{
    for (size_t i = 0; store != NULL && i < 1 << CHAIN_BITS; i++) {
        while (store->chain[i] != NULL) {
            struct page *page = store->chain[i];
            store->chain[i] = page->next;
            free(page);
        }
    }
    free(store);
}

/* Fibonacci hashing: neighbours and multiples of powers of two spread alike. */
static size_t chain_of(uint64_t number)
{
    return (size_t)(number * 0x9e3779b97f4a7c15 >> (64 - CHAIN_BITS));
}

uint8_t *page_find(const struct page_store *store, uint64_t number)
{
    struct page *page = store->chain[chain_of(number)];
    while (page != NULL && page->number != number)
        page = page->next;
    return page == NULL ? NULL : page->bytes;
}

uint8_t *page_make(struct page_store *store, uint64_t number)
{
    uint8_t *found = page_find(store, number);
    if (found != NULL)
        return found;
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL)
        return NULL;
    page->number = number;
    page->next = store->chain[chain_of(number)];
    store->chain[chain_of(number)] = page;
    return page->bytes;
}
