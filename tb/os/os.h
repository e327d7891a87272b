/*
 * os.h: a small operating system on the far side of the MMU: demand paging, swap, clock
 * replacement, context switches. It is called at traps and switches, and runs in no simulated time
 * but that of its register accesses and fences.
 *
 * Precondition of every call: no access of a process is between translation and memory, so that a
 * page that has lost its PTE and its TLB entries is written by nobody any more.
 */
#ifndef TB_OS_OS_H
#define TB_OS_OS_H

#include <stdbool.h>
#include <stdio.h>

#include "tb/os/port.h"
#include "tb/os/process.h"

/* The longest instruction needs a page of code, or two of data, at once. */
enum { OS_PAGES_MIN = 2 };

typedef struct os os;

typedef struct os_options {
    unsigned mode;         /* any that has page tables, or bare if segmented */
    uint64_t first_frame;  /* page number of the first frame that the OS owns */
    size_t frames;         /* how many: page tables and pages together */
    const char *swap_path; /* NULL: a temporary file */
    size_t swap_slots;     /* at most this many pages are swapped out at a time */
    bool adue;             /* the hardware sets A and D; else the OS does, when their lack faults */
    bool segmented;        /* regions are segments: segments.h */
} os_options;

/* What happened since opening. */
typedef struct os_counts {
    uint64_t faults[16]; /* by exception cause, as the processor trapped */
    uint64_t zero_fills; /* pages given out for the first time */
    uint64_t swap_out, swap_in;
    uint64_t clean_drops;  /* pages reclaimed without a write: D was clear */
    uint64_t touches;      /* A or D set by the OS */
    uint64_t refused;      /* faults of which the PTE granted the access */
    uint64_t referenced;   /* frames that the clock's hand passed because A was set */
    uint64_t table_frames; /* frames given to page tables */
    uint64_t switches, finished, killed;
} os_counts;

/* Frames that page tables take in rows, and so besides `frames` others: those of linear mode, one
 * row for each process; in hashed mode one for all of them, with entries for itself and the others,
 * or 0 for more frames than it can name. 0 in any other mode, where page tables compete with
 * pages. */
size_t os_row_frames(unsigned mode, size_t frames, size_t processes);

/* TW_USAGE with a sentence in *error if the mode has neither page tables nor segments, its PTEs
 * cannot name all of the frames, the frames are too few for so many processes to begin, or they do
 * not begin at 0 in hashed mode, whose table has an entry for each from there on. The sentence
 * counts frames without those of os_row_frames. */
tw_status os_check(const os_options *options, size_t processes, tw_error *error);

/* Writes CONTROL, with PREFETCH if CAPABILITIES says that it is built, and in hashed mode
 * HASH_TABLE and HASH_ANCHORS; with segments, turns them on. NULL with a sentence in *error: as
 * os_check for one process, TW_USAGE if there shall be segments and none are built, or TW_IO for
 * the swap file. Copies the port, not its context. */
os *os_open(const os_port *port, const os_options *options, tw_error *error);
void os_close(os *system); /* NULL is allowed; frees the processes too */

/* A new process with an empty address space; owned by the OS. The frame for its root table may come
 * from another process; a linear table takes free frames in a row, TW_NO_MEMORY if there are
 * none. */
tw_status os_spawn(os *system, os_process **process, tw_error *error);

/* Makes the process current: writes SATP, and all segment registers if there are segments; those
 * are made of the regions that the process has when this first happens (TW_USAGE as
 * os_segments_check). Its ASID makes a fence unnecessary. */
tw_status os_switch(os *system, os_process *process, tw_error *error);

/* The runnable process after `process` in the order of their birth, round and round; NULL starts
 * with the oldest. NULL if none is left. */
os_process *os_next(const os *system, const os_process *process);

/* A trap of the current process. *resume: the cause is repaired, the access can be made again; else
 * the process is dead and process->death says why. After an error it is neither: TW_NO_MEMORY says
 * that the host's memory is out, not the simulated frames. No frame is lost then. */
tw_status os_fault(os *system, unsigned cause, uint64_t va, bool *resume, tw_error *error);

/* The current process is done: gives back its frames and slots, drops its translations. */
tw_status os_exit(os *system, tw_error *error);

const os_counts *os_statistics(const os *system);

/* What the process would load from the page of `va`, wherever it is: in a frame, in the swap file,
 * or nowhere yet, which is zeros. OS_PAGE_BYTES. The process must be runnable. */
tw_status os_read_page(os *system, const os_process *process, uint64_t va, void *bytes,
                       tw_error *error);

/* One line a process: pid, state, and the record of its death. */
void os_print_processes(const os *system, FILE *to);

#endif
