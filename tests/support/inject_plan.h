/*
 * inject_plan.h: the k-th use of something fails: of record memory, of the bus, of a register or
 * fence, of a read or a write of a host file. While a plan is armed, its uses are counted; so a run
 * in which nothing fails tells how many runs there are in which something does.
 *
 * pread and pwrite of a test program are those of inject_plan.c: as the host's, but for what a plan
 * that is armed makes fail.
 */
#ifndef TESTS_SUPPORT_INJECT_PLAN_H
#define TESTS_SUPPORT_INJECT_PLAN_H

#include <stdbool.h>

#include "tests/support/golden_port.h"

typedef enum inject_kind {
    INJECT_RECORD, /* record memory is out */
    INJECT_BUS,    /* memory does not answer, a word or a page */
    INJECT_DEVICE, /* nor does a register, or the fence */
    INJECT_READ,   /* a host file: EIO */
    INJECT_WRITE,
    INJECT_FULL,  /* a write: ENOSPC */
    INJECT_SLOTS, /* the swap file has `at` - 1 slots, to the end: nothing mends that */
    INJECT_KINDS
} inject_kind;

typedef struct inject_plan {
    inject_kind kind;
    unsigned at;  /* which use fails, from 1 on; 0: none */
    bool lasting; /* and all that follow, until inject_mend */
    bool armed;   /* uses count, and may fail */
    unsigned uses[INJECT_KINDS];
    unsigned struck; /* uses that failed */
    os_port real;
} inject_plan;

/* The machine's port with this plan between: borrows both. One plan at a time has the files of the
 * program; it has them until inject_end. */
os_port inject_port(inject_plan *plan, golden_machine *machine);
void inject_end(void);

/* Nothing fails any more. */
void inject_mend(inject_plan *plan);

const char *inject_name(inject_kind kind);

/* Does a sentence name what failed? */
bool inject_explains(inject_kind kind, const char *text);

/* May a process die of it, and for this reason? */
bool inject_kills(inject_kind kind, os_reason reason);

#endif
