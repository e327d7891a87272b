/*
 * script.h: a small language for exercises and tests of virtual memory: processes that map, touch,
 * fork and end, on the small OS and an MMU, and what is expected of them. docs/script.md has it on
 * one page.
 *
 * A script is read as a whole before anything runs. Every run ends with all processes ended, and
 * is wrong if a byte was, if the accounts of the OS do not balance, or if a frame, a slot or a
 * record is left.
 */
#ifndef TB_SCRIPT_H
#define TB_SCRIPT_H

#include <stdio.h>

#include "tablewalk/engine.h"
#include "tablewalk/error.h"

/* Why a script was refused or failed: one line that begins with its place. */
typedef struct script_complaint {
    tw_status status; /* TW_USAGE: it makes no sense; TW_MISMATCH: what was expected did not happen;
                       * else what the machine or the host refused */
    char text[1000];
    unsigned refusal; /* where in the text the sentence of the OS begins; 0: it has none */
} script_complaint;

typedef struct script script;

/* NULL with a complaint: TW_USAGE for a file that cannot be read, or the first line that makes no
 * sense, with what is expected there; TW_NO_MEMORY. */
script *script_read(const char *path, script_complaint *complaint);
void script_close(script *s); /* NULL is allowed */

/* It says `engine model`: what it does is not for the RTL. */
bool script_for_model(const script *s);

/* It has a setting `copy` of this file of the host. */
bool script_copies(const script *s, const char *path);

/* What the command line says beyond the script. */
typedef struct script_options {
    unsigned mode;        /* instead of the script's; MODE_BARE: nobody says so */
    uint64_t seed;        /* of latencies and of the values stored */
    bool verbose;         /* each statement is printed before it runs */
    FILE *to;             /* what the script prints */
    const char *timeline; /* everything that OS and MMU do goes there (timeline.h); NULL: nowhere */
    bool waveform; /* timeline_declare was called for the engine: the OS's signals go there */
} script_options;

typedef struct script_result {
    unsigned long statements, expectations; /* that were carried out */
    uint64_t cycles;
} script_result;

/* Runs it on an engine that has not been clocked yet. TW_OK if all of it happened as it says; else
 * a complaint. *result tells how far it got. */
tw_status script_run(const script *s, tw_engine *engine, const tw_config *config,
                     const script_options *options, script_result *result,
                     script_complaint *complaint);

/* Prints every statement and every quantity that there is, one a line. */
void script_list(FILE *to);

#endif
