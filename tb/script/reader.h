/* reader.h: the line of a script that is being read: what class.c (one item) and
 * parse.c (forms) share. */
#ifndef TB_SCRIPT_READER_H
#define TB_SCRIPT_READER_H

#include "tb/script/inside.h"

/* words[at] is next. */
typedef struct script_reader {
    struct script *script;
    script_statement *statement;
    const script_words *words;
    unsigned at;
    script_complaint *complaint;
} script_reader;

/* The word that is next; NULL: the end of the line. */
const char *script_next(const script_reader *r);

/* TW_USAGE: what is expected, what was found, and the form. */
tw_status script_expected(const script_reader *r, const char *what);

/* The same: the item is expected. */
tw_status script_item_expected(const script_reader *r, const script_item *item);

/* Reads `word`, which is the end of the next one, and the words behind it that belong to it. Then
 * r->at is at the last of them. */
tw_status script_class_read(script_reader *r, const script_item *item, const char *word,
                            script_argument *argument);
tw_status script_number_read(script_reader *r, const char *word, script_argument *argument);

/* The same for what has a form of its own: a quantity, or the statement behind a colon. */
tw_status script_value_read(script_reader *r, const char *word, script_argument *argument);
tw_status script_inner_read(script_reader *r);

#endif
