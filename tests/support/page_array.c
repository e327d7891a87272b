/* page_array.c: pages by number, taken by a search from the first on. */
#include "tests/support/page_array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

enum { INSIDE = 255 };

static bool is_free(const page_array *array, size_t index, size_t length)
{
    for (size_t i = index; i < index + length; i++)
        if (array->taken[i] != 0)
            return false;
    return true;
}

static tw_status take(void *context, unsigned order, uint64_t *ppn, tw_error *error)
{
    page_array *array = context;
    const size_t length = (size_t)1 << order;
    size_t index = (size_t)(-array->first & (length - 1));
    for (; index + length <= array->count; index += length) {
        if (!is_free(array, index, length))
            continue;
        memset(array->taken + index, INSIDE, length);
        array->taken[index] = (uint8_t)(order + 1);
        array->takes++;
        *ppn = array->first + index;
        return TW_OK;
    }
    return tw_fail(error, TW_NO_MEMORY, "no %zu free pages in a row", length);
}

static tw_status give(void *context, uint64_t ppn, unsigned order, tw_error *error)
{
    page_array *array = context;
    const uint64_t index = ppn - array->first;
    if (index >= array->count || array->taken[index] != order + 1)
        fail_msg("page %#llx was given back with order %u: it was not taken so",
                 (unsigned long long)ppn, order);
    if (array->gives_left == 1)
        return tw_fail(error, TW_IO, "the source takes nothing back");
    array->gives_left -= array->gives_left > 0;
    memset(array->taken + index, 0, (size_t)1 << order);
    array->gives++;
    return TW_OK;
}

os_page_source page_array_source(page_array *array)
{
    return (os_page_source){array, take, give};
}

size_t page_array_free(const page_array *array)
{
    size_t pages = 0;
    for (size_t i = 0; i < array->count; i++)
        pages += array->taken[i] == 0;
    return pages;
}

void page_array_scatter(page_array *array)
{
    for (size_t i = 0; i < array->count; i++)
        array->taken[i] = i % 2;
}
