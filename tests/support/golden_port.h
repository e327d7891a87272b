/*
 * golden_port.h: a machine for tests of the OS: the golden model behind the OS's port, with plain
 * memory and a TLB that never forgets on its own, so that a fence that is missing shows.
 */
#ifndef TESTS_SUPPORT_GOLDEN_PORT_H
#define TESTS_SUPPORT_GOLDEN_PORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tablewalk/translate.h"
#include "tb/os/os.h"
#include "tb/os/port.h"
#include "tests/support/counted_records.h"

/* Frames: as many as three linear page tables, or two huge pages of Sv32, and some pages need. */
enum { GOLDEN_FIRST = 0x80000, GOLDEN_FRAMES = 4352, GOLDEN_TLB = 4096, GOLDEN_QUEUE = 8 };

typedef struct golden_fault {
    uint64_t cause, va, pte_address, asid;
} golden_fault;

typedef struct golden_entry {
    bool valid;
    unsigned asid;
    unsigned size; /* log2 of the bytes that the leaf maps; the entry is for one page of them */
    uint64_t vpn, pte;
} golden_entry;

typedef struct golden_machine {
    uint64_t word[GOLDEN_FRAMES * 512];
    uint64_t first; /* page number of the first frame */
    uint64_t satp, control, hash_table, hash_anchors;
    golden_entry tlb[GOLDEN_TLB];
    size_t entries;
    golden_fault fault[GOLDEN_QUEUE];
    size_t faults;
    uint64_t dropped;
    unsigned fences;
    uint64_t cycle;          /* one for each access, and what the OS waits */
    unsigned waits;          /* calls of os_port.wait */
    counted_records records; /* of the OS: none is alive after os_close */
    uint64_t bus_error;      /* a word that the walker cannot read; 0 for none */
    /* Called between the OS's read of a PTE and its compare-and-swap: the racing hardware. */
    void (*race)(struct golden_machine *machine, uint64_t address);
} golden_machine;

/* A zeroed machine with memory from page number `first` on; free() it. */
golden_machine *golden_open_at(uint64_t first);

/* The same, with memory from GOLDEN_FIRST on. */
golden_machine *golden_open(void);

/* Where an OS in this mode has its first frame. */
static inline uint64_t golden_first(unsigned mode)
{
    return mode == MODE_HASHED ? 0 : GOLDEN_FIRST;
}

os_port golden_port(golden_machine *machine);

/* The word of eight bytes that holds a physical address. */
uint64_t *golden_word(golden_machine *machine, uint64_t address);

/* One access of user mode: the cause, or CAUSE_NONE and the physical address. Faults are queued. */
unsigned golden_access(golden_machine *machine, tw_op op, uint64_t va, uint64_t *pa);

/* An access of the current process that the OS helps along, with nobody else running while it waits
 * for the disk: false if it was killed. Fails the test on any error. */
bool golden_run(golden_machine *machine, os *system, tw_op op, uint64_t va, uint64_t *pa);

/* Store and load of a word through golden_run; the process must survive. */
void golden_store(golden_machine *machine, os *system, uint64_t va, uint64_t value);
uint64_t golden_load(golden_machine *machine, os *system, uint64_t va);

/* Runs a group of tests once for each mode with page tables, which *mode tells them; the group is
 * called NAME_sv32 and so on. How many tests failed. */
int golden_in_every_mode(const char *name, const struct CMUnitTest *tests, size_t count,
                         unsigned *mode);

#endif
