/* expect.c: what shall be so, and the complaint if it is not: what was expected, and what
 * was got. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

enum { NUMBER_TEXT = 48, LEFT_TEXT = 160, STAGES_TEXT = 4 * SCRIPT_LIST_MAX + 16 };

/* None is not in any order with a number. */
static bool holds(uint64_t left, unsigned is, uint64_t right)
{
    if (is >= 2 && (left == SCRIPT_NONE || right == SCRIPT_NONE))
        return false;
    switch (is) { /* = != < <= > >= */
    case 0:
        return left == right;
    case 1:
        return left != right;
    case 2:
        return left < right;
    case 3:
        return left <= right;
    case 4:
        return left > right;
    default:
        return left >= right;
    }
}

static const char *number_text(uint64_t value, char text[NUMBER_TEXT])
{
    if (value == SCRIPT_NONE)
        return "none";
    snprintf(text, NUMBER_TEXT, value < 4096 ? "%" PRIu64 : "%" PRIu64 " (%#" PRIx64 ")", value,
             value);
    return text;
}

/* What stands left of the operator, as the script writes it. */
static const char *left_text(const script_statement *st, char text[LEFT_TEXT])
{
    const script_argument *is = script_argument_of(&st->phrase, "IS");
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 1; st->words.word[i] != is->text && used < LEFT_TEXT; i++)
        used += (size_t)snprintf(text + used, LEFT_TEXT - used, "%s%s", i == 1 ? "" : " ",
                                 st->words.word[i]);
    return text;
}

tw_status script_expect(script_world *w, const script_statement *st, script_complaint *complaint)
{
    static const char *const IS[] = {"",         "not ",       "less than ",
                                     "at most ", "more than ", "at least "};
    uint64_t left, right;
    char want[NUMBER_TEXT], got[NUMBER_TEXT], what[LEFT_TEXT];
    unsigned is = script_argument_of(&st->phrase, "IS")->index;
    const script_argument *value = script_argument_of(&st->phrase, "VALUE");
    if (script_evaluate(w, value, &left, complaint) != TW_OK ||
        script_evaluate(w, script_argument_of(&st->phrase, "OTHER"), &right, complaint) != TW_OK)
        return complaint->status;
    if (holds(left, is, right))
        return TW_OK;
    return script_unmet(st, complaint, "expected %s to be %s%s, got %s", left_text(st, what),
                        IS[is], number_text(right, want), number_text(left, got));
}

/* ---- statements that fail -------------------------------------------------------------------- */

static tw_status check_record(const script_world *w, const script_statement *st,
                              script_complaint *complaint)
{
    static const char *const SIGNALS[] = {"SIGSEGV", "SIGBUS", "SIGKILL"};
    const os_process *p = w->died;
    const os_death *death = &p->death;
    const script_argument *reason = script_argument_of(&st->phrase, "reason");
    const script_argument *signal = script_argument_of(&st->phrase, "signal");
    uint64_t cause = script_number(w, &st->phrase, "cause", death->cause);
    if (reason->given && reason->index + 1 != (unsigned)death->reason)
        return script_unmet(st, complaint, "expected a death for the reason %.*s, got: %s",
                            (int)strcspn(reason->text, " "), reason->text,
                            os_reason_text(death->reason));
    if (signal->given && strcmp(SIGNALS[signal->index], os_reason_signal(death->reason)) != 0)
        return script_unmet(st, complaint, "expected %s, got %s: %s", SIGNALS[signal->index],
                            os_reason_signal(death->reason), os_reason_text(death->reason));
    return cause == death->cause
               ? TW_OK
               : script_unmet(st, complaint, "expected a death by cause %" PRIu64 ", got %u", cause,
                              death->cause);
}

tw_status script_expect_fault(script_world *w, const script_statement *st,
                              script_complaint *complaint)
{
    os_process *p = script_process_of(w, st->inner);
    bool killed = p->state == OS_KILLED;
    w->result->statements++;
    tw_status status = st->inner->verb->run(w, st->inner, complaint);
    if (status != TW_OK)
        return status;
    if (!killed && p->state == OS_KILLED) /* also if it was asked for */
        w->died = p;
    if (w->died == NULL)
        return script_unmet(st, complaint, "expected the process to be killed, got: it %s",
                            p->state == OS_FINISHED ? "has finished" : "goes on");
    status = check_record(w, st, complaint);
    w->died = NULL;
    return status;
}

tw_status script_expect_error(script_world *w, const script_statement *st,
                              script_complaint *complaint)
{
    const char *text = script_argument_of(&st->phrase, "TEXT")->text;
    w->result->statements++;
    tw_status status = st->inner->verb->run(w, st->inner, complaint);
    if (status == TW_OK && w->died == NULL)
        return script_unmet(st, complaint, "expected an error with '%s', got: it was done", text);
    if (status == TW_OK || status == TW_MISMATCH || status == TW_TIMEOUT)
        return status;
    script_complaint got = *complaint;
    const char *own = got.text + got.refusal;
    *complaint = (script_complaint){0};
    return strstr(own, text) != NULL
               ? TW_OK
               : script_unmet(st, complaint, "expected an error with '%s', got: %.600s", text, own);
}

/* ---- states ---------------------------------------------------------------------------------- */

