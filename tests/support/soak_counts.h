/* soak_counts.h: what a soak hit: a run that never met what it is for has shown nothing. */
#ifndef TESTS_SUPPORT_SOAK_COUNTS_H
#define TESTS_SUPPORT_SOAK_COUNTS_H

#include <stdio.h>

#include "tb/os/event.h"
#include "tb/os/process.h"

/* X(name, what a table calls it) */
#define SOAK_CALLS(X)               \
    X(SPAWN, "spawn")               \
    X(FORK, "fork")                 \
    X(VFORK, "vfork")               \
    X(EXEC, "exec")                 \
    X(EXIT, "exit")                 \
    X(KILL, "kill")                 \
    X(MMAP, "mmap")                 \
    X(MUNMAP, "munmap")             \
    X(MPROTECT, "mprotect")         \
    X(BRK, "brk")                   \
    X(MLOCK, "mlock")               \
    X(MUNLOCK, "munlock")           \
    X(WILLNEED, "madvise willneed") \
    X(DONTNEED, "madvise dontneed") \
    X(HUGE, "madvise huge")         \
    X(NO_HUGE, "madvise no huge")   \
    X(POPULATE, "populate")         \
    X(MSYNC, "msync")               \
    X(COLLAPSE, "collapse")         \
    X(WRITE_BACK, "write back")     \
    X(DROP_TABLES, "drop tables")   \
    X(TRUNCATE, "truncate")         \
    X(REOPEN, "close and open")

typedef enum soak_call {
#define SOAK_CALL_NAME(name, text) SOAK_##name,
    SOAK_CALLS(SOAK_CALL_NAME)
#undef SOAK_CALL_NAME
        SOAK_CALL_KINDS
} soak_call;

/* What an access must not do, and its process is killed for. */
typedef enum soak_sin { SOAK_SIN_NOWHERE, SOAK_SIN_FORBIDDEN, SOAK_SIN_BEYOND, SOAK_SINS } soak_sin;

/* Nothing but numbers of 64 bits: those of several runs add up. */
typedef struct soak_counts {
    uint64_t accesses, loads, stores, fetches; /* that took effect */
    uint64_t systems, cycles, slices, idle, crossings, grown;
    uint64_t waits;                     /* turns that ended because the disk was needed */
    uint64_t calls[SOAK_CALL_KINDS][3]; /* done, refused as they had to be, no memory */
    uint64_t sins[SOAK_SINS];           /* accesses made that must be refused */
    uint64_t events[OS_EVENT_KINDS];
    uint64_t deaths[OS_REASON_ASKED + 1];
    uint64_t minor, major;
    uint64_t checks, audits, pages; /* loads compared; audits; pages compared at rest */
    uint64_t translations;          /* judged by the monitors */
} soak_counts;

void soak_counts_add(soak_counts *to, const soak_counts *from);
void soak_counts_print(const soak_counts *c, FILE *to);

/* What a long run in this mode must have met, and this one did not; NULL: it met all. */
const char *soak_counts_missing(const soak_counts *c, unsigned mode);

#endif
