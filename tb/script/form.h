/*
 * form.h: what a statement, or a quantity, looks like. A form is its own help: one line such
 * as
 *
 *     mprotect PROCESS ADDRESS BYTES PERMISSIONS
 *     read PROCESS ADDRESS [= NUMBER] [bytes=NUMBER] [count=NUMBER] [stride=NUMBER]
 *
 * from which the words of a script are read, and its complaints are made. It begins with its name,
 * of one or two words; then come its items in order, of which those in brackets need not be there,
 * and neighbours of them may change places. An item is
 *
 *     CLASS        a word of that class; one that is not in the list of classes is a number
 *     a|b          one of these words
 *     key=CLASS    as in bytes=8
 *     = CLASS, -> CLASS, : CLASS   with that word in front of it
 */
#ifndef TB_SCRIPT_FORM_H
#define TB_SCRIPT_FORM_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_ITEMS_MAX = 14, SCRIPT_NAME_MAX = 24, SCRIPT_CHOICES_MAX = 80 };

typedef enum script_class {
    SCRIPT_NUMBER, /* an expression without blanks */
    SCRIPT_CHOICE,
    SCRIPT_PROCESS, /* that is known; and one that is not yet */
    SCRIPT_NEW_PROCESS,
    SCRIPT_FILE,
    SCRIPT_NEW_FILE,
    SCRIPT_PROGRAM,
    SCRIPT_NEW_PROGRAM,
    SCRIPT_VARIABLE, /* that gets a value */
    SCRIPT_PERMISSIONS,
    SCRIPT_TEXT,
    SCRIPT_VALUE,    /* an expression, or a quantity with its items */
    SCRIPT_OPERATOR, /* = != < <= > >= */
    SCRIPT_EVENT,
    SCRIPT_EVENTS, /* all that follow */
    SCRIPT_STAGES,
    SCRIPT_BITS,
    SCRIPT_WORDS,
    SCRIPT_REASON, /* of a death */
    SCRIPT_STATEMENT
} script_class;

typedef struct script_item {
    char name[SCRIPT_NAME_MAX]; /* the class, the key, or the first choice */
    char lead[4];               /* the word in front of it; "": none */
    const char *choices;        /* of SCRIPT_CHOICE: where they stand in the form */
    bool key, optional;
    script_class class;
} script_item;

/* The length of the name that the form begins with, in bytes. */
size_t script_form_name(const char *form);

/* The items of a form, in order; how many. */
unsigned script_form_items(const char *form, script_item item[SCRIPT_ITEMS_MAX]);

/* Which of the words "a|b|c" it is, from 0; -1: none. They end at a blank or a bracket. */
int script_choice(const char *choices, const char *word);

#endif
