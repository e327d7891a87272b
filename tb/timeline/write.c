/* write.c: one entry as a line of text or as a JSON object. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "tb/timeline/inside.h"

enum { BITS_MAX = 9, VA_WIDTH = 16 };

const char *const TIMELINE_ACTOR[ACTORS] = {"USER", "MMU", "OS", "DISK"};

static void failed(timeline *t)
{
    tw_fail(&t->failed, TW_IO, "cannot write the timeline %.200s: %s",
            t->is_file ? t->file.path : "to standard output", strerror(errno));
}

/* The letters of the bits that are set; "-" for none. */
static const char *bits_of(uint64_t pte, char word[BITS_MAX])
{
    unsigned length = 0;
    for (unsigned bit = PTE_V; bit <= PTE_D; bit++)
        if (pte_bit(pte, bit))
            word[length++] = "VRWXUGAD"[bit];
    if (length == 0)
        word[length++] = '-';
    word[length] = '\0';
    return word;
}

/* ---- text ------------------------------------------------------------------------------------ */

void timeline_print_field(const timeline_field *field, FILE *to)
{
    char word[BITS_MAX];
    switch (field->kind) {
    case FIELD_ADDRESS:
        fprintf(to, "%s 0x%" PRIx64, field->name, field->value);
        return;
    case FIELD_BITS:
        fprintf(to, "%s %s", field->name, bits_of(field->value, word));
        return;
    case FIELD_WORD:
        fprintf(to, "%.*s", (int)field->length, field->word);
        return;
    case FIELD_NAMED:
        fprintf(to, "%s %.*s", field->name, (int)field->length, field->word);
        return;
    case FIELD_MEANING:
        fprintf(to, "%.*s", (int)field->length, field->word);
        if (field->name != NULL)
            fprintf(to, " %" PRIu64, field->value);
        return;
    default:
        fprintf(to, "%s %" PRIu64, field->name, field->value);
        return;
    }
}

/* What the OS says is in its sentence; what pins show is in the name. */
static bool write_text(const timeline *t, const timeline_entry *e)
{
    FILE *to = t->stream;
    char va[24] = "-";
    bool told = e->actor >= OS_ACTOR_OS;
    fprintf(to, "%10" PRIu64 "  %-5s  ", e->cycle, TIMELINE_ACTOR[e->actor]);
    if (e->pid != 0)
        fprintf(to, "%3u", e->pid);
    else
        fputs("  -", to);
    fprintf(to, "  %-16s  ", e->name);
    if (e->has_va)
        snprintf(va, sizeof va, "0x%" PRIx64, e->va);
    fprintf(to, "%-*s", told || e->fields > 0 ? VA_WIDTH : 0, va);
    if (told)
        fprintf(to, "%.*s", (int)e->sentence_length, e->sentence);
    for (unsigned i = 0; i < e->fields; i++) {
        fputs(i > 0 ? ", " : told ? ": " : "", to);
        timeline_print_field(&e->field[i], to);
    }
    return fputc('\n', to) != EOF && !ferror(to);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Adds the field; false if memory is out. A reference is taken over in any case. */
static bool add_field(json_t *object, const timeline_field *field)
{
    char word[24];
    switch (field->kind) {
    case FIELD_ADDRESS:
        snprintf(word, sizeof word, "0x%" PRIx64, field->value);
        return json_object_set_new(object, field->name, json_string(word)) == 0;
    case FIELD_BITS:
        return json_object_set_new(object, field->name, json_string(bits_of(field->value, word))) ==
               0;
    case FIELD_WORD:
    case FIELD_NAMED:
        return json_object_set_new(object, field->name, json_stringn(field->word, field->length)) ==
               0;
    case FIELD_MEANING:
        return json_object_set_new(object, "number", json_integer((json_int_t)field->value)) == 0 &&
               json_object_set_new(object, "meaning", json_stringn(field->word, field->length)) ==
                   0;
    default:
        return json_object_set_new(object, field->name, json_integer((json_int_t)field->value)) ==
               0;
    }
}

/* The entry as an object, or NULL if memory is out. */
static json_t *object_of(const timeline_entry *e)
{
    json_t *object = json_pack("{s:I, s:s, s:I, s:s, s:s%}", "cycle", (json_int_t)e->cycle, "actor",
                               TIMELINE_ACTOR[e->actor], "pid", (json_int_t)e->pid, "event",
                               e->name, "text", e->sentence, e->sentence_length);
    bool good = object != NULL;
    if (good && e->stage != 0)
        good = json_object_set_new(object, "stage", json_integer((json_int_t)e->stage)) == 0;
    if (good && e->has_va)
        good = add_field(object, &(timeline_field){FIELD_ADDRESS, "va", e->va, NULL, 0});
    for (unsigned i = 0; good && i < e->fields; i++)
        good = add_field(object, &e->field[i]);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static bool write_json(timeline *t, const timeline_entry *e)
{
    json_t *object = object_of(e);
    if (object == NULL) {
        tw_fail(&t->failed, TW_NO_MEMORY, "no memory for the timeline");
        return true;
    }
    bool good = json_dumpf(object, t->stream, JSON_COMPACT) == 0 && fputc('\n', t->stream) != EOF;
    json_decref(object);
    return good;
}

void timeline_write(timeline *t, const timeline_entry *entry)
{
    if (!(t->json ? write_json(t, entry) : write_text(t, entry)))
        failed(t);
}

void timeline_write_head(timeline *t)
{
    if (!t->json &&
        fputs("     cycle  actor  pid  event             address         what\n", t->stream) == EOF)
        failed(t);
}
