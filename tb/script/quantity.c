/* quantity.c: what can be asked: of a process, a page, a file, and the counts of OS and
 * MMU. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

/* A quantity that cannot be told, with the reason. */
static tw_status unknown(const script_world *w, tw_status status, const tw_error *error,
                         script_complaint *complaint)
{
    return status == TW_OK ? TW_OK
                           : script_complain(w->at, complaint, status, "expected a number, got: %s",
                                             error->text);
}

static unsigned process_index(const script_phrase *phrase)
{
    return script_argument_of(phrase, "PROCESS")->index;
}

/* The process, or NULL with a complaint: it has no address space any more. */
static os_process *alive(const script_world *w, const script_phrase *phrase,
                         script_complaint *complaint)
{
    unsigned index = process_index(phrase);
    if (w->process[index]->space != NULL)
        return w->process[index];
    script_complain(w->at, complaint, TW_MISMATCH, "expected %s to be alive, got: it has ended",
                    w->script->processes.name[index]);
    return NULL;
}

/* ---- of a process ---------------------------------------------------------------------------- */

tw_status script_look_minor(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    (void)complaint;
    unsigned index = process_index(phrase);
    *value = w->process[index]->minor_faults - w->marked.minor[index];
    return TW_OK;
}

tw_status script_look_major(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    (void)complaint;
    unsigned index = process_index(phrase);
    *value = w->process[index]->major_faults - w->marked.major[index];
    return TW_OK;
}

tw_status script_look_faults(script_world *w, const script_phrase *phrase, uint64_t *value,
                             script_complaint *complaint)
{
    uint64_t major = 0;
    tw_status status = script_look_minor(w, phrase, value, complaint);
    if (status == TW_OK)
        status = script_look_major(w, phrase, &major, complaint);
    *value += major;
    return status;
}

tw_status script_look_resident(script_world *w, const script_phrase *phrase, uint64_t *value,
                               script_complaint *complaint)
{
    const os_process *p = alive(w, phrase, complaint);
    if (p == NULL)
        return complaint->status;
    *value = os_space_resident(p->space);
    return TW_OK;
}

tw_status script_look_areas(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    const os_process *p = alive(w, phrase, complaint);
    if (p == NULL)
        return complaint->status;
    *value = os_vmas_count(p->space->areas);
    return TW_OK;
}

/* ---- of a page ------------------------------------------------------------------------------- */

tw_status script_look_value(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    tw_error error = {0};
    uint8_t bytes[OS_PAGE_BYTES];
    uint64_t va = script_number(w, phrase, "ADDRESS", 0), at = va % OS_PAGE_BYTES;
    uint64_t count = script_number(w, phrase, "bytes", 8);
    const os_process *p = alive(w, phrase, complaint);
    if (p == NULL)
        return complaint->status;
    if (count < 1 || count > 8 || at + count > OS_PAGE_BYTES)
        return script_complain(w->at, complaint, TW_MISMATCH,
                               "expected 1 to 8 bytes of one page, got %llu at %#llx",
                               (unsigned long long)count, (unsigned long long)va);
    tw_status status = os_read_page(userland_os(w->users), p, va - at, bytes, &error);
    *value = 0;
    for (uint64_t i = 0; status == TW_OK && i < count; i++)
        *value |= (uint64_t)bytes[at + i] << 8 * i;
    return unknown(w, status, &error, complaint);
}

/* The page that the process has at the address; *page is NULL if there is none. */
static tw_status page_of(const script_world *w, const script_phrase *phrase, const os_page **page,
                         script_complaint *complaint)
{
    const os_process *p = alive(w, phrase, complaint);
    if (p == NULL)
        return complaint->status;
    const os_place *place =
        os_places_find(&p->space->places, script_number(w, phrase, "ADDRESS", 0));
    *page = place != NULL ? place->page : NULL;
    return TW_OK;
}

tw_status script_look_frame(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    const os_page *page = NULL;
    tw_status status = page_of(w, phrase, &page, complaint);
    *value = page == NULL || page->ppn == OS_NO_FRAME ? SCRIPT_NONE : page->ppn;
    return status;
}

