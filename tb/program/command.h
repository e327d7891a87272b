/*
 * command.h: the commands of the program. Each is one file, parses its own options, and returns the
 * program's exit status.
 */
#ifndef TB_PROGRAM_COMMAND_H
#define TB_PROGRAM_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "tablewalk/error.h"

#define TABLEWALK_VERSION "0.1.0"

enum { EXIT_PASS = 0, EXIT_FAIL = 1, EXIT_USAGE = 2 };

/* argv[0] is the command's name. `program` is how the user called the program. */
int command_run(const char *program, int argc, char **argv);
int command_walk(const char *program, int argc, char **argv);
int command_size(const char *program, int argc, char **argv);
int command_drive(const char *program, int argc, char **argv);
int command_explore(const char *program, int argc, char **argv);
int command_compare_modes(const char *program, int argc, char **argv);
int command_alloc(const char *program, int argc, char **argv);
int command_curriculum(const char *program, int argc, char **argv);
int command_script(const char *program, int argc, char **argv);
int command_replay(const char *program, int argc, char **argv);
int command_record(const char *program, int argc, char **argv);
int command_reference(const char *program, int argc, char **argv);

/* Prints "tablewalk: " and the sentence to standard error; the exit status that fits. */
int command_failed(const tw_error *error);

/* After getopt_long has complained: where help is. EXIT_USAGE. */
int command_misused(const char *command);

/* What --version prints. EXIT_PASS. */
int command_version(void);

/* True if the stream is a terminal that knows escapes: progress and colour go nowhere else. */
bool command_on_terminal(FILE *stream);

#endif
