/*
 * bare_machine.h: a machine on which what the OS itself costs can be measured: the golden model, no
 * TLB, no time, and memory that takes none of the host's where it holds zeros, so that there can be
 * a million frames of it.
 */
#ifndef TESTS_BENCH_BARE_MACHINE_H
#define TESTS_BENCH_BARE_MACHINE_H

#include "tablewalk/translate.h"
#include "tb/os/port.h"

/* Page number of the first frame. */
enum { BARE_FIRST = 0x80000 };

typedef struct bare_machine bare_machine;

/* NULL if the host has no memory. */
bare_machine *bare_open(size_t frames);
void bare_close(bare_machine *machine); /* NULL is allowed */

/* What the OS sees of it; borrows the machine. */
os_port bare_port(bare_machine *machine);

/* One access of user mode: CAUSE_NONE, or the cause, which the OS finds in the fault registers. */
unsigned bare_access(bare_machine *machine, tw_op op, uint64_t va);

#endif
