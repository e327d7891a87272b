/* class.c: one item of a form, read from the word that stands there. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tb/os/page_table.h"
#include "tb/script/event.h"
#include "tb/script/reader.h"

const char *script_next(const script_reader *r)
{
    return r->at < r->words->count ? r->words->word[r->at] : NULL;
}

tw_status script_expected(const script_reader *r, const char *what)
{
    const char *word = script_next(r);
    const char *form = r->statement->verb->form;
    if (word != NULL && strncmp(word, "->", 2) == 0 && word[2] != '\0')
        what = "a blank behind ->";
    return word != NULL
               ? script_complain(r->words->at, r->complaint, TW_USAGE,
                                 "expected %s, found '%.40s' (%s)", what, word, form)
               : script_complain(r->words->at, r->complaint, TW_USAGE,
                                 "expected %s, found the end of the line (%s)", what, form);
}

tw_status script_item_expected(const script_reader *r, const script_item *item)
{
    char what[SCRIPT_CHOICES_MAX];
    bool choice = item->class == SCRIPT_CHOICE;
    snprintf(what, sizeof what, "%s%s%.*s", item->lead, item->lead[0] != '\0' ? " " : "",
             choice ? (int)strcspn(item->choices, " ]") : SCRIPT_NAME_MAX,
             choice ? item->choices : item->name);
    return script_expected(r, what);
}

tw_status script_number_read(script_reader *r, const char *word, script_argument *a)
{
    const char *at;
    const char *what = script_expression_read(&a->number, word, &r->script->variables, &at);
    if (what == NULL)
        return TW_OK;
    return script_complain(r->words->at, r->complaint, TW_USAGE,
                           "expected %s, found '%.40s' in '%.40s' (%s)", what, at, word,
                           r->statement->verb->form);
}

static tw_status read_known(script_reader *r, const char *word, const script_names *names,
                            const char *what, unsigned *index)
{
    int found = script_names_find(names, word, strlen(word));
    *index = (unsigned)found;
    if (found >= 0)
        return TW_OK;
    char list[400] = "";
    size_t used = 0;
    for (unsigned i = 0; i < names->count && used < sizeof list - SCRIPT_NAME_BYTES - 2; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ",
                                 names->name[i]);
    return script_complain(r->words->at, r->complaint, TW_USAGE,
                           "expected a %s that there is (%s), found '%.40s'", what,
                           used == 0 ? "so far there is none" : list, word);
}

static tw_status read_new(script_reader *r, const char *word, script_names *names, bool again,
                          const char *what, unsigned *index)
{
    bool known = script_names_find(names, word, strlen(word)) >= 0;
    int added = known && !again ? -1 : script_names_add(names, word);
    *index = (unsigned)added;
    return added >= 0 ? TW_OK
                      : script_complain(r->words->at, r->complaint, TW_USAGE,
                                        "expected a new name for a %s (letters, digits, _ and ., "
                                        "at most 23), found '%.40s'%s",
                                        what, word, known ? ", which there is already" : "");
}

/* A program, and the variables with its addresses. */
static tw_status read_program(script_reader *r, const char *word, script_argument *a)
{
    static const char *const PART[] = {"text", "data", "heap", "stack"};
    tw_status status = read_new(r, word, &r->script->programs, false, "program", &a->index);
    for (size_t i = 0; status == TW_OK && i < sizeof PART / sizeof *PART; i++) {
        char name[2 * SCRIPT_NAME_BYTES];
        unsigned index;
        snprintf(name, sizeof name, "%.30s.%s", word, PART[i]);
        status = read_new(r, name, &r->script->variables, true, "variable", &index);
    }
    return status;
}

static tw_status read_permissions(script_reader *r, const char *word, script_argument *a)
{
    bool good = word[0] != '\0' && word[strspn(word, "rwx")] == '\0';
    a->index = (strchr(word, 'r') ? OS_R : 0u) | (strchr(word, 'w') ? OS_W : 0u) |
               (strchr(word, 'x') ? OS_X : 0u);
    if (strcmp(word, "none") == 0)
        a->index = 0;
    return good || strcmp(word, "none") == 0
               ? TW_OK
               : script_expected(r, "permissions such as r, rw, rx, or none");
}

/* v=1 r=0 and so on: each becomes 2 * its bit number + its value. */
static tw_status read_bit(script_reader *r, const char *word, uint64_t *entry)
{
    static const char LETTERS[] = "vrwxugad";
    const char *letter = word[0] != '\0' ? strchr(LETTERS, word[0]) : NULL;
    if (letter == NULL || word[1] != '=' || (word[2] != '0' && word[2] != '1') || word[3] != '\0')
        return script_expected(r, "bits of the PTE such as w=0 a=1 d=1 (of v r w x u g a d)");
    *entry = 2 * (uint64_t)(letter - LETTERS) + (word[2] == '1');
    return TW_OK;
}

