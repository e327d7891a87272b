/* parse.c: the words of a line into the items of its form. */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tb/script/do.h"
#include "tb/script/reader.h"

static tw_status no_memory(const script_reader *r)
{
    return script_complain(r->words->at, r->complaint, TW_NO_MEMORY, "no memory for the script");
}

/* Might the word begin this item? If not, one that need not be there is not. */
static bool begins(const script_item *item, const char *word)
{
    size_t length = strlen(item->name);
    if (item->lead[0] != '\0')
        return strcmp(item->lead, word) == 0;
    if (item->key)
        return strncmp(item->name, word, length) == 0 && word[length] == '=';
    if (item->class == SCRIPT_CHOICE)
        return script_choice(item->choices, word) >= 0;
    if (item->class == SCRIPT_PERMISSIONS)
        return word[strspn(word, "rwx")] == '\0' || strcmp(word, "none") == 0;
    return true;
}

static tw_status read_item(script_reader *r, const script_item *item, script_argument *a)
{
    const char *word = script_next(r);
    bool led = item->lead[0] != '\0';
    if (word == NULL || (led && strcmp(word, item->lead) != 0) ||
        (item->key && !begins(item, word)))
        return script_item_expected(r, item);
    r->at += led;
    word = script_next(r);
    if (word == NULL)
        return script_item_expected(r, item);
    a->given = true;
    tw_status status = script_class_read(r, item, item->key ? strchr(word, '=') + 1 : word, a);
    r->at++;
    return status;
}

/* Fills in items that need not be there: [from, to) of the form. */
static tw_status fill_optional(script_reader *r, script_phrase *phrase, const script_item *item,
                               unsigned from, unsigned to)
{
    for (const char *word; (word = script_next(r)) != NULL;) {
        unsigned i = from;
        while (i < to && (phrase->argument[i].given || !begins(&item[i], word)))
            i++;
        if (i == to)
            return TW_OK;
        tw_status status = read_item(r, &item[i], &phrase->argument[i]);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

/* Fills in a form. What follows it is left. */
static tw_status fill(script_reader *r, script_phrase *phrase)
{
    script_item item[SCRIPT_ITEMS_MAX];
    unsigned count = script_form_items(phrase->form, item);
    tw_status status = TW_OK;
    for (unsigned i = 0, next; i < count && status == TW_OK; i = next) {
        for (next = i; next < count && item[next].optional; next++)
            ;
        status = next > i ? fill_optional(r, phrase, item, i, next)
                          : read_item(r, &item[i], &phrase->argument[i]);
        next += next == i;
    }
    return status;
}

/* The same, and nothing follows. */
static tw_status fill_line(script_reader *r, script_phrase *phrase)
{
    tw_status status = fill(r, phrase);
    bool more = strchr(phrase->form, '[') != NULL;
    return status != TW_OK || script_next(r) == NULL
               ? status
               : script_expected(r, more ? "what stands in brackets, once each, or the end of the "
                                           "line"
                                         : "the end of the line");
}

tw_status script_value_read(script_reader *r, const char *word, script_argument *a)
{
    const script_quantity *quantity = script_quantity_find(word);
    if (quantity == NULL)
        return isdigit((unsigned char)word[0]) || strpbrk(word, "$+*") != NULL ||
                       script_choice("page|huge|none", word) >= 0
                   ? script_number_read(r, word, a)
                   : script_expected(r, "a number, a variable, or a quantity (see tablewalk "
                                        "script --list)");
    a->quantity = calloc(1, sizeof *a->quantity);
    if (a->quantity == NULL)
        return no_memory(r);
    *a->quantity = (script_phrase){.form = quantity->form, .quantity = quantity};
    r->at++;
    tw_status status = fill(r, a->quantity);
    r->at--; /* at its last word */
    return status;
}

tw_status script_inner_read(script_reader *r)
{
    script_statement *inner = calloc(1, sizeof *inner);
    r->statement->inner = inner;
    if (inner == NULL)
        return no_memory(r);
    unsigned length = 0;
    inner->at = r->statement->at;
    inner->verb = script_verb_find(r->words, r->at, &length);
    if (inner->verb == NULL || inner->verb->kind != SCRIPT_ACTION)
        return script_expected(r, "a statement that does something");
    if (r->statement->verb->run == script_expect_fault &&
        strstr(inner->verb->form, " PROCESS") == NULL)
        return script_expected(r, "a statement that is for a process");
    inner->words = *r->words;
    inner->words.text = NULL; /* the outer one's */
    inner->phrase.form = inner->verb->form;
    /* What is refused has made nothing: no process, no value. */
    bool refused = r->statement->verb->run == script_expect_error;
    unsigned processes = r->script->processes.count, variables = r->script->variables.count;
    script_reader inside = {r->script, inner, r->words, r->at + length, r->complaint};
    tw_status status = fill_line(&inside, &inner->phrase);
    if (status == TW_OK)
        status = script_check(r->script, inner, r->complaint);
    r->at = inside.at - 1;
    if (refused) {
        r->script->processes.count = processes;
        r->script->variables.count = variables;
    }
    return status;
}

/* A setting of which the machine has one. */
static bool said_before(const struct script *s, const script_statement *statement)
{
    script_do *run = statement->verb->run;
    bool many = run == script_set_file || run == script_set_copy || run == script_set_program ||
                run == script_set_node || run == script_set_distance;
    bool said = false;
    for (const script_statement *st = s->first; st != statement; st = st->next)
        said |= st->verb == statement->verb;
    return statement->verb->kind == SCRIPT_SETTING && !many && said;
}

tw_status script_parse(struct script *s, script_statement *statement, script_complaint *complaint)
{
    unsigned length = 0;
    statement->verb = script_verb_find(&statement->words, 0, &length);
    if (statement->verb == NULL)
        return script_complain(statement->at, complaint, TW_USAGE,
                               "expected a statement or setting (see tablewalk script --list), "
                               "found '%.40s'",
                               statement->words.word[0]);
    if (statement->verb->kind == SCRIPT_SETTING && s->acts)
        return script_complain(statement->at, complaint, TW_USAGE,
                               "expected '%s' before everything that is no setting of the machine",
                               statement->words.word[0]);
    if (said_before(s, statement))
        return script_complain(statement->at, complaint, TW_USAGE,
                               "expected '%s' once, found it again", statement->words.word[0]);
    s->acts |= statement->verb->kind != SCRIPT_SETTING;
    statement->phrase.form = statement->verb->form;
    script_reader r = {s, statement, &statement->words, length, complaint};
    tw_status status = fill_line(&r, &statement->phrase);
    return status == TW_OK ? script_check(s, statement, complaint) : status;
}

const script_argument *script_argument_of(const script_phrase *phrase, const char *name)
{
    script_item item[SCRIPT_ITEMS_MAX];
    unsigned count = script_form_items(phrase->form, item);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(item[i].name, name) == 0)
            return &phrase->argument[i];
    assert(!"an item that the form has not");
    return NULL;
}
