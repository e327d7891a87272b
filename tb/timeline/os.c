/* os.c: what the OS tells. What an event's number means stands in the brackets of its
 * sentence in event.h: words for numbers, "0 page, 1 page table", or a label, "slot"; so only what
 * is not in there is said here. */
#include <stdlib.h>
#include <string.h>

#include "tablewalk/pte.h"
#include "tb/os/process.h"
#include "tb/timeline/inside.h"

static const struct {
    const char *name, *sentence;
    os_actor actor;
} KIND[] = {
#define KIND_OF(name, actor, sentence) {#name, sentence, OS_ACTOR_##actor},
    OS_EVENTS(KIND_OF)
#undef KIND_OF
};

/* The numbers of some events have names elsewhere; NULL for the others. */
static const char *name_of(const os_event *event)
{
    static const char *const rights[] = {"-", "R", "W", "R W", "X", "R X", "W X", "R W X"};
    switch (event->kind) {
    case OS_EVENT_FAULT_TRAP:
        return tw_cause_name((unsigned)event->number);
    case OS_EVENT_FAULT_DETERMINE:
        return tw_check_name((unsigned)event->number);
    case OS_EVENT_KILL:
        return os_reason_text((os_reason)event->number);
    case OS_EVENT_PROTECT:
        return rights[event->number & 7];
    default:
        return NULL;
    }
}

/* The word for `number` in "0 page, 1 page table]": how long it is, and where in *word. 0 if there
 * is none. */
static size_t listed_word(const char *list, uint64_t number, const char **word)
{
    while (*list >= '0' && *list <= '9') {
        char *after;
        uint64_t value = strtoull(list, &after, 10);
        const char *begin = after + strspn(after, " ");
        size_t length = strcspn(begin, ",]");
        if (value == number) {
            *word = begin;
            return length;
        }
        list = begin + length + strspn(begin + length, ", ");
    }
    return 0;
}

/* The same of "its pid, 0: idle]", where one number is none of those that the label is for. */
static size_t exception_word(const char *list, uint64_t number, const char **word)
{
    const char *exception = strstr(list, ", 0: ");
    if (exception == NULL || number != 0)
        return 0;
    *word = exception + strlen(", 0: ");
    return strcspn(*word, "]");
}

/* The event's number; one that is a cycle of the machine in the engine's clocks. */
static uint64_t number_of(const timeline *t, const os_event *event)
{
    return event->number + (event->kind == OS_EVENT_FAULT_ISSUE ? t->reset_cycles : 0);
}

/* What the number means, which is `value` for the reader. False if the sentence has no
 * brackets. */
static bool find_meaning(const os_event *event, uint64_t value, timeline_field *field)
{
    const char *list = strchr(KIND[event->kind].sentence, '[');
    *field = (timeline_field){.kind = FIELD_MEANING, .value = value};
    if (list == NULL)
        return false;
    list++;
    field->word = name_of(event);
    if (field->word != NULL)
        field->length = strlen(field->word);
    else if ((field->length = listed_word(list, event->number, &field->word)) == 0 &&
             (field->length = exception_word(list, event->number, &field->word)) == 0) {
        bool listed = *list >= '0' && *list <= '9';
        field->word = field->name = listed ? "number" : list;
        field->length = strcspn(field->word, ",]");
    }
    return true;
}

void timeline_print_sentence(const os_event *event, FILE *to)
{
    const char *sentence = KIND[event->kind].sentence, *list = strstr(sentence, " [");
    timeline_field field;
    fprintf(to, "%.*s", list == NULL ? (int)strlen(sentence) : (int)(list - sentence), sentence);
    if (!find_meaning(event, event->number, &field))
        return;
    fputs(": ", to);
    timeline_print_field(&field, to);
}

/* The event in the engine's clocks. */
static timeline_entry entry_of(const timeline *t, const os_event *event)
{
    const char *sentence = KIND[event->kind].sentence, *list = strstr(sentence, " [");
    timeline_entry entry = {.cycle = event->cycle + t->reset_cycles,
                            .phase = PHASE_OS,
                            .actor = KIND[event->kind].actor,
                            .pid = event->pid,
                            .name = KIND[event->kind].name,
                            .sentence = sentence,
                            .stage = timeline_stage(event->kind)};
    entry.sentence_length = list == NULL ? strlen(sentence) : (size_t)(list - sentence);
    if (find_meaning(event, number_of(t, event), &entry.field[0]))
        entry.fields = 1;
    if (event->va != 0)
        timeline_set_va(&entry, event->va);
    if (event->ppn != 0)
        timeline_add(&entry, FIELD_ADDRESS, "frame", event->ppn);
    return entry;
}

void timeline_event(void *timeline_, const os_event *event)
{
    timeline *t = timeline_;
    if (t->finished)
        return;
    timeline_entry entry = entry_of(t, event);
    if (event->kind == OS_EVENT_SWITCH)
        t->pid = event->pid;
    timeline_put(t, &entry);
    timeline_mark(t, event, entry.actor, number_of(t, event));
}
