/* show.c: what a script prints. */
#include <inttypes.h>
#include <string.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

tw_status script_print(script_world *w, const script_statement *st, script_complaint *complaint)
{
    (void)complaint;
    const script_argument *words = script_argument_of(&st->phrase, "WORDS...");
    for (unsigned i = 0; i < words->entries; i++) {
        const char *word = st->words.word[words->entry[i]], *at;
        script_expression e;
        fputs(i == 0 ? "" : " ", w->options->to);
        if (word[0] != '$' ||
            script_expression_read(&e, word, &w->script->variables, &at) != NULL) {
            fputs(word, w->options->to);
            continue;
        }
        uint64_t value = script_expression_value(&e, w->variable, 0);
        fprintf(w->options->to, value < OS_PAGE_BYTES ? "%" PRIu64 : "%#" PRIx64, value);
    }
    fputc('\n', w->options->to);
    return TW_OK;
}

/* Under the name that a script has for it: counters of the MMU are in capitals. */
static void print_count(FILE *to, const script_quantity *q, uint64_t value)
{
    for (const char *c = q->form; *c != '\0'; c++)
        fputc(script_plain(*c), to);
    fprintf(to, "%*s %12" PRIu64 "  %s\n", (int)(24 - strlen(q->form)), "", value, q->summary);
}

tw_status script_stats(script_world *w, const script_statement *st, script_complaint *complaint)
{
    (void)st;
    const script_quantity *q;
    for (size_t i = 0; (q = script_quantity_at(i)) != NULL; i++) {
        uint64_t value;
        script_phrase phrase = {.form = q->form, .quantity = q};
        if (strchr(q->form, ' ') != NULL)
            continue; /* of something that has to be named */
        if (q->look(w, &phrase, &value, complaint) != TW_OK)
            return complaint->status;
        if (value != 0)
            print_count(w->options->to, q, value);
    }
    return TW_OK;
}

tw_status script_maps(script_world *w, const script_statement *st, script_complaint *complaint)
{
    (void)complaint;
    const os_process *p = script_process_of(w, st);
    os_print_maps(userland_os(w->users), p, w->options->to);
    return TW_OK;
}

tw_status script_death(script_world *w, const script_statement *st, script_complaint *complaint)
{
    (void)complaint;
    os_print_death(userland_os(w->users), script_process_of(w, st), w->options->to);
    return TW_OK;
}

tw_status script_walk(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    tw_translation t;
    script_inquiry inquiry;
    const os_process *p = script_process_of(w, st);
    tw_status status =
        script_translate(w, p, script_number(w, &st->phrase, "ADDRESS", 0), &inquiry, &t, &error);
    if (status == TW_OK)
        tw_translation_print(&inquiry.control, &inquiry.request, &t, w->options->to);
    if (status == TW_OK && t.accesses > 0 && t.access[t.accesses - 1].kind == TW_SWAP)
        fputs("  so would a load: this walk has set nothing\n", w->options->to);
    return script_called(st, status, &error, complaint);
}

tw_status script_show_events(script_world *w, const script_statement *st,
                             script_complaint *complaint)
{
    tw_error error = {0};
    tw_status status = script_events_print(&w->events, w->options->to, &error);
    return script_called(st, status, &error, complaint);
}

tw_status script_timeline(script_world *w, const script_statement *st, script_complaint *complaint)
{
    (void)complaint;
    w->shows_events = script_argument_of(&st->phrase, "on")->index == 0;
    return TW_OK;
}
