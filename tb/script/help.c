/* help.c: what there is to write, for who asks and for who wrote something else. */
#include <string.h>

#include "tb/script/event.h"
#include "tb/script/inside.h"

/* What is said about a form stands beside it, or below it if it is long. */
static void print_form(const char *form, const char *summary, FILE *to)
{
    enum { COLUMN = 46 };
    bool is_long = strlen(form) > COLUMN;
    fprintf(to, "  %-*s%s", COLUMN, form, is_long ? "\n" : "");
    fprintf(to, "%*s  %s\n", is_long ? COLUMN + 2 : 0, "", summary);
}

static void print_verbs(unsigned kind, const char *title, FILE *to)
{
    fprintf(to, "%s\n", title);
    const script_verb *verb;
    for (size_t i = 0; (verb = script_verb_at(i)) != NULL; i++)
        if (verb->kind == kind)
            print_form(verb->form, verb->summary, to);
    fputc('\n', to);
}

/* Counters of the MMU have the names of its registers, in capitals there. */
static void print_quantity(const script_quantity *q, FILE *to)
{
    char form[80], summary[120];
    size_t name = strcspn(q->form, " ");
    snprintf(form, sizeof form, "%s", q->form);
    for (size_t i = 0; i < name && i < sizeof form - 1; i++)
        form[i] = script_plain(form[i]);
    snprintf(summary, sizeof summary, "%s%s", q->marked ? "* " : "  ", q->summary);
    print_form(form, summary, to);
}

void script_list(FILE *to)
{
    const script_quantity *q;
    print_verbs(SCRIPT_SETTING, "Settings of the machine, before everything else:", to);
    print_verbs(SCRIPT_ACTION, "Statements:", to);
    print_verbs(SCRIPT_EXPECTATION, "Expectations:", to);
    fprintf(to, "Quantities (*: counted since the mark):\n");
    for (size_t i = 0; (q = script_quantity_at(i)) != NULL; i++)
        print_quantity(q, to);
    fprintf(to, "\nReasons of a death:\n  %s\n\nEvents:\n", SCRIPT_REASONS);
    for (unsigned kind = 0; kind < OS_EVENT_KINDS; kind++) {
        char name[SCRIPT_EVENT_NAME_MAX];
        print_form(script_event_name(kind, name), script_event_sentence(kind), to);
    }
}
