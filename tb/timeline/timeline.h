/*
 * timeline.h: what happens in a run, by whoever does it, on one axis: accesses of the processes,
 * walks of the MMU, steps of the OS and its disk. Every event is a line, in order of cycles, and in
 * a cycle of what leads to what.
 *
 * The OS tells its events itself (tb/os/event.h). The others are read off the pins. Which page a
 * walk is for, no pin says: it follows from the PTEs that the walk reads, and from who is answered.
 * So a line is held back until it is known, and has no address if that is never certain. An access
 * is an event if a TLB cannot answer it in the next cycle. docs/timeline.md
 *
 * A cycle is one of the engine's clocks, its reset included, as in the waveform: cycle n begins
 * there at 10 n nanoseconds.
 */
#ifndef TB_TIMELINE_H
#define TB_TIMELINE_H

#include <stdio.h>

#include "tablewalk/config.h"
#include "tablewalk/machine.h"
#include "tb/os/event.h"

/* X(name, actor, pins, sentence): what the pins show; which of them: those that the MMU drives in
 * a cycle come before what the OS does in it, the others after. */
#define TIMELINE_EVENTS(X)                                                      \
    X(ACCESS, USER, INPUTS, "asks, and the port's TLB does not grant it")       \
    X(ANSWER, MMU, OUTPUTS, "answers with an address")                          \
    X(FAULT, MMU, OUTPUTS, "answers with a fault")                              \
    X(WALK_START, MMU, OUTPUTS, "walk begins")                                  \
    X(PTE_READ, MMU, INPUTS, "walk has read a PTE")                             \
    X(AD_UPDATE, MMU, INPUTS, "walk sets A or D by compare-and-swap")           \
    X(WALK_RESTART, MMU, OUTPUTS, "walk begins again")                          \
    X(TLB_FILL, MMU, OUTPUTS, "walk ends: a TLB keeps the page")                \
    X(WALK_FAIL, MMU, OUTPUTS, "walk ends: a check failed")                     \
    X(WALK_END, MMU, OUTPUTS, "walk ends: a prefetch, or no pin says for whom") \
    X(FENCE_BEGIN, MMU, INPUTS, "fence begins")                                 \
    X(FENCE_END, MMU, OUTPUTS, "fence is done: older translations are gone")

typedef struct timeline timeline;

/*
 * Declares the OS's signals in the waveform that the engine opens later (scope TOP.os): process,
 * actor, event, stage, address, frame, number, whether the disk works, and a pulse for each stage.
 * The timeline marks them.
 */
tw_status timeline_declare(tw_engine *engine, tw_error *error);

/*
 * A timeline of an MMU of this configuration. `path` ends in .json or .jsonl for JSON lines, is "-"
 * for text on standard output, else the file gets text; it has its name once it is complete. NULL:
 * no lines, only the waveform's signals. Returns NULL with TW_IO if the file cannot be made,
 * TW_NO_MEMORY if memory is out.
 */
timeline *timeline_open(const char *path, const tw_config *config, tw_error *error);

/* From now on sees every cycle of the machine, which drives this engine: before its first clock.
 * Borrows both. TW_USAGE if the machine has too many watchers. */
tw_status timeline_watch(timeline *t, tw_machine *machine, tw_engine *engine, tw_error *error);

/* For os_port.event, with the timeline as context: event->cycle is one of the machine's, not before
 * those that it has clocked. Failures are told when the timeline is closed. */
void timeline_event(void *timeline, const os_event *event);

/* Prints what the event is, with its number in words, as lines have it: "frame taken: page table";
 * a cycle is one of the machine's. */
void timeline_print_sentence(const os_event *event, FILE *to);

/* Writes what is held back, and completes the file. TW_IO if this or any write before failed,
 * TW_NO_MEMORY if memory was out meanwhile: there is no file then. Whoever tells it of something
 * may still do so, which is dropped. NULL is allowed, and a second time: TW_OK. */
tw_status timeline_finish(timeline *t, tw_error *error);

/* Finishes it, if that is not done, with the same status, and gives it back: nobody may tell it of
 * anything any more, so machine and OS are closed. NULL is allowed: TW_OK. */
tw_status timeline_close(timeline *t, tw_error *error);

/* Closes it when what it is about never began: there is no file. NULL is allowed. */
void timeline_discard(timeline *t);

#endif
