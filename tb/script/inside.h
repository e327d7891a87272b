/* inside.h: a script as it has been read. */
#ifndef TB_SCRIPT_INSIDE_H
#define TB_SCRIPT_INSIDE_H

#include "tb/script/form.h"
#include "tb/script/names.h"
#include "tb/script/value.h"
#include "tb/script/words.h"

struct script_world;
struct script_statement;
struct script_phrase;

/* What a statement does, or a quantity is. */
typedef tw_status script_do(struct script_world *world, const struct script_statement *statement,
                            script_complaint *complaint);
typedef tw_status script_look(struct script_world *world, const struct script_phrase *phrase,
                              uint64_t *value, script_complaint *complaint);

typedef struct script_verb {
    const char *form, *summary;
    script_do *run;
    enum {
        SCRIPT_SETTING, /* of the machine: before all others */
        SCRIPT_ACTION,
        SCRIPT_EXPECTATION
    } kind;
    bool lines; /* lines that begin with | belong to it */
} script_verb;

/* A quantity has a form or, in a family of numbers that others count, only a name. */
typedef struct script_quantity {
    const char *form, *summary;
    script_look *look;
    bool marked;  /* what was counted at `mark` is taken off */
    size_t which; /* of several that are looked at alike */
} script_quantity;

/* Of os_reason, from the first on that is one. */
#define SCRIPT_REASONS                                                                       \
    "no-region|guard|forbidden|beyond-file|access-fault|bus-error|read-failed|write-failed|" \
    "swap-full|no-frame|refused-again|cause|segment-limit|segment-right|asked"

enum { SCRIPT_LIST_MAX = 48 };

/* One item of a form, as the script fills it. */
typedef struct script_argument {
    bool given;
    unsigned index; /* of the name, word, event, or operator; bits of permissions */
    script_expression number;
    struct script_phrase *quantity; /* SCRIPT_VALUE: NULL, and it is `number` */
    const char *text;
    unsigned entries; /* of a list: events, stages, or bits */
    uint64_t entry[SCRIPT_LIST_MAX];
} script_argument;

/* A form, filled in. */
typedef struct script_phrase {
    const char *form;
    const script_quantity *quantity; /* of a quantity */
    script_argument argument[SCRIPT_ITEMS_MAX];
} script_phrase;

typedef struct script_statement {
    const script_verb *verb;
    text_place at;
    script_words words; /* texts point into them */
    script_phrase phrase;
    struct script_statement *inner; /* what follows the colon */
    struct script_statement *next;
    size_t lines;
    char **line; /* without the | and blanks around */
} script_statement;

struct script {
    char *path;
    script_names processes, files, programs, variables;
    unsigned nodes; /* settings `node` */
    bool acts;      /* a statement that is no setting was read */
    bool for_model;
    script_statement *first, *last; /* NULL: none */
};

/* What the form calls `name` in this phrase. */
const script_argument *script_argument_of(const script_phrase *phrase, const char *name);

/* parse.c: fills in one statement from its words, which become its own. */
tw_status script_parse(struct script *s, script_statement *statement, script_complaint *complaint);

/* check.c: what can be told wrong of a statement before it runs, because the number is there:
 * TW_USAGE. Of others it is found when they run. */
tw_status script_check(struct script *s, const script_statement *statement,
                       script_complaint *complaint);

/* The whole script, once its mode is known: TW_USAGE if it counts in huge pages where there are
 * none. */
tw_status script_check_huge(const struct script *s, unsigned mode, script_complaint *complaint);

/* Whether these numbers will do: TW_OK, or a complaint of this status. `value`: what is loaded or
 * stored; NULL: not said. */
typedef struct script_width {
    uint64_t bytes, count;
    const uint64_t *value;
} script_width;
tw_status script_check_width(const script_statement *statement, const script_width *width,
                             tw_status status, script_complaint *complaint);
tw_status script_check_pass(const script_statement *statement, uint64_t cycles, tw_status status,
                            script_complaint *complaint);
tw_status script_check_node(const script_statement *statement, uint64_t node, unsigned nodes,
                            tw_status status, script_complaint *complaint);

/* list.c: the program's own lists. NULL: no such one. */
const script_verb *script_verb_find(const script_words *words, unsigned from, unsigned *length);
const script_quantity *script_quantity_find(const char *word);
const script_verb *script_verb_at(size_t index);
const script_quantity *script_quantity_at(size_t index);
char script_plain(char c); /* a letter of a name, as scripts write it: small, and - for _ */

#endif
