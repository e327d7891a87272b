/*
 * cpu.h: the processor port: plays the references of a process through both request ports of a
 * machine, several at a time, and takes precise traps.
 *
 * References enter a window in program order. Each is one access, or two where it crosses a page or
 * modifies. Accesses are translated out of order and take effect in order: a load is compared, a
 * store writes, when it is the oldest. An access that faults lets all older ones finish, waits
 * until nothing is in flight, and traps; if the OS repaired the cause, it and all younger ones are
 * translated again. So at a trap nothing younger has written anything.
 *
 * Loads and fetches may be translated in vain and set A in vain. A store is translated only when no
 * older access can fault any more: D is never set by a store that does not happen (privileged
 * specification 1.13, "Addressing and Memory Protection": the D bit is exact).
 *
 * If the OS has to wait for the disk, the run ends with CPU_WAITING: what stands in the window and
 * has not taken effect is put aside in the context of its process, and goes first when that runs
 * again.
 *
 * With segments, a request is an offset and the number of the register that holds the segment's
 * descriptor. An access whose descriptor is in no register lets all older ones be answered, waits
 * until nothing is in flight, and has it loaded, as if the program had done so in front of it.
 * Where its data goes, only flat addresses are known.
 */
#ifndef TB_CPU_H
#define TB_CPU_H

#include "tablewalk/machine.h"
#include "tb/trace.h"

enum { CPU_OUTSTANDING_MAX = 1 << TW_REQUEST_ID_BITS };

/* What a trap leads to. */
typedef enum cpu_outcome {
    CPU_TRAP_RESUME, /* the cause is repaired: the access is made again */
    CPU_TRAP_WAIT,   /* it will be: the run ends here, the access is made again in the next one */
    CPU_TRAP_DEAD    /* the process is dead: nothing more of it is made */
} cpu_outcome;

/* Who handles a trap: as os_fault of tb/os/os.h. It may clock the machine; nothing is in flight. */
typedef struct cpu_trap {
    void *context;
    tw_status (*fault)(void *context, unsigned cause, uint64_t va, cpu_outcome *outcome,
                       tw_error *error);
} cpu_trap;

/* Where accesses take effect, in program order: of address space `space`, at the physical address
 * that the MMU gave; they cross no page. A fetch is a load. An error ends the run. */
typedef struct cpu_data {
    void *context;
    tw_status (*load)(void *context, unsigned space, uint64_t va, uint64_t pa, unsigned bytes,
                      tw_error *error);
    tw_status (*store)(void *context, unsigned space, uint64_t va, uint64_t pa, unsigned bytes,
                       tw_error *error);
} cpu_data;

/* Who knows the segments of the running process: as os_segments_locate, os_segments_find and
 * os_segments_load of tb/os/segments.h: the number of TW_SEGMENTS_MAX is that of no register. load
 * may clock the machine; nothing is in flight. */
typedef struct cpu_segments {
    void *context;
    tw_status (*locate)(void *context, uint64_t va, unsigned bytes, unsigned *selector,
                        uint64_t *offset, tw_error *error);
    tw_status (*find)(void *context, unsigned selector, unsigned *number, tw_error *error);
    tw_status (*load)(void *context, unsigned selector, tw_error *error);
} cpu_segments;

/* Where references come from: as trace_next. */
typedef struct cpu_stream {
    void *context;
    tw_status (*next)(void *context, reference *reference, bool *more, tw_error *error);
} cpu_stream;

/* An access that has not taken effect: one that crosses a page is two. */
typedef struct cpu_access {
    tw_op op;
    uint64_t va;
    unsigned bytes;
    bool last;      /* of its load or store: it and those before take effect together */
    bool completes; /* the reference */
} cpu_access;

/* What the processor keeps of a process between its turns. One that has not run yet is all zeros
 * but for its space; to forget what is put aside, set `aside` to 0. */
typedef struct cpu_context {
    unsigned space;          /* for cpu_data; any number */
    unsigned traps_in_a_row; /* without any access taking effect */
    uint64_t taken;          /* references that came from streams, ever */
    unsigned aside;          /* accesses, oldest first: */
    cpu_access access[CPU_OUTSTANDING_MAX];
} cpu_context;

typedef enum cpu_stop {
    CPU_SLICE_OVER,  /* that many references were made */
    CPU_STREAM_OVER, /* the stream has no more */
    CPU_WAITING,     /* CPU_TRAP_WAIT; accesses are put aside */
    CPU_KILLED,      /* the OS ended the process */
    CPU_OUT_OF_TIME  /* the machine reached the cycle; what was in the window is lost */
} cpu_stop;

typedef struct cpu_counts {
    uint64_t references; /* that took effect */
    uint64_t fetches, loads,
        stores; /* accesses that took effect; a page crossing makes two of one */
    uint64_t traps;
    uint64_t restarts; /* accesses translated again after a trap */
} cpu_counts;

typedef struct cpu cpu;

/* Borrows the machine; copies the structs, not their contexts. At most `outstanding` (1 to
 * CPU_OUTSTANDING_MAX) accesses are in flight, both ports together. NULL if host memory is out. */
cpu *cpu_open(tw_machine *machine, cpu_data data, cpu_trap trap, unsigned outstanding);
void cpu_close(cpu *cpu); /* NULL is allowed */

/* From now on every access goes through a segment. Copies the struct, not its context. */
void cpu_use_segments(cpu *cpu, const cpu_segments *segments);

/* Makes what is put aside in the context, and up to `references` references of the stream, in user
 * mode, and returns with nothing in flight (but for CPU_OUT_OF_TIME: when the machine's cycle
 * reaches `until`). TW_TIMEOUT if the MMU does not answer as long as patience.h says, or an access
 * traps time and again. After an error of the trap handler accesses are put aside as after
 * CPU_WAITING, and the next run takes the trap again; after any other error there are none. */
tw_status cpu_run(cpu *cpu, cpu_context *process, const cpu_stream *stream, uint64_t references,
                  uint64_t until, cpu_stop *stop, tw_error *error);

const cpu_counts *cpu_statistics(const cpu *cpu);

#endif
