/*
 * os.h: a small operating system on the far side of the MMU: processes and their address spaces,
 * demand paging, sharing and copy-on-write, files and swap, huge pages, clock replacement. It is
 * called at traps and switches, and for calls of programs (calls.h), and runs in no simulated time
 * but that of its register accesses, its fences and the disk.
 *
 * Precondition of every call: no access of a process is between translation and memory, so that a
 * page that has lost its PTE and its TLB entries is written by nobody any more.
 */
#ifndef TB_OS_OS_H
#define TB_OS_OS_H

#include <stdbool.h>
#include <stdio.h>

#include "tb/os/disk.h"
#include "tb/os/port.h"
#include "tb/os/process.h"
#include "tb/os/zones.h"

typedef struct os os;

typedef struct os_options {
    unsigned mode;         /* any that has page tables, or bare if segmented */
    uint64_t first_frame;  /* page number of the first frame that the OS owns */
    size_t frames;         /* how many: page tables and pages together */
    const char *swap_path; /* NULL: a temporary file */
    size_t swap_slots;     /* at most this many pages are swapped out at a time */
    bool adue;             /* the hardware sets A and D; else the OS does, when their lack faults */
    bool segmented;        /* regions are segments: segments.h */
    os_disk_times disk;    /* how long a transfer takes: another process runs meanwhile */
    bool zero_page;  /* a load of a page that was never stored to maps one shared page of zeros;
                       * not in hashed mode, where a frame stands in one place only */
    bool kernel_map; /* the kernel's part of every address space, global: kernel_map.h */
    const zones_setup *zones; /* NULL: one node, all of it low memory. Not kept after opening */
} os_options;

/* What happened since opening. */
typedef struct os_counts {
    uint64_t faults[16];     /* by exception cause, as the processor trapped */
    uint64_t minor, major;   /* faults that were repaired: major if the page was read from the disk,
                              * or found on its way from there, be it in no time; else minor, also
                              * if its frame was free only when a victim was written (as Linux) */
    uint64_t zero_fills;     /* frames filled with zeros */
    uint64_t zero_maps;      /* of the shared page of zeros */
    uint64_t copies, reuses; /* copy-on-write: pages copied; last owners that may write again */
    uint64_t file_reads, file_writes;     /* pages */
    uint64_t writes_failed, reads_failed; /* pages that the disk refused */
    uint64_t pages_lost;                  /* of files: refused when nobody held the file any more */
    uint64_t remote_frames;               /* frames taken from another node than the process's */
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
 * cannot name all of the frames, the frames, or of them those of low memory, are too few for so
 * many processes to begin, or they do not begin at 0 in hashed mode, whose table has an entry for
 * each from there on. The sentence counts frames without those of os_row_frames. */
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
os_process *os_next(os *system, const os_process *process);

/* What a trap leads to. */
typedef enum os_verdict {
    OS_VERDICT_RESUME, /* the cause is repaired, the access can be made again */
    OS_VERDICT_WAIT,   /* the page is on its way: run another process, or os_idle; when os_next
                        * gives this one, and os_switch was called, the access can be made again */
    OS_VERDICT_DEAD    /* the process is dead, and process->death says why */
} os_verdict;

/* A trap of the current process. After an error it is none of them: TW_NO_MEMORY says that there is
 * no memory for records, not that the simulated frames are out; the trap can be taken again. No
 * frame is lost then. A disk that refuses is no error: it is the end of a process at most. */
tw_status os_fault(os *system, unsigned cause, uint64_t va, os_verdict *verdict, tw_error *error);

/* Processes that wait for a transfer that is done are made runnable. os_next does this too. */
void os_poll(os *system);

/* Nobody can run: passes time until somebody can; or, if nobody waits for the disk, until it is
 * done with a frame whose page has ended. *waited is false, and nothing was done, if there is
 * none. */
tw_status os_idle(os *system, bool *waited, tw_error *error);

/* The current process is done: gives back its frames and slots, drops its translations. */
tw_status os_exit(os *system, tw_error *error);

/* Forgets a process that has ended, as wait(2) of its parent does; until then its state and death
 * can be read. Its children have no parent any more. The process must not be named again, not even
 * to os_next. TW_USAGE: it is alive, or none of this OS. */
tw_status os_reap(os *system, os_process *process, tw_error *error);

const os_counts *os_statistics(const os *system);

/* What the disk said when it refused last, "" if it never did. */
const char *os_last_refusal(const os *system);

/* The memory for records that it was opened with. */
const os_records *os_records_of(const os *system);

/* Takes every PTE of every process out of the tables, as if they had never been there: A and D are
 * remembered, no page goes. Programs see nothing of it but faults. */
tw_status os_drop_tables(os *system, tw_error *error);

/* Writes back dirty pages of files that have been dirty for `age` cycles or more, as far as the
 * last call saw; call it now and then. *written (or NULL) counts pages. */
tw_status os_write_back(os *system, uint64_t age, size_t *written, tw_error *error);

/* Where everything is: for accounts that must balance. */
typedef struct os_accounts {
    size_t frames, free_frames, table_frames, page_frames, kernel_frames; /* sum up */
    size_t slots_used;
    size_t processes, spaces, objects, places; /* alive */
} os_accounts;
void os_account(const os *system, os_accounts *accounts);

/* TW_MISMATCH and the first thing that does not fit: every PTE of every table against the places,
 * every place against its page's list, every frame and slot against the page that has it, every
 * frame of a table against the one way that leads to it; bare segments against
 * their list, slots and registers. Reads all tables; for tests and soaks. */
tw_status os_audit(os *system, tw_error *error);

/* What the process would load from the page of `va`, wherever it is: in a frame, in the swap file,
 * or nowhere yet, which is zeros. OS_PAGE_BYTES. The process must be alive. */
tw_status os_read_page(os *system, const os_process *process, uint64_t va, void *bytes,
                       tw_error *error);

/* One line a process: pid, state, and the record of its death. os_print_death: the record of one
 * in full: signal, cause, address, and the walk, PTE by PTE. */
void os_print_processes(const os *system, FILE *to);
void os_print_death(const os *system, const os_process *process, FILE *to);

#endif
