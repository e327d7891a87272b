/*
 * process.h: one process: its address space, what it may touch there, and how it ended.
 */
#ifndef TB_OS_PROCESS_H
#define TB_OS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/os/page_table.h"
#include "tb/os/pages.h"
#include "tb/os/vma.h"

/* Addresses [start, end) that a process may use, in bytes; page-aligned. */
typedef struct os_region {
    uint64_t start, end;
    unsigned permissions; /* os_permission bits */
} os_region;

typedef enum os_state { OS_RUNNABLE, OS_FINISHED, OS_KILLED } os_state;

/* Why a fault could not be repaired. */
typedef enum os_reason {
    OS_REASON_NONE,
    OS_REASON_NO_REGION,     /* the address is in no region */
    OS_REASON_FORBIDDEN,     /* the region does not allow this */
    OS_REASON_ACCESS_FAULT,  /* the bus refused a PTE */
    OS_REASON_NO_FRAME,      /* every frame holds a page table */
    OS_REASON_REFUSED_AGAIN, /* the PTE grants the access, yet it faults after a fence */
    OS_REASON_CAUSE,         /* no cause that an MMU has */
    OS_REASON_SEGMENT_LIMIT, /* beyond the region that the segment may grow to */
    OS_REASON_SEGMENT_RIGHT  /* the segment does not allow this */
} os_reason;

/* The record of a death. */
typedef struct os_death {
    os_reason reason;
    unsigned cause; /* exception cause */
    uint64_t va;
    uint64_t pte_address; /* of the last PTE that the MMU read, 0 if none */
    uint64_t pte;         /* what stands there now, 0 if nothing was read */
    bool segmented;       /* it went through a segment: */
    unsigned selector;
    uint64_t offset;
} os_death;

struct os_segments;

typedef struct os_process {
    unsigned pid, asid; /* asid = pid: an ASID is never used twice */
    os_table table;     /* its mode; and its root, but in hashed mode, where it has none */
    os_pages pages;
    os_state state;
    os_death death;
    os_vmas *areas;               /* its regions; NULL: none yet */
    struct os_segments *segments; /* made of the regions at the first switch; NULL: none */
    size_t resident;              /* user frames held */
    bool refused; /* the last fault was of a PTE that grants the access, at refused_va */
    uint64_t refused_va;
    struct os_process *next;
} os_process;

/* Adds a region: a private anonymous area. TW_USAGE if it is empty, not page-aligned, not
 * canonical, or overlaps another; touching regions of equal permissions become one. TW_NO_MEMORY:
 * the host has none. */
tw_status os_process_add_region(os_process *process, os_region region, tw_error *error);

/* The area that holds `va`, or NULL. */
const os_vma *os_process_region(const os_process *process, uint64_t va);

/* "in no region" and so on, to follow "killed: ". */
const char *os_reason_text(os_reason reason);

#endif
