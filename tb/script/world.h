/*
 * world.h: what a script runs on: the settings at first, then the machine with everything on
 * it, and what the script has made so far.
 */
#ifndef TB_SCRIPT_WORLD_H
#define TB_SCRIPT_WORLD_H

#include "tablewalk/translate.h"
#include "tb/monitors.h"
#include "tb/script/event.h"
#include "tb/script/inside.h"
#include "tb/timeline/timeline.h"
#include "tb/userland/userland.h"

enum { SCRIPT_PATH_MAX = 256, SCRIPT_COUNTERS = 64 };

typedef struct script_file {
    char path[SCRIPT_PATH_MAX]; /* in the script's own folder */
    os_object *object;          /* open from the first statement on */
} script_file;

typedef struct script_program {
    script_file file;
    os_image image;
} script_program;

/* Memory for the OS's records, counted. */
typedef struct script_records {
    os_records host;
    size_t live;
    uint64_t fails; /* the request that finds none: 1 is the next; 0: all find it */
} script_records;

/* What was counted when `mark` was said. */
typedef struct script_mark_counts {
    os_counts os;
    uint64_t cycle;
    uint64_t counter[SCRIPT_COUNTERS];                         /* of the MMU, by offset */
    uint64_t minor[SCRIPT_NAMES_MAX], major[SCRIPT_NAMES_MAX]; /* of the processes */
} script_mark_counts;

typedef struct script_world {
    const script *script;
    const script_options *options;
    const tw_config *config;
    tw_engine *engine;

    os_options os; /* settings */
    zones_setup zones;
    bool far;      /* memory is not equally near everywhere: latencies of nodes were given */
    unsigned node; /* of the process that runs */
    uint64_t low;  /* bytes; 0: all */
    char folder[SCRIPT_PATH_MAX]; /* of the script's own; "": not made yet */
    char swap_path[SCRIPT_PATH_MAX];

    script_records records;
    tw_memory *memory;
    tw_machine *machine; /* NULL: none of what follows is there yet */
    struct monitors *monitors;
    timeline *timeline;
    os_port port;
    userland *users;

    script_file file[SCRIPT_NAMES_MAX]; /* by the script's numbers, like all that follow */
    script_program program[SCRIPT_NAMES_MAX];
    os_process *process[SCRIPT_NAMES_MAX]; /* NULL: not made */
    uint64_t variable[SCRIPT_NAMES_MAX];

    text_place at; /* of the statement under way */
    script_events events;
    script_mark_counts marked;
    bool shows_events; /* as they happen */
    os_process *died;  /* by the statement under way */
    script_result *result;
} script_world;

/* Settings as they are if nobody says else. */
void script_world_begin(script_world *world, const script *s, tw_engine *engine,
                        const tw_config *config, const script_options *options,
                        script_result *result);

/* Makes the machine of the settings; `at` is the first statement that is none. TW_USAGE if they
 * make no sense. */
tw_status script_world_open(script_world *world, text_place at, script_complaint *complaint);

/* Ends all processes and checks what must hold at the end; of the whole script. */
tw_status script_world_finish(script_world *world, script_complaint *complaint);

/* Gives everything back, the timeline completed: TW_IO if that was impossible. */
tw_status script_world_close(script_world *world, script_complaint *complaint);

/* files.c: a path in the script's own folder, which is made when it is first needed. */
tw_status script_path(script_world *world, const char *name, char path[SCRIPT_PATH_MAX],
                      tw_error *error);
void script_folder_remove(const script_world *world);

/* ---- for what statements do ------------------------------------------------------------------ */

/* The argument's value; `otherwise` if it was not given. */
uint64_t script_number(const script_world *world, const script_phrase *phrase, const char *name,
                       uint64_t otherwise);
bool script_given(const script_phrase *phrase, const char *name);

/* The process that the form calls PROCESS; it may have ended. */
os_process *script_process_of(script_world *world, const script_statement *statement);

/* The name that the script gives to a process that it made. */
const char *script_process_name(const script_world *world, const os_process *process);

/* A value: expression or quantity. */
tw_status script_evaluate(script_world *world, const script_argument *argument, uint64_t *value,
                          script_complaint *complaint);

/* What a call returned, as the end of a statement: TW_OK, or a complaint with its sentence. */
tw_status script_called(const script_statement *statement, tw_status status, const tw_error *error,
                        script_complaint *complaint);

/* TW_MISMATCH: "FILE:LINE: expected ..., got ...". */
#define script_unmet(statement, complaint, ...) \
    script_complain((statement)->at, complaint, TW_MISMATCH, __VA_ARGS__)

/* mark.c: takes the counts for the next mark. */
tw_status script_marks_take(script_world *world, tw_error *error);

/* A counter of the MMU, by the offset of its register: since the mark. */
tw_status script_counter_since(script_world *world, unsigned offset, uint64_t *value,
                               tw_error *error);

/* translate.c: the walk that a load of the process would make now, without a trace: no A and no D
 * is set. *inquiry is what tw_translation_print needs besides; then *result is as if A had been
 * set, where the hardware does so. NULL: result->pte is as it is. TW_USAGE: the process has no
 * address space any more. */
typedef struct script_inquiry {
    tw_control control;
    tw_request request;
} script_inquiry;
tw_status script_translate(script_world *world, const os_process *process, uint64_t va,
                           script_inquiry *inquiry, tw_translation *result, tw_error *error);

#endif
