/*
 * segments.h: segments in the OS: what os.h does with `segmented`. Every region of a process is one
 * segment. It begins with one page and grows by limit faults up to its region; the highest region,
 * the stack, grows down.
 *
 * A descriptor says where a segment is; a selector is its number in the descriptor table of its
 * process, 13 bits as on the IA-32 (Intel SDM volume 3, 3.4.2 "Segment Selectors"). The segment
 * registers of the MMU are a cache of descriptors: a context switch rewrites them all, and an
 * access whose descriptor is in no register loads it first, as a program loads a segment register.
 *
 * Regions that a process gets after its first turn are no segments of it.
 *
 * Without page tables (bare), a segment is frames in a row. One that is not present has limit 0 in
 * its register, so a limit fault brings it back. With page tables, segments only say which linear
 * addresses a process may use; frames are the business of paging.
 */
#ifndef TB_OS_SEGMENTS_H
#define TB_OS_SEGMENTS_H

#include "tablewalk/config.h"
#include "tb/os/os.h"
#include "tb/os/swap.h"

enum {
    OS_SELECTOR_BITS = 13,
    OS_SEGMENTS_MAX = 1 << OS_SELECTOR_BITS,
    OS_NO_REGISTER = TW_SEGMENTS_MAX
};

/* A descriptor. */
typedef struct os_segment {
    os_region region; /* flat addresses: its greatest extent */
    bool down;        /* offsets are negative, counted from the end of the region */
    uint64_t limit;   /* bytes it has grown to: whole pages */
    uint64_t used;    /* bytes to the furthest one that an access named */
    unsigned number;  /* of the register that holds it, or OS_NO_REGISTER */
    uint64_t loaded;  /* when it last came into a register; counts loads */
    bool present;     /* bare: it has frames */
    uint64_t first;   /* bare, while present: page number of the lowest */
    os_slot *slot;    /* bare, while swapped out: one a page, lowest first; else NULL */
} os_segment;

/* The descriptor table of one process; index is selector. */
typedef struct os_segments {
    os_segment *segment;
    size_t count, room;
    os_segment *held[TW_SEGMENTS_MAX]; /* by register, while the process runs; NULL: cleared */
    unsigned next;                     /* register that the next load replaces */
} os_segments;

/* What happened since opening. The peaks are of moments in which a segment found no hole. */
typedef struct os_segment_counts {
    uint64_t descriptors;              /* of all processes */
    uint64_t growths;                  /* limit faults that made a segment longer */
    uint64_t loads, restores;          /* descriptors loaded on demand, and at context switches */
    uint64_t moves;                    /* segments moved to a hole, to grow there */
    uint64_t compactions, bytes_moved; /* bytes by moves and compactions together */
    uint64_t swapped_out, swapped_in;  /* whole segments */
    uint64_t allocated, unreached;     /* bytes of all segments of processes at their end; of these,
                                        * those that no access came to: internal fragmentation */
    uint64_t blocked_free, blocked_hole; /* bytes free and in the largest hole, at the peak of
                                          * external fragmentation, 1 - hole/free */
    uint64_t end_free, end_hole;         /* the same when the last process ended */
} os_segment_counts;

/* Frames that the regions of a process need as bare segments: the pages of the longest, or of two
 * that touch, as one access can need both at once. */
size_t os_segments_frames(const os_process *process);

/* TW_USAGE with a sentence if it has more regions than OS_SEGMENTS_MAX, or needs more than
 * `frames`: says how many. */
tw_status os_segments_check(const os_process *process, size_t frames, tw_error *error);

/* Appends a descriptor; its selector is the count before. TW_USAGE if the table is full. Only while
 * no segment is in a register or has frames. */
tw_status os_segments_add(const os_records *records, os_segments *table, os_region region,
                          bool down, tw_error *error);
void os_segments_free(const os_records *records, os_segments *table); /* NULL is allowed */

/* Where a flat address of the current process is: selector and offset. `bytes` of an access there
 * are noted as used. An address between segments is outside the nearest below it. TW_USAGE if the
 * process has no segments. */
tw_status os_segments_locate(os *system, uint64_t va, unsigned bytes, unsigned *selector,
                             uint64_t *offset, tw_error *error);

/* The register that holds the descriptor, in *number, or OS_NO_REGISTER; os_segments_load puts it
 * into one. TW_USAGE if the current process has no such selector. Nothing that has been translated
 * changes its place; no access may be in flight. */
tw_status os_segments_find(os *system, unsigned selector, unsigned *number, tw_error *error);
tw_status os_segments_load(os *system, unsigned selector, tw_error *error);

const os_segment_counts *os_segments_statistics(const os *system);

#endif
