/* page_store.h: the bytes of a sparse 56-bit memory, page by page. A page exists once it was
 * written. */
#ifndef TB_PAGE_STORE_H
#define TB_PAGE_STORE_H

#include <stdint.h>

enum { PAGE_BYTES = 4096 };

struct page_store;

struct page_store *page_store_open(void); /* NULL if memory is out */
void page_store_close(struct page_store *store);

/* The page's bytes; NULL if it was never written. */
uint8_t *page_find(const struct page_store *store, uint64_t number);

/* The same; a page not yet there is made, of zeros. NULL if memory is out. */
uint8_t *page_make(struct page_store *store, uint64_t number);

#endif
