/* counted_records.h: memory for the OS's records that is counted, and runs out when told to. */
#ifndef TESTS_SUPPORT_COUNTED_RECORDS_H
#define TESTS_SUPPORT_COUNTED_RECORDS_H

#include <stddef.h>

#include "tb/os/records.h"

/* All zeros is one that never runs out. */
typedef struct counted_records {
    size_t alive;  /* records that were taken and not given back */
    size_t takes;  /* requests, refused ones too */
    size_t refuse; /* the request of this number, from 1 on, is refused; 0: none */
} counted_records;

/* Borrows `count`. */
os_records counted_records_of(counted_records *count);

#endif