tw_status script_expect_bits(script_world *w, const script_statement *st,
                             script_complaint *complaint)
{
    tw_error error = {0};
    tw_translation t;
    const script_argument *bits = script_argument_of(&st->phrase, "BITS...");
    const os_process *p = script_process_of(w, st);
    tw_status status =
        script_translate(w, p, script_number(w, &st->phrase, "ADDRESS", 0), NULL, &t, &error);
    if (status != TW_OK)
        return script_called(st, status, &error, complaint);
    for (unsigned i = 0; i < bits->entries; i++) {
        unsigned bit = (unsigned)bits->entry[i] / 2, want = (unsigned)bits->entry[i] % 2;
        if (pte_bit(t.pte, bit) != (want != 0))
            return script_unmet(st, complaint,
                                "expected bit %c of the PTE to be %u, got %u: PTE %#" PRIx64
                                " at %#" PRIx64,
                                "VRWXUGAD"[bit], want, !want, t.pte, t.pte_addr);
    }
    return TW_OK;
}

tw_status script_expect_state(script_world *w, const script_statement *st,
                              script_complaint *complaint)
{
    static const char *const STATE[] = {"runnable", "waits-for-disk", "waits-for-child", "finished",
                                        "killed"}; /* as os_state */
    unsigned want = script_argument_of(&st->phrase, "runnable")->index;
    const os_process *p = script_process_of(w, st);
    os_poll(userland_os(w->users));
    return (unsigned)p->state == want
               ? TW_OK
               : script_unmet(st, complaint, "expected %s to be %s, got %s",
                              script_process_name(w, p), STATE[want], STATE[p->state]);
}

/* ---- lines and lists ------------------------------------------------------------------------- */

/* One blank for each run of them. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++)
        if (*from != ' ' || (to > text && to[-1] != ' '))
            *to++ = *from;
    while (to > text && to[-1] == ' ')
        to--;
    *to = '\0';
}

static tw_status compare_lines(const script_statement *st, char *maps, script_complaint *complaint)
{
    char *rest = maps;
    for (size_t i = 0; i < st->lines; i++) {
        char *line = strsep(&rest, "\n");
        text_place at = {st->at.file, st->at.line + i + 1};
        if (line != NULL)
            squeeze(line);
        if (line == NULL || *line == '\0')
            return script_complain(at, complaint, TW_MISMATCH, "expected '%s', got no more areas",
                                   st->line[i]);
        if (fnmatch(st->line[i], line, 0) != 0)
            return script_complain(at, complaint, TW_MISMATCH, "expected '%s', got '%s'",
                                   st->line[i], line);
    }
    return rest == NULL || *rest == '\0'
               ? TW_OK
               : script_unmet(st, complaint, "expected %zu areas, got another: '%.*s'", st->lines,
                              (int)strcspn(rest, "\n"), rest);
}

tw_status script_expect_maps(script_world *w, const script_statement *st,
                             script_complaint *complaint)
{
    char *maps = NULL;
    size_t bytes = 0;
    const os_process *p = script_process_of(w, st);
    FILE *to = open_memstream(&maps, &bytes);
    if (to != NULL)
        os_print_maps(userland_os(w->users), p, to);
    bool good = to != NULL && fclose(to) == 0;
    tw_status status =
        good ? compare_lines(st, maps, complaint)
             : script_complain(st->at, complaint, TW_NO_MEMORY, "no memory for the areas");
    free(maps);
    return status;
}

tw_status script_expect_events(script_world *w, const script_statement *st,
                               script_complaint *complaint)
{
    const script_argument *list = script_argument_of(&st->phrase, "EVENTS...");
    char name[SCRIPT_EVENT_NAME_MAX], after[SCRIPT_EVENT_NAME_MAX + 8] = "since the mark";
    size_t at = 0;
    for (unsigned i = 0; i < list->entries; i++) {
        at = script_events_after(&w->events, at, (unsigned)list->entry[i]);
        if (at == 0)
            return script_unmet(st, complaint, "expected %s %s, got none",
                                script_event_name((unsigned)list->entry[i], name), after);
        snprintf(after, sizeof after, "after %s",
                 script_event_name((unsigned)list->entry[i], name));
    }
    return TW_OK;
}

/* " 1 2 3", or " none". */
static const char *stages_text(const uint64_t *stage, size_t count, char text[STAGES_TEXT])
{
    size_t used = (size_t)snprintf(text, STAGES_TEXT, count == 0 ? " none" : "");
    for (size_t i = 0; i < count && i < SCRIPT_LIST_MAX; i++)
        used += (size_t)snprintf(text + used, STAGES_TEXT - used, " %" PRIu64, stage[i]);
    if (count > SCRIPT_LIST_MAX)
        snprintf(text + used, STAGES_TEXT - used, " and more");
    return text;
}

tw_status script_expect_stages(script_world *w, const script_statement *st,
                               script_complaint *complaint)
{
    const script_argument *list = script_argument_of(&st->phrase, "STAGES...");
    uint64_t stage[SCRIPT_LIST_MAX];
    char want[STAGES_TEXT], got[STAGES_TEXT];
    const os_process *p = script_process_of(w, st);
    size_t found = script_events_stages(&w->events, p->pid, stage, SCRIPT_LIST_MAX);
    bool same = found == list->entries;
    for (size_t i = 0; same && i < found; i++)
        same = stage[i] == list->entry[i];
    return same ? TW_OK
                : script_unmet(st, complaint, "expected stages%s, got%s",
                               stages_text(list->entry, list->entries, want),
                               stages_text(stage, found, got));
}