static tw_status read_event(script_reader *r, const char *word, uint64_t *entry)
{
    int kind = script_event_find(word);
    *entry = (uint64_t)kind;
    return kind >= 0
               ? TW_OK
               : script_expected(r, "events such as swap-in or fence, see tablewalk script --list");
}

static tw_status read_stage(script_reader *r, const char *word, uint64_t *entry)
{
    char *end;
    *entry = strtoull(word, &end, 10);
    return *entry >= 1 && *entry <= 12 && *end == '\0' ? TW_OK
                                                       : script_expected(r, "stages, of 1 to 12");
}

/* Takes the rest of the line, at least one word. */
static tw_status read_list(script_reader *r, script_class class, script_argument *a)
{
    for (const char *word; (word = script_next(r)) != NULL; r->at++) {
        if (a->entries == SCRIPT_LIST_MAX)
            return script_expected(r, "at most 48 of them");
        uint64_t *entry = &a->entry[a->entries++];
        tw_status status = class == SCRIPT_BITS     ? read_bit(r, word, entry)
                           : class == SCRIPT_STAGES ? read_stage(r, word, entry)
                                                    : read_event(r, word, entry);
        if (status != TW_OK)
            return status;
    }
    r->at--;
    return TW_OK;
}

static tw_status read_words(script_reader *r, script_argument *a)
{
    const char *at;
    for (const char *word; (word = script_next(r)) != NULL; r->at++) {
        script_expression e;
        if (a->entries == SCRIPT_LIST_MAX)
            return script_expected(r, "at most 48 words");
        if (word[0] == '$' && script_expression_read(&e, word, &r->script->variables, &at) != NULL)
            return script_expected(r, "text, or a variable that has a value");
        a->entry[a->entries++] = r->at;
    }
    r->at--;
    return TW_OK;
}

static tw_status read_operator(script_reader *r, const char *word, script_argument *a)
{
    int found = script_choice("=|!=|<|<=|>|>=", word);
    a->index = (unsigned)found;
    return found >= 0 ? TW_OK : script_expected(r, "one of = != < <= > >=");
}

static tw_status read_reason(script_reader *r, const char *word, script_argument *a)
{
    int found = script_choice(SCRIPT_REASONS, word);
    a->index = (unsigned)found;
    return found >= 0 ? TW_OK : script_expected(r, "one of " SCRIPT_REASONS);
}

static tw_status read_choice(script_reader *r, const script_item *item, const char *word,
                             script_argument *a)
{
    int found = script_choice(item->choices, word);
    a->index = (unsigned)found;
    return found >= 0 ? TW_OK : script_item_expected(r, item);
}

tw_status script_class_read(script_reader *r, const script_item *item, const char *word,
                            script_argument *a)
{
    struct script *s = r->script;
    a->text = word;
    switch (item->class) {
    case SCRIPT_CHOICE:
        return read_choice(r, item, word, a);
    case SCRIPT_PROCESS:
        return read_known(r, word, &s->processes, "process", &a->index);
    case SCRIPT_NEW_PROCESS:
        return read_new(r, word, &s->processes, false, "process", &a->index);
    case SCRIPT_FILE:
        return read_known(r, word, &s->files, "file", &a->index);
    case SCRIPT_NEW_FILE:
        return read_new(r, word, &s->files, false, "file", &a->index);
    case SCRIPT_PROGRAM:
        return read_known(r, word, &s->programs, "program", &a->index);
    case SCRIPT_NEW_PROGRAM:
        return read_program(r, word, a);
    case SCRIPT_VARIABLE:
        return word[0] == '$' ? read_new(r, word + 1, &s->variables, true, "variable", &a->index)
                              : script_expected(r, "a variable such as $x");
    case SCRIPT_PERMISSIONS:
        return read_permissions(r, word, a);
    case SCRIPT_VALUE:
        return script_value_read(r, word, a);
    case SCRIPT_OPERATOR:
        return read_operator(r, word, a);
    case SCRIPT_REASON:
        return read_reason(r, word, a);
    case SCRIPT_EVENT:
        return read_event(r, word, &a->entry[0]);
    case SCRIPT_EVENTS:
    case SCRIPT_STAGES:
    case SCRIPT_BITS:
        return read_list(r, item->class, a);
    case SCRIPT_WORDS:
        return read_words(r, a);
    case SCRIPT_STATEMENT:
        return script_inner_read(r);
    case SCRIPT_TEXT:
        return TW_OK;
    case SCRIPT_NUMBER:
        break;
    }
    return script_number_read(r, word, a);
}