tw_status script_look_references(script_world *w, const script_phrase *phrase, uint64_t *value,
                                 script_complaint *complaint)
{
    const os_page *page = NULL;
    tw_status status = page_of(w, phrase, &page, complaint);
    *value = page == NULL ? 0 : page->references;
    return status;
}

tw_status script_look_entry(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    tw_error error = {0};
    tw_translation t;
    const os_process *p = alive(w, phrase, complaint);
    if (p == NULL)
        return complaint->status;
    tw_status status =
        script_translate(w, p, script_number(w, phrase, "ADDRESS", 0), NULL, &t, &error);
    *value = status == TW_OK ? t.pte : 0;
    return unknown(w, status, &error, complaint);
}

/* ---- of a file ------------------------------------------------------------------------------- */

tw_status script_look_byte(script_world *w, const script_phrase *phrase, uint64_t *value,
                           script_complaint *complaint)
{
    const script_file *file = &w->file[script_argument_of(phrase, "FILE")->index];
    uint64_t offset = script_number(w, phrase, "OFFSET", 0);
    int byte = EOF;
    FILE *from = fopen(file->path, "rbe");
    if (from != NULL && offset <= INT64_MAX && fseeko(from, (off_t)offset, SEEK_SET) == 0)
        byte = fgetc(from);
    if (from != NULL)
        fclose(from);
    *value = byte == EOF ? SCRIPT_NONE : (uint64_t)byte;
    return from != NULL ? TW_OK
                        : script_complain(w->at, complaint, TW_IO,
                                          "expected a byte of the file, got: %s", strerror(errno));
}

tw_status script_look_cached(script_world *w, const script_phrase *phrase, uint64_t *value,
                             script_complaint *complaint)
{
    tw_error error = {0};
    const script_file *file = &w->file[script_argument_of(phrase, "FILE")->index];
    uint64_t bytes = 0;
    tw_status status = os_object_bytes(file->object, &bytes, &error);
    *value = 0;
    for (uint64_t i = 0; i < (bytes + OS_PAGE_BYTES - 1) / OS_PAGE_BYTES; i++) {
        const os_page *page = os_object_find(file->object, i);
        *value += page != NULL && page->ppn != OS_NO_FRAME;
    }
    return unknown(w, status, &error, complaint);
}

/* ---- of the whole ---------------------------------------------------------------------------- */

tw_status script_look_event(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    (void)complaint;
    *value = w->events.counts[script_argument_of(phrase, "EVENT")->entry[0]];
    return TW_OK;
}

tw_status script_look_traps(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    (void)complaint;
    uint64_t cause = script_number(w, phrase, "CAUSE", 0) % 16;
    *value = os_statistics(userland_os(w->users))->faults[cause] - w->marked.os.faults[cause];
    return TW_OK;
}

tw_status script_look_cycles(script_world *w, const script_phrase *phrase, uint64_t *value,
                             script_complaint *complaint)
{
    (void)phrase;
    (void)complaint;
    *value = tw_machine_cycle(w->machine) - w->marked.cycle;
    return TW_OK;
}

tw_status script_look_count(script_world *w, const script_phrase *phrase, uint64_t *value,
                            script_complaint *complaint)
{
    (void)complaint;
    uint64_t before;
    size_t at = phrase->quantity->which;
    memcpy(value, (const char *)os_statistics(userland_os(w->users)) + at, sizeof *value);
    memcpy(&before, (const char *)&w->marked.os + at, sizeof before);
    *value -= before;
    return TW_OK;
}

tw_status script_look_account(script_world *w, const script_phrase *phrase, uint64_t *value,
                              script_complaint *complaint)
{
    (void)complaint;
    os_accounts accounts;
    size_t now;
    os_account(userland_os(w->users), &accounts);
    memcpy(&now, (const char *)&accounts + phrase->quantity->which, sizeof now);
    *value = now;
    return TW_OK;
}

tw_status script_look_counter(script_world *w, const script_phrase *phrase, uint64_t *value,
                              script_complaint *complaint)
{
    tw_error error = {0};
    tw_status status = script_counter_since(w, (unsigned)phrase->quantity->which, value, &error);
    return unknown(w, status, &error, complaint);
}
