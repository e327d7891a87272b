/* world.c: opening everything in the right order, and closing it. */
#include "tb/script/world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/host_records.h"
#include "tb/os_link.h"

enum {
    FIRST_FRAME = 0x80000, /* 2 GiB: where RISC-V machines have their memory */
    FRAMES = 256,          /* if the script does not say */
    SLOTS = 1024,
    OUTSTANDING = 4,
    LATENCY_MIN = 2, /* of the memory, in cycles */
    LATENCY_MAX = 20
};

static unsigned usual_mode(const tw_config *config, const script_options *options)
{
    bool wide = (config->modes >> MODE_SV39 & 1) != 0;
    return options->mode != MODE_BARE ? options->mode : wide ? MODE_SV39 : MODE_SV32;
}

void script_world_begin(script_world *w, const script *s, tw_engine *engine,
                        const tw_config *config, const script_options *options,
                        script_result *result)
{
    *w = (script_world){.script = s,
                        .options = options,
                        .config = config,
                        .engine = engine,
                        .result = result,
                        .os = {.mode = usual_mode(config, options),
                               .frames = FRAMES,
                               .swap_slots = SLOTS,
                               .adue = true,
                               .zero_page = true}};
}

/* ---- records --------------------------------------------------------------------------------- */

static void *take_record(void *context, size_t bytes)
{
    script_records *r = context;
    if (r->fails > 0 && --r->fails == 0)
        return NULL;
    void *record = r->host.take(r->host.context, bytes);
    r->live += record != NULL;
    return record;
}

static void give_record(void *context, void *record)
{
    script_records *r = context;
    r->live -= record != NULL;
    r->host.give(r->host.context, record);
}

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status no_memory(tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY, "no memory for a machine");
}

/* Cycles of a request of the processor's node to memory there; 0 where no node is. */
static uint32_t distance(void *context, uint64_t address)
{
    const script_world *w = context;
    return (uint32_t)zones_setup_cost(&w->zones, w->node, address / OS_PAGE_BYTES);
}

/* The processor is that of the node on which the process runs. */
static void see_switch(script_world *w, unsigned pid)
{
    for (unsigned i = 0; i < w->script->processes.count; i++)
        if (w->process[i] != NULL && w->process[i]->pid == pid)
            w->node = w->process[i]->node;
}

static void see_event(void *context, const os_event *event)
{
    script_world *w = context;
    script_events_add(&w->events, event);
    if (event->kind == OS_EVENT_SWITCH)
        see_switch(w, event->pid);
    if (w->timeline != NULL)
        timeline_event(w->timeline, event);
    if (w->shows_events)
        script_event_print(event, w->options->to);
}

static tw_status open_machine(script_world *w, tw_error *error)
{
    tw_memory_options memory = {
        .seed = w->options->seed, .latency_min = LATENCY_MIN, .latency_max = LATENCY_MAX};
    w->memory = tw_memory_open(&memory);
    w->machine = tw_machine_open(w->engine, w->memory);
    w->monitors = w->memory != NULL ? monitors_open(w->config, w->memory) : NULL;
    if (w->machine == NULL || w->monitors == NULL)
        return no_memory(error);
    if (w->far)
        tw_memory_set_distance(w->memory, distance, w);
    return tw_machine_watch(w->machine, monitors_watcher(w->monitors), error);
}

static tw_status open_timeline(script_world *w, tw_error *error)
{
    if (w->options->timeline == NULL && !w->options->waveform)
        return TW_OK;
    w->timeline = timeline_open(w->options->timeline, w->config, error);
    return w->timeline == NULL ? error->status
                               : timeline_watch(w->timeline, w->machine, w->engine, error);
}

