/*
 * words.h: a line of a script as words.
 *
 * Words stand between blanks. A word in double quotes may hold blanks. A colon at the end of a word
 * is a word of its own. # begins a comment, but not in the middle of a word.
 */
#ifndef TB_SCRIPT_WORDS_H
#define TB_SCRIPT_WORDS_H

#include "tb/script/script.h"
#include "tb/text.h"

enum { SCRIPT_WORDS_MAX = 64 };

typedef struct script_words {
    text_place at;
    unsigned count;
    const char *word[SCRIPT_WORDS_MAX];
    char *text; /* what the words are made of; owned */
} script_words;

/* TW_USAGE for a quote that does not end and for too many words, TW_NO_MEMORY; there is nothing to
 * close then. */
tw_status script_words_cut(script_words *words, text_place at, const char *line,
                           script_complaint *complaint);
void script_words_close(script_words *words);

/* Stores "FILE:LINE: ..." as a complaint of this status, and returns it. */
__attribute__((format(printf, 4, 5))) tw_status script_complain(text_place at,
                                                                script_complaint *complaint,
                                                                tw_status status,
                                                                const char *format, ...);

#endif
