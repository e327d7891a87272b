/* queue.c: entries wait here, in order of cycles, until nothing can come before them and
 * all that they say is known. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tb/timeline/inside.h"

enum { ROOM_FIRST = 256 };

void timeline_add(timeline_entry *entry, enum field_kind kind, const char *name, uint64_t value)
{
    assert(entry->fields < FIELDS_MAX);
    entry->field[entry->fields++] = (timeline_field){.kind = kind, .name = name, .value = value};
}

static void add_text(timeline_entry *entry, enum field_kind kind, const char *name,
                     const char *word)
{
    timeline_add(entry, kind, name, 0);
    entry->field[entry->fields - 1].word = word;
    entry->field[entry->fields - 1].length = strlen(word);
}

void timeline_add_word(timeline_entry *entry, const char *name, const char *word)
{
    add_text(entry, FIELD_WORD, name, word);
}

void timeline_add_named(timeline_entry *entry, const char *name, const char *word)
{
    add_text(entry, FIELD_NAMED, name, word);
}

void timeline_set_va(timeline_entry *entry, uint64_t va)
{
    entry->has_va = true;
    entry->va = va;
}

/* Room for one more at the end. False if memory is out. */
static bool make_room(timeline_queue *q)
{
    if (q->first > 0) {
        memmove(q->entry, q->entry + q->first, q->count * sizeof *q->entry);
        q->first = 0;
    }
    if (q->count < q->room)
        return true;
    size_t room = q->room == 0 ? ROOM_FIRST : 2 * q->room;
    timeline_entry *entry = realloc(q->entry, room * sizeof *entry);
    if (entry == NULL)
        return false;
    q->entry = entry;
    q->room = room;
    return true;
}

static bool later(const timeline_entry *a, const timeline_entry *b)
{
    return a->cycle != b->cycle ? a->cycle > b->cycle : a->phase > b->phase;
}

void timeline_put(timeline *t, const timeline_entry *entry)
{
    timeline_queue *q = &t->queue;
    if (t->stream == NULL || t->failed.status != TW_OK)
        return;
    if (q->first + q->count == q->room && !make_room(q)) {
        tw_fail(&t->failed, TW_NO_MEMORY, "no memory for the timeline");
        return;
    }
    timeline_entry *at = q->entry + q->first + q->count++;
    for (; at > q->entry + q->first && later(&at[-1], entry); at--)
        *at = at[-1];
    *at = *entry;
}

void timeline_settle(timeline *t, unsigned token, const uint64_t *va)
{
    timeline_queue *q = &t->queue;
    for (timeline_entry *e = q->entry + q->first; e < q->entry + q->first + q->count; e++) {
        if (token == 0 || e->token != token)
            continue;
        e->token = 0;
        if (va != NULL)
            timeline_set_va(e, *va);
    }
}

void timeline_flush(timeline *t, uint64_t cycle)
{
    timeline_queue *q = &t->queue;
    while (q->count > 0 && q->entry[q->first].cycle < cycle && q->entry[q->first].token == 0) {
        if (t->failed.status == TW_OK)
            timeline_write(t, &q->entry[q->first]);
        q->first++;
        q->count--;
    }
    if (q->count == 0)
        q->first = 0;
}
