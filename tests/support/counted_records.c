/* counted_records.c: calloc and free, counted. */
#include "tests/support/counted_records.h"

#include <stdlib.h>

static void *take(void *context, size_t bytes)
{
    counted_records *count = context;
    void *record = ++count->takes == count->refuse ? NULL : calloc(1, bytes);
    count->alive += record != NULL;
    return record;
}

static void give(void *context, void *record)
{
    counted_records *count = context;
    count->alive -= record != NULL;
    free(record);
}

os_records counted_records_of(counted_records *count)
{
    return (os_records){count, take, give};
}
