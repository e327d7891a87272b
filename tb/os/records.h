/*
 * records.h: memory for the OS's own records. A kernel has no libc to allocate from: what it needs
 * it gets from whoever opens it, and a test can count it, or let it run out at any call.
 */
#ifndef TB_OS_RECORDS_H
#define TB_OS_RECORDS_H

#include <stddef.h>

typedef struct os_records {
    void *context;                              /* passed back; owned by whoever made this */
    void *(*take)(void *context, size_t bytes); /* zeros, aligned for anything; NULL: no more */
    void (*give)(void *context, void *record);  /* NULL is allowed */
} os_records;

/* Room for `count` records of `bytes` each, or NULL; also if the product does not fit. */
static inline void *os_records_take(const os_records *records, size_t count, size_t bytes)
{
    size_t all;
    return __builtin_mul_overflow(count, bytes, &all) ? NULL : records->take(records->context, all);
}

static inline void os_records_give(const os_records *records, void *record)
{
    records->give(records->context, record);
}

#endif