/* What the settings mean for frames: where they are, how many, in which zones. */
static void settle_frames(script_world *w)
{
    zones_setup *z = &w->zones;
    /* exec has two address spaces for a moment */
    size_t processes = w->script->processes.count + (w->script->programs.count > 0);
    w->os.first_frame = w->os.mode == MODE_HASHED ? 0 : FIRST_FRAME;
    for (unsigned i = 0; i < z->nodes; i++)
        w->os.frames = (i == 0 ? 0 : w->os.frames) + z->node[i].count;
    size_t row = os_row_frames(w->os.mode, w->os.frames, processes);
    w->os.frames += row;
    if (z->nodes == 0 && w->low == 0)
        return;
    if (z->nodes == 0)
        *z =
            (zones_setup){.nodes = 1, .node[0].count = w->os.frames, .distance[0][0] = ZONES_LOCAL};
    else
        z->node[0].count += row;
    z->base = w->os.first_frame * OS_PAGE_BYTES;
    z->split = ZONES_SPLIT;
    z->low_limit = w->low != 0 ? w->low + row * OS_PAGE_BYTES : w->os.frames * OS_PAGE_BYTES;
    for (uint64_t i = 0, first = w->os.first_frame; i < z->nodes; first += z->node[i++].count)
        z->node[i].first = first;
    w->os.zones = z;
}

static tw_status open_users(script_world *w, tw_error *error)
{
    tw_status status = script_path(w, "swap-file", w->swap_path, error);
    if (status != TW_OK)
        return status;
    w->os.swap_path = w->swap_path;
    userland_options options = {.os = w->os, .outstanding = OUTSTANDING, .seed = w->options->seed};
    w->users = userland_open(w->machine, &w->port, &options, error);
    return w->users == NULL ? error->status : TW_OK;
}

static tw_status open_files(script_world *w, tw_error *error)
{
    tw_status status = TW_OK;
    for (unsigned i = 0; status == TW_OK && i < w->script->files.count; i++)
        status = user_file(w->users, w->file[i].path, true, &w->file[i].object, error);
    for (unsigned i = 0; status == TW_OK && i < w->script->programs.count; i++) {
        script_program *p = &w->program[i];
        status = user_file(w->users, p->file.path, false, &p->file.object, error);
        p->image.file = p->file.object;
    }
    return status;
}

tw_status script_world_open(script_world *w, text_place at, script_complaint *complaint)
{
    tw_error error = {0};
    settle_frames(w);
    w->records.host = host_records();
    tw_status status = open_machine(w, &error);
    if (status == TW_OK)
        status = open_timeline(w, &error);
    if (status == TW_OK) {
        w->port = os_link(w->machine);
        w->port.records = (os_records){&w->records, take_record, give_record};
        w->port.event = see_event;
        w->port.event_context = w;
        status = open_users(w, &error);
    }
    if (status == TW_OK)
        status = open_files(w, &error);
    if (status == TW_OK)
        status = script_marks_take(w, &error);
    if (status == TW_OK)
        return TW_OK;
    userland_close(w->users);
    w->users = NULL;
    timeline_discard(w->timeline);
    w->timeline = NULL;
    return script_complain(at, complaint, status, "%s", error.text);
}

/* ---- the end --------------------------------------------------------------------------------- */

tw_status script_world_finish(script_world *w, script_complaint *complaint)
{
    tw_error error = {0};
    text_place whole = {w->script->path, 0};
    if (user_finish(w->users, &error) != TW_OK)
        return script_complain(whole, complaint, error.status, "at the end: %s", error.text);
    userland_close(w->users);
    w->users = NULL;
    return w->records.live == 0
               ? TW_OK
               : script_complain(whole, complaint, TW_MISMATCH,
                                 "at the end: expected all records to be given back, got %zu left",
                                 w->records.live);
}

tw_status script_world_close(script_world *w, script_complaint *complaint)
{
    tw_error error = {0};
    userland_close(w->users);
    tw_status status = timeline_close(w->timeline, &error);
    monitors_close(w->monitors);
    tw_machine_close(w->machine);
    tw_memory_close(w->memory);
    script_events_close(&w->events);
    script_folder_remove(w);
    return status == TW_OK ? TW_OK
                           : script_complain((text_place){w->script->path, 0}, complaint, status,
                                             "%s", error.text);
}
