/*
 * inside.h: what the files of the userland share. Nobody else includes it.
 */
#ifndef TB_USERLAND_INSIDE_H
#define TB_USERLAND_INSIDE_H

#include "tb/userland/userland.h"

/* An access that user_start began. */
struct user_asked {
    uint64_t va;
    unsigned left; /* bytes that have not taken effect; 0: there is none */
    bool given;    /* it stores `value`, not what nobody else stores */
    bool ready;    /* it has loaded `value`, and nobody has asked for that yet */
    uint8_t value[8];
};

struct user_process {
    os_process *process;
    cpu_context context; /* its space is the pid */
    struct user_asked asked;
};

struct user_object {
    os_object *object;
    shadow_object *shadow;
    unsigned holds; /* times that it was opened and not closed */
};

/* Processes stand by rising pid, dead ones too until they are reaped. Objects are those that are
 * held, in no order. */
struct userland {
    bool zero_page;
    data_monitor *data;
    os *system;
    cpu *processor;
    struct user_process **process;
    size_t processes, process_room;
    struct user_object *object;
    size_t objects, object_room;
    struct user_process *current; /* to which the OS was switched last, and may run on; or NULL */
    os_accounts opened;
};

static inline tw_status user_no_memory(tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY, "no memory for the processes of a userland");
}

/* userland.c: the array, perhaps elsewhere, with room for one more than `count` items of `bytes`
 * each. NULL if host memory is out: it is as it was. */
void *user_grow(void *items, size_t bytes, size_t count, size_t *room);

/* userland.c: the record of a process that is alive; else NULL, and TW_USAGE in *error. */
struct user_process *user_find(userland *u, const os_process *process, tw_error *error);

/* userland.c: a record for a process that the OS has just made; and its end, dead or alive. */
tw_status user_add(userland *u, os_process *process, tw_error *error);
void user_remove(userland *u, size_t index);

/* userland.c: the place in the array of the record of a process, dead or alive; else the number of
 * records. The process must be one that the OS knows. */
size_t user_index(const userland *u, const os_process *process);

/* userland.c: what the process has begun is forgotten, and it has to be switched to again. */
void user_forget(userland *u, struct user_process *p);

/* files.c: the oracle's name of an object; else NULL, and TW_USAGE in *error. */
shadow_object *user_object_shadow(userland *u, const os_object *object, tw_error *error);

/* data.c: tells the oracle of the private pages in [start, end) of which the process has a
 * copy: what others store to the file later is not in them. Copies are made at the first store as a
 * rule, and the oracle knows that; this is for those that are made before, also if what made them
 * failed half way. Nothing if it has ended. */
tw_status user_note_copies(userland *u, const os_process *process, uint64_t start, uint64_t end,
                           tw_error *error);

/* data.c: for the processor. */
cpu_data user_data(userland *u);
cpu_trap user_trap(userland *u);

/* run.c: as user_slice and user_run. */
tw_status user_turn(userland *u, struct user_process *p, const cpu_stream *stream,
                    uint64_t references, bool *more, user_end *end, tw_error *error);
tw_status user_drive(userland *u, struct user_process *p, const cpu_stream *stream,
                     uint64_t references, bool *more, user_end *end, tw_error *error);

#endif
