/*
 * shell.h: the program as a user meets it: commands for a shell, what they print, and how they end.
 * In a command, $T stands for the program beside BUILD/tests, $D for a scratch folder.
 */
#ifndef TESTS_SUPPORT_SHELL_H
#define TESTS_SUPPORT_SHELL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

enum { SHELL_OUTPUT_MAX = 1 << 16 };

typedef struct outcome {
    int exit;                    /* -1: ended by a signal */
    char text[SHELL_OUTPUT_MAX]; /* standard output and error, as they came */
} outcome;

/* What a group's set-up does: sets T and D, makes the folder, and runs a command that fills it. 0,
 * or another number if that is impossible. */
int shell_open(const char *command);

/* A group's tear-down: removes the folder. 0 if that worked. */
int shell_close(void **state);

/* A command, as printf forms it. Valid until the next one. */
const char *shell_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs a command. Valid until the next one. */
const outcome *sh(const char *command);

/* Fails unless the command ends with `exit` and says `words` (NULL: anything). */
const outcome *expect(const char *command, int exit, const char *words);

/* The same, and the message is one line. */
void expect_line(const char *command, int exit, const char *words);

/* Wrong usage: exit 2 and one line, of the command followed by the options in each row; the words
 * in the row's second place. */
void expect_misuses(const char *command, const char *const rows[][2], size_t count);

/* The object in the folder's file `name`, to be given back with json_decref; its member `name`.
 * Both fail if there is none. */
json_t *shell_json(const char *name);
json_int_t shell_integer(const json_t *object, const char *name);

#endif
