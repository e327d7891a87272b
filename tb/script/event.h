/* event.h: what the OS did since the mark: kept, counted, and shown. */
#ifndef TB_SCRIPT_EVENT_H
#define TB_SCRIPT_EVENT_H

#include <stddef.h>
#include <stdio.h>

#include "tablewalk/error.h"
#include "tb/os/event.h"

/* As many are kept; what comes then is counted only. */
enum { SCRIPT_EVENTS_MAX = 1 << 20, SCRIPT_EVENT_NAME_MAX = 24 };

typedef struct script_events {
    os_event *event;
    size_t count, room;
    size_t lost; /* not kept: too many, or no host memory */
    uint64_t counts[OS_EVENT_KINDS];
} script_events;

void script_events_add(script_events *events, const os_event *event);
void script_events_clear(script_events *events);
void script_events_close(script_events *events);

/* One more than the index of the first event of this kind from `from` on; 0: there is none. */
size_t script_events_after(const script_events *events, size_t from, unsigned kind);

/* The stages (1 to 12) of the faults of a process, in order; how many there are, also if `room` is
 * less. */
size_t script_events_stages(const script_events *events, unsigned pid, uint64_t *stage,
                            size_t room);

/* An event on one line. */
void script_event_print(const os_event *event, FILE *to);

/* All of them, by their cycles: the end of a transfer is told when it is issued. Those of one cycle
 * in the order in which they were told. TW_NO_MEMORY. */
tw_status script_events_print(const script_events *events, FILE *to, tw_error *error);

/* Kinds by their names, in small letters with dashes; -1: none. */
int script_event_find(const char *name);
const char *script_event_name(unsigned kind, char to[SCRIPT_EVENT_NAME_MAX]); /* returns `to` */
const char *script_event_sentence(unsigned kind);

#endif
