/* names.h: the names that a script gives to its processes, files, programs and variables:
 * small numbers from 0 on, in the order in which they appear. */
#ifndef TB_SCRIPT_NAMES_H
#define TB_SCRIPT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_NAMES_MAX = 128, SCRIPT_NAME_BYTES = 24 };

typedef struct script_names {
    unsigned count;
    char name[SCRIPT_NAMES_MAX][SCRIPT_NAME_BYTES];
} script_names;

/* The number of a name, of `length` bytes; -1 if nobody has it. */
int script_names_find(const script_names *names, const char *name, size_t length);

/* The number of a name that may be new. -1 if it is no name (letters, digits, _ and ., beginning
 * with a letter, at most 23), or there would be too many. */
int script_names_add(script_names *names, const char *name);

/* May stand in a name. */
bool script_names_holds(char c);

#endif
