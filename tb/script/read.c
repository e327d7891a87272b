/* read.c: a file into statements. Nothing runs here. */
#include <stdlib.h>
#include <string.h>

#include "tb/output.h"
#include "tb/script/do.h"

static const char MARK[] = "\xef\xbb\xbf"; /* of UTF-8, as some editors put it first */

static tw_status no_memory(text_place at, script_complaint *complaint)
{
    return script_complain(at, complaint, TW_NO_MEMORY, "no memory for the script");
}

static void close_statement(script_statement *statement)
{
    if (statement == NULL)
        return;
    close_statement(statement->inner);
    for (unsigned i = 0; i < SCRIPT_ITEMS_MAX; i++)
        free(statement->phrase.argument[i].quantity);
    for (size_t i = 0; i < statement->lines; i++)
        free(statement->line[i]);
    free(statement->line);
    script_words_close(&statement->words);
    free(statement);
}

void script_close(script *s)
{
    if (s == NULL)
        return;
    for (script_statement *statement = s->first, *next; statement != NULL; statement = next) {
        next = statement->next;
        close_statement(statement);
    }
    free(s->path);
    free(s);
}

bool script_for_model(const script *s)
{
    return s->for_model;
}

bool script_copies(const script *s, const char *path)
{
    bool copies = false;
    for (const script_statement *st = s->first; st != NULL; st = st->next)
        copies |= st->verb->run == script_set_copy &&
                  output_same(script_argument_of(&st->phrase, "PATH")->text, path);
    return copies;
}

/* An empty statement at the end of the script, or NULL. */
static script_statement *add(script *s)
{
    script_statement *statement = calloc(1, sizeof *statement);
    if (statement == NULL)
        return NULL;
    if (s->last != NULL)
        s->last->next = statement;
    else
        s->first = statement;
    return s->last = statement;
}

/* A line that begins with | is one of the statement above it. */
static tw_status add_line(script *s, text_place at, const char *line, script_complaint *complaint)
{
    script_statement *to = s->last;
    if (to == NULL || !to->verb->lines)
        return script_complain(at, complaint, TW_USAGE,
                               "expected a statement that takes lines (expect maps) above one that "
                               "begins with |");
    char **grown = realloc(to->line, (to->lines + 1) * sizeof *grown);
    if (grown == NULL)
        return no_memory(at, complaint);
    to->line = grown;
    line += strspn(line, " \t|");
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t", line[length - 1]) != NULL)
        length--;
    to->line[to->lines] = strndup(line, length);
    if (to->line[to->lines] == NULL)
        return no_memory(at, complaint);
    to->lines++;
    return TW_OK;
}

static tw_status add_words(script *s, script_words *words, script_complaint *complaint)
{
    script_statement *statement = add(s);
    if (statement == NULL)
        return no_memory(words->at, complaint);
    statement->at = (text_place){s->path, words->at.line};
    statement->words = *words;
    words->text = NULL; /* the statement's now */
    tw_status status = script_parse(s, statement, complaint);
    if (status == TW_OK)
        s->for_model |= strcmp(statement->words.word[0], "engine") == 0;
    return status;
}

static tw_status read_line(script *s, text_place at, const char *line, script_complaint *complaint)
{
    script_words words;
    if (line[strspn(line, " \t")] == '|')
        return add_line(s, at, line, complaint);
    tw_status status = script_words_cut(&words, at, line, complaint);
    if (status == TW_OK && words.count > 0)
        status = add_words(s, &words, complaint);
    script_words_close(&words);
    return status;
}

static tw_status read_lines(script *s, text_file *file, script_complaint *complaint)
{
    tw_error error = {0};
    const char *line;
    for (;;) {
        if (text_next(file, &line, &error) != TW_OK)
            break;
        if (line == NULL)
            return s->acts ? TW_OK
                           : script_complain((text_place){s->path, 0}, complaint, TW_USAGE,
                                             "expected statements such as 'process A', found "
                                             "none that does anything");
        text_place at = {s->path, text_where(file).line};
        if (at.line == 1 && strncmp(line, MARK, strlen(MARK)) == 0)
            line += strlen(MARK);
        if (read_line(s, at, line, complaint) != TW_OK)
            return complaint->status;
    }
    *complaint = (script_complaint){.status = error.status};
    snprintf(complaint->text, sizeof complaint->text, "%s", error.text);
    return error.status;
}

script *script_read(const char *path, script_complaint *complaint)
{
    tw_error error = {0};
    script *s = calloc(1, sizeof *s);
    if (s == NULL || (s->path = strdup(path)) == NULL) {
        no_memory((text_place){path, 0}, complaint);
        script_close(s);
        return NULL;
    }
    text_file *file = text_open(path, &error);
    if (file == NULL) {
        *complaint = (script_complaint){.status = error.status};
        snprintf(complaint->text, sizeof complaint->text, "%s", error.text);
    }
    tw_status status = file == NULL ? error.status : read_lines(s, file, complaint);
    text_close(file);
    if (status == TW_OK)
        return s;
    script_close(s);
    return NULL;
}
