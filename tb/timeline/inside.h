/*
 * inside.h: the timeline's parts, for timeline*.c alone: entries that wait in a queue in
 * order of cycles (queue.c), who writes them (write.c), who reads the OS's events
 * (os.c), the pins (pins.c) and the walks (walk.c, page.c), and
 * who marks the waveform (wave.c).
 */
#ifndef TB_TIMELINE_INSIDE_H
#define TB_TIMELINE_INSIDE_H

#include "tb/new_file.h"
#include "tb/observer.h"
#include "tb/timeline/timeline.h"

enum { FIELDS_MAX = 8, ENDED_MAX = 8, STAGES = 12, ACTORS = 4 };

/* What an event is about, besides its address. A word stands by itself in text, a named word
 * behind its name; an address is hexadecimal, in JSON a string; bits are those of a PTE's V, R,
 * W, X, U, G, A and D that are set; a meaning is a number in JSON, with the word for it if there
 * is one, and that word, or its label and the number, in text. */
typedef struct timeline_field {
    enum field_kind {
        FIELD_ADDRESS,
        FIELD_NUMBER,
        FIELD_WORD,
        FIELD_NAMED,
        FIELD_BITS,
        FIELD_MEANING
    } kind;
    const char *name;
    uint64_t value;
    const char *word; /* not ended by a NUL, as it may be a part of a sentence */
    size_t length;
} timeline_field;

/* A cycle begins with what the MMU drives; the OS and the world act on that; what they drive ends
 * it. */
enum timeline_phase { PHASE_OUTPUTS, PHASE_OS, PHASE_INPUTS };

typedef struct timeline_entry {
    uint64_t cycle;
    enum timeline_phase phase;
    os_actor actor;
    unsigned pid; /* 0: none */
    const char *name, *sentence;
    size_t sentence_length;
    unsigned stage; /* 1 to 12, or 0 */
    bool has_va;
    uint64_t va;
    unsigned token; /* it waits until the page of this walk is known; 0: it does not wait */
    unsigned fields;
    timeline_field field[FIELDS_MAX];
} timeline_entry;

/* Those not yet written: entry[first] to entry[first + count - 1], by cycle and phase. */
typedef struct timeline_queue {
    timeline_entry *entry;
    size_t first, count, room;
} timeline_queue;

/* One walker's walk. */
typedef struct timeline_walk {
    bool active, prefetch, began; /* began: it has asked memory for something */
    bool known;                   /* its page is, and its request: */
    uint64_t va;
    tw_request request;
    uint64_t issued; /* cycle of its last memory request */
    unsigned token;  /* no other walk has the same */
} timeline_walk;

/* A walk that has ended before its page was known, and how: after this access. */
typedef struct timeline_ended {
    bool waits;
    unsigned token, walker;
    uint64_t cycle;
    struct step step;
} timeline_ended;

/* A request taken in the last cycle, of which nobody knows yet whether a TLB answers it. */
typedef struct timeline_access {
    bool waits;
    unsigned id;
    timeline_entry entry;
} timeline_access;

/* What the waveform's OS signals show. */
typedef struct timeline_shown {
    unsigned pid, actor, event, stage; /* event: os_event_kind + 1; 0: none */
    uint64_t va, ppn, number;
    bool disk;
} timeline_shown;

struct timeline {
    FILE *stream;  /* NULL: no lines */
    new_file file; /* unless it is standard output */
    bool is_file, json;
    bool finished;   /* complete: what is told now is dropped */
    tw_error failed; /* the first failure; after it nothing is written */
    tw_machine *machine;
    tw_engine *engine;
    uint64_t reset_cycles; /* clocks of the engine before the machine's cycle 0 */
    unsigned pid;          /* of the last switch */
    timeline_queue queue;
    struct observer observer;
    timeline_walk walk[TW_WALKERS_MAX];
    timeline_ended ended[ENDED_MAX];
    unsigned tokens; /* given so far */
    timeline_access access[PORTS];
    uint64_t fence_from; /* cycle in which the fence under way began */
    timeline_shown shown;
    uint64_t marked;     /* the machine's cycle of the last event of the OS */
    uint64_t disk_until; /* the machine's cycle in which the disk has done all that was issued */
};

/* The stage of a fault that this event is, 1 to STAGES, or 0. */
static inline unsigned timeline_stage(os_event_kind kind)
{
    return kind <= OS_EVENT_FAULT_RESTART ? (unsigned)kind - OS_EVENT_FAULT_TRAP + 1 : 0;
}

extern const char *const TIMELINE_ACTOR[ACTORS];

/* ---- entries ---- */

/* An event of the pins in the machine's cycle, of the process that runs. */
enum timeline_pin_event {
#define TIMELINE_NAME(name, actor, pins, sentence) PIN_##name,
    TIMELINE_EVENTS(TIMELINE_NAME)
#undef TIMELINE_NAME
};
timeline_entry timeline_pin_entry(const timeline *t, enum timeline_pin_event event, uint64_t cycle);
void timeline_set_va(timeline_entry *entry, uint64_t va);

/* Adds a field; there is room for FIELDS_MAX. The word is NUL-ended here, and static. */
void timeline_add(timeline_entry *entry, enum field_kind kind, const char *name, uint64_t value);
void timeline_add_word(timeline_entry *entry, const char *name, const char *word);
void timeline_add_named(timeline_entry *entry, const char *name, const char *word);

/* ---- the queue ---- */

/* Behind all entries that are not later, in cycle and phase. A failure is kept in t->failed. */
void timeline_put(timeline *t, const timeline_entry *entry);
/* The page of the walk is known (va is not NULL), or never will be. */
void timeline_settle(timeline *t, unsigned token, const uint64_t *va);
/* Writes the entries at the front that are before `cycle` and wait for nothing. */
void timeline_flush(timeline *t, uint64_t cycle);

/* Writes a field of a text's line. */
void timeline_print_field(const timeline_field *field, FILE *to);
/* Writes one line. */
void timeline_write(timeline *t, const timeline_entry *entry);
/* The line above those of a text. */
void timeline_write_head(timeline *t);

/* ---- pins ---- */

tw_status timeline_cycle(void *timeline, uint64_t cycle, const tw_out *out, const tw_in *in,
                         tw_error *error);
/* Parts of a cycle, in this order: walks that end and begin; the memory's answer and request. */
void timeline_walk_states(timeline *t, uint64_t cycle, const tw_out *out);
tw_status timeline_walk_memory(timeline *t, uint64_t cycle, const tw_out *out, const tw_in *in,
                               tw_error *error);

/* Tries to find out which page the walk is for. */
void timeline_find_page(timeline *t, unsigned w);
/* The walker is idle again. */
void timeline_walk_end(timeline *t, uint64_t cycle, unsigned w);
/* The request, which is in flight, is answered later than by a hit. */
void timeline_answered(timeline *t, const struct flight *flight);
/* Some requests are no more in flight: what does that say of the others? */
void timeline_narrow(timeline *t);
/* Nothing will come of what is not known yet. */
void timeline_give_up(timeline *t);

/* ---- the waveform ---- */

/* The run begins, and the OS makes everything ready. */
void timeline_mark_begin(timeline *t);
/* `number` is the event's, a cycle in the engine's clocks. */
void timeline_mark(timeline *t, const os_event *event, os_actor actor, uint64_t number);
/* The cycle ends: who is at work in it, if not the OS. */
void timeline_mark_cycle(timeline *t, uint64_t cycle, const tw_out *out, const tw_in *in);

#endif
