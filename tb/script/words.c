/* words.c: cutting a copy of the line in place. */
#include "tb/script/words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

tw_status script_complain(text_place at, script_complaint *complaint, tw_status status,
                          const char *format, ...)
{
    int used = at.line == 0 ? snprintf(complaint->text, sizeof complaint->text, "%.200s: ", at.file)
                            : snprintf(complaint->text, sizeof complaint->text,
                                       "%.200s:%lu: ", at.file, at.line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(complaint->text + used, sizeof complaint->text - (size_t)used, format, arguments);
    va_end(arguments);
    complaint->status = status;
    return status;
}

/* Takes one word from *from on to *to, and moves both behind it. False: its quote does not end. */
static bool take(const char **from, char **to)
{
    if (**from != '"') {
        size_t length = strcspn(*from, " \t");
        memcpy(*to, *from, length);
        *to += length;
        *from += length;
        return true;
    }
    size_t length = strcspn(*from + 1, "\"");
    if ((*from)[length + 1] != '"')
        return false;
    memcpy(*to, *from + 1, length);
    *to += length;
    *from += length + 2;
    return true;
}

static tw_status cut(script_words *words, const char *line, script_complaint *complaint)
{
    char *to = words->text;
    for (line += strspn(line, " \t"); *line != '\0' && *line != '#'; line += strspn(line, " \t")) {
        bool quoted = *line == '"';
        const char *word = to;
        if (words->count + 2 > SCRIPT_WORDS_MAX)
            return script_complain(words->at, complaint, TW_USAGE,
                                   "expected at most %d words in a line", SCRIPT_WORDS_MAX);
        if (!take(&line, &to))
            return script_complain(words->at, complaint, TW_USAGE,
                                   "expected '\"' at the end of the text, found the end of the "
                                   "line");
        bool colon = !quoted && to > word + 1 && to[-1] == ':';
        if (colon)
            to--;
        *to++ = '\0';
        words->word[words->count++] = word;
        if (colon)
            words->word[words->count++] = ":";
    }
    return TW_OK;
}

tw_status script_words_cut(script_words *words, text_place at, const char *line,
                           script_complaint *complaint)
{
    *words = (script_words){.at = at, .text = malloc(strlen(line) + SCRIPT_WORDS_MAX + 1)};
    if (words->text == NULL)
        return script_complain(at, complaint, TW_NO_MEMORY, "no memory for the script");
    tw_status status = cut(words, line, complaint);
    if (status != TW_OK)
        script_words_close(words);
    return status;
}

void script_words_close(script_words *words)
{
    free(words->text);
    *words = (script_words){0};
}
