/* prefetcher.c: the page behind one that was just asked for. Invariant: what is wanted lies in the
 * same table as a page whose table was known. */
#include "model/cycle/prefetcher.h"

void prefetcher_clock(struct prefetcher *prefetcher, const struct prefetcher_in *in)
{
    const uint64_t next = (in->served_va >> PAGE_SHIFT) + 1;
    if (in->grant)
        prefetcher->want = false;
    if (in->enable && in->served && in->table_known &&
        va_index(in->mode, next << PAGE_SHIFT, 0) != 0) {
        prefetcher->want = true;
        prefetcher->page = next;
    }
    if (in->drop)
        prefetcher->want = false;
}
