/* event.c: what the OS did since the mark: kept, counted, and shown. */
#include "tb/script/event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/timeline/timeline.h"

static const struct {
    const char *name, *actor, *sentence;
} EVENT[] = {
#define EVENT_ROW(name, actor, sentence) {#name, #actor, sentence},
    OS_EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

const char *script_event_name(unsigned kind, char to[SCRIPT_EVENT_NAME_MAX])
{
    size_t i = 0;
    for (; EVENT[kind].name[i] != '\0' && i < SCRIPT_EVENT_NAME_MAX - 1; i++) {
        char c = EVENT[kind].name[i];
        to[i] = c == '_' ? '-' : (char)(c - 'A' + 'a');
    }
    to[i] = '\0';
    return to;
}

int script_event_find(const char *name)
{
    char plain[SCRIPT_EVENT_NAME_MAX];
    for (unsigned kind = 0; kind < OS_EVENT_KINDS; kind++)
        if (strcmp(script_event_name(kind, plain), name) == 0)
            return (int)kind;
    return -1;
}

const char *script_event_sentence(unsigned kind)
{
    return EVENT[kind].sentence;
}

void script_event_print(const os_event *event, FILE *to)
{
    char name[SCRIPT_EVENT_NAME_MAX];
    fprintf(to, "%8" PRIu64 "  %-4s  process %-2u  %-17s ", event->cycle, EVENT[event->kind].actor,
            event->pid, script_event_name(event->kind, name));
    timeline_print_sentence(event, to);
    if (event->va != 0)
        fprintf(to, ", va %#" PRIx64, event->va);
    if (event->ppn != 0)
        fprintf(to, ", frame %#" PRIx64, event->ppn);
    fputc('\n', to);
}

/* When, and as which of all it was told. */
typedef struct script_turn {
    uint64_t cycle;
    size_t index;
} script_turn;

static int by_cycle(const void *a, const void *b)
{
    const script_turn *one = a, *other = b;
    if (one->cycle != other->cycle)
        return one->cycle < other->cycle ? -1 : 1;
    return (one->index > other->index) - (one->index < other->index);
}

tw_status script_events_print(const script_events *e, FILE *to, tw_error *error)
{
    script_turn *turn = calloc(e->count + 1, sizeof *turn);
    if (turn == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory to sort %zu events", e->count);
    for (size_t i = 0; i < e->count; i++)
        turn[i] = (script_turn){e->event[i].cycle, i};
    qsort(turn, e->count, sizeof *turn, by_cycle);
    for (size_t i = 0; i < e->count; i++)
        script_event_print(&e->event[turn[i].index], to);
    if (e->lost > 0)
        fprintf(to, "and %zu more, which were not kept\n", e->lost);
    free(turn);
    return TW_OK;
}

/* ---- the list -------------------------------------------------------------------------------- */

void script_events_add(script_events *e, const os_event *event)
{
    if (event->kind < OS_EVENT_KINDS)
        e->counts[event->kind]++;
    if (e->count == e->room && e->room < SCRIPT_EVENTS_MAX) {
        size_t room = e->room == 0 ? 256 : 2 * e->room;
        os_event *grown = realloc(e->event, room * sizeof *grown);
        if (grown != NULL) {
            e->event = grown;
            e->room = room;
        }
    }
    if (e->count < e->room)
        e->event[e->count++] = *event;
    else
        e->lost++;
}

void script_events_clear(script_events *e)
{
    e->count = 0;
    e->lost = 0;
    memset(e->counts, 0, sizeof e->counts);
}

void script_events_close(script_events *e)
{
    free(e->event);
    *e = (script_events){0};
}

size_t script_events_after(const script_events *e, size_t from, unsigned kind)
{
    while (from < e->count && e->event[from].kind != kind)
        from++;
    return from < e->count ? from + 1 : 0;
}

size_t script_events_stages(const script_events *e, unsigned pid, uint64_t *stage, size_t room)
{
    size_t found = 0;
    for (size_t i = 0; i < e->count; i++)
        if (e->event[i].pid == pid && e->event[i].kind <= OS_EVENT_FAULT_RESTART) {
            if (found < room)
                stage[found] = e->event[i].kind + 1u;
            found++;
        }
    return found;
}
