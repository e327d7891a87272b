/*
 * machine.h: an engine, its memory, and who watches: one call is one cycle of the whole.
 *
 *     tw_in *in = tw_machine_in(machine);            request and register pins; 0 as a cycle begins
 *     const tw_out *out = tw_machine_out(machine);   the MMU's pins in this cycle
 *     ... set in->data_req_valid and so on ...
 *     tw_status status = tw_machine_clock(machine, &error);
 *
 * The machine drives rst_n = 1 and the memory's pins itself; whoever clears rst_n resets the engine
 * and forgets the memory accesses under way at the end of this cycle. Watchers see every cycle's
 * pins in the order in which they were added, before the edge; the first that complains stops the
 * machine for good.
 */
#ifndef TABLEWALK_MACHINE_H
#define TABLEWALK_MACHINE_H

#include "tablewalk/engine.h"
#include "tablewalk/memory.h"

typedef struct tw_machine tw_machine;

/* A watcher returns TW_OK, or TW_MISMATCH with a sentence in *error. It must not drive pins. */
typedef struct tw_watcher {
    void *context;
    tw_status (*cycle)(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                       tw_error *error);
} tw_watcher;

/* Resets the engine (two cycles of rst_n = 0, seen by nobody). Borrows engine and memory, which
 * outlive the machine. NULL if either is NULL or memory is out. */
tw_machine *tw_machine_open(tw_engine *engine, tw_memory *memory);
void tw_machine_close(tw_machine *machine); /* NULL is allowed; engine and memory live on */

/* At most 8 watchers; one more is TW_USAGE. */
tw_status tw_machine_watch(tw_machine *machine, tw_watcher watcher, tw_error *error);

const tw_out *tw_machine_out(const tw_machine *machine);
tw_in *tw_machine_in(tw_machine *machine);
tw_memory *tw_machine_memory(tw_machine *machine);

/* Ends the cycle. TW_MISMATCH if lockstep diverged or a watcher complained, now or before; the
 * machine then stands still. After it, the request and register pins of the new cycle are all 0. */
tw_status tw_machine_clock(tw_machine *machine, tw_error *error);

/* Cycles since the machine was opened. */
uint64_t tw_machine_cycle(const tw_machine *machine);

#endif
