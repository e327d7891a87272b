/*
 * process.h: one process: its address space, what it waits for, and how it ended.
 */
#ifndef TB_OS_PROCESS_H
#define TB_OS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/os/space.h"

/* The longest instruction needs a page of code, or two of data, at once. */
enum { OS_PAGES_MIN = 2 };

/* Addresses [start, end) that a process may use, in bytes; page-aligned. */
typedef struct os_region {
    uint64_t start, end;
    unsigned permissions; /* os_permission bits */
} os_region;

typedef enum os_state {
    OS_RUNNABLE,
    OS_WAITS_FOR_DISK,  /* a fault of it is under way; the page is there when the disk is done */
    OS_WAITS_FOR_CHILD, /* after vfork, until the child calls exec or ends */
    OS_FINISHED,
    OS_KILLED
} os_state;

static inline bool os_state_alive(os_state state)
{
    return state < OS_FINISHED;
}

/* Why a process was killed. */
typedef enum os_reason {
    OS_REASON_NONE,
    OS_REASON_NO_REGION,     /* the address is in no area */
    OS_REASON_GUARD,         /* just below a stack, or beyond what it may grow to */
    OS_REASON_FORBIDDEN,     /* the area does not allow this */
    OS_REASON_BEYOND_FILE,   /* the file that is mapped ends before this page */
    OS_REASON_ACCESS_FAULT,  /* the bus refused a PTE */
    OS_REASON_BUS_ERROR,     /* the bus refused the page itself */
    OS_REASON_READ_FAILED,   /* the disk could not give the page back */
    OS_REASON_WRITE_FAILED,  /* no frame: what is in memory could not be written to the disk */
    OS_REASON_SWAP_FULL,     /* no frame: what is in memory fits no more into the swap file */
    OS_REASON_NO_FRAME,      /* no frame is left that could be reclaimed */
    OS_REASON_REFUSED_AGAIN, /* the PTE grants the access, yet it faults after a fence */
    OS_REASON_CAUSE,         /* no cause that an MMU has */
    OS_REASON_SEGMENT_LIMIT, /* beyond the region that the segment may grow to */
    OS_REASON_SEGMENT_RIGHT, /* the segment does not allow this */
    OS_REASON_ASKED          /* by os_kill */
} os_reason;

/* One PTE that a walk to the address of a death would read. */
typedef struct os_walk_step {
    uint64_t address, pte;
} os_walk_step;

enum { OS_WALK_STEPS = 5 };

/* The record of a death: SIGSEGV, SIGBUS or SIGKILL, and why. */
typedef struct os_death {
    os_reason reason;
    unsigned cause; /* exception cause; CAUSE_NONE if it was killed without a trap */
    uint64_t va;
    uint64_t pte_address; /* of the last PTE that the MMU read, 0 if none */
    uint64_t pte;         /* what stands there now, 0 if nothing was read */
    unsigned steps;       /* the walk at that moment, from the root: trees only */
    os_walk_step step[OS_WALK_STEPS];
    char disk[256]; /* what the disk said, if it was that: READ_FAILED and the like */
    bool segmented; /* it went through a segment: */
    unsigned selector;
    uint64_t offset;
} os_death;

struct os_segments;

typedef struct os_process {
    unsigned pid; /* never used twice */
    os_state state;
    os_space *space; /* NULL once it has ended */
    os_death death;
    unsigned death_asid; /* ASID that it had last, for messages */
    struct os_process *parent;
    unsigned node;                /* NUMA node on whose processor it runs */
    struct os_segments *segments; /* made of the regions at the first switch; NULL: none */
    os_place *pending;    /* the place whose page comes, or is there and waits for the process'
                            * turn; its page is pinned. NULL: none */
    uint64_t pending_due; /* OS_WAITS_FOR_DISK: until this cycle */
    bool waited, left;    /* it did, and has not run since; the processor went to another */
    uint64_t minor_faults, major_faults; /* as os_counts (getrusage: ru_minflt, ru_majflt) */
    uint64_t wanted[OS_PAGES_MIN];       /* pages that it faulted for last, the latest first; */
    unsigned in_vain;                    /* so often in a row for one of those before: progress.c */
    bool refused; /* the last fault was of a PTE that grants the access, at refused_va */
    uint64_t refused_va;
    struct os_process *next;
} os_process;

/* Adds a region: a private anonymous area; what may be written may be read. TW_USAGE if it is
 * empty, not page-aligned, not canonical, in the kernel's part, or overlaps another, or if there
 * are no such permissions; touching regions of equal permissions become one. TW_NO_MEMORY: there
 * is no record memory. */
tw_status os_process_add_region(struct os *system, os_process *process, os_region region,
                                tw_error *error);

/* The same with record memory from elsewhere, for a process that is no OS's. */
tw_status os_region_add(const os_records *records, os_process *process, os_region region,
                        tw_error *error);

/* The area that holds `va`, or NULL. */
const os_vma *os_process_region(const os_process *process, uint64_t va);

/* "in no region" and so on, to follow "killed: ". */
const char *os_reason_text(os_reason reason);

/* The signal by which a Unix would have ended it: "SIGSEGV" for an address that makes no sense,
 * "SIGBUS" for one behind which nothing can be had, "SIGKILL" because somebody wished it or memory
 * was out. */
const char *os_reason_signal(os_reason reason);

#endif
