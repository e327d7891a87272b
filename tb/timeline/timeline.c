/* timeline.c: opening, closing, and who is asked for what; the parts are in inside.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tb/timeline/inside.h"

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length >= tail && strcmp(path + length - tail, ending) == 0;
}

static tw_status open_stream(timeline *t, const char *path, tw_error *error)
{
    if (strcmp(path, "-") == 0) {
        t->stream = stdout;
        return TW_OK;
    }
    tw_status status = new_file_open(&t->file, path, error);
    if (status != TW_OK)
        return status;
    t->is_file = true;
    t->stream = t->file.stream;
    t->json = ends_in(path, ".json") || ends_in(path, ".jsonl");
    return TW_OK;
}

timeline *timeline_open(const char *path, const tw_config *config, tw_error *error)
{
    timeline *t = calloc(1, sizeof *t);
    if (t == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for a timeline");
        return NULL;
    }
    if (path != NULL && open_stream(t, path, error) != TW_OK) {
        free(t);
        return NULL;
    }
    observer_open(&t->observer, config);
    if (t->stream != NULL)
        timeline_write_head(t);
    return t;
}

tw_status timeline_watch(timeline *t, tw_machine *machine, tw_engine *engine, tw_error *error)
{
    t->machine = machine;
    t->engine = engine;
    t->reset_cycles = tw_cycles(engine) - tw_machine_cycle(machine);
    timeline_mark_begin(t);
    return tw_machine_watch(machine, (tw_watcher){t, timeline_cycle}, error);
}

/* True if all that was written is there. */
static bool stream_good(FILE *stream)
{
    return fflush(stream) == 0 && ferror(stream) == 0;
}

static tw_status close_stream(timeline *t, tw_error *error)
{
    if (!t->is_file) {
        if (t->failed.status == TW_OK && !stream_good(t->stream))
            tw_fail(&t->failed, TW_IO, "cannot write the timeline: %s", strerror(errno));
    } else if (t->failed.status == TW_OK) {
        return new_file_close(&t->file, error);
    } else {
        new_file_discard(&t->file);
    }
    return t->failed.status == TW_OK ? TW_OK
                                     : tw_fail(error, t->failed.status, "%s", t->failed.text);
}

tw_status timeline_finish(timeline *t, tw_error *error)
{
    if (t == NULL || t->finished)
        return TW_OK;
    timeline_give_up(t);
    for (unsigned port = 0; port < PORTS; port++)
        if (t->access[port].waits)
            timeline_put(t, &t->access[port].entry);
    timeline_flush(t, UINT64_MAX);
    t->finished = true;
    return t->stream == NULL ? TW_OK : close_stream(t, error);
}

tw_status timeline_close(timeline *t, tw_error *error)
{
    if (t == NULL)
        return TW_OK;
    tw_status status = timeline_finish(t, error);
    observer_close(&t->observer);
    free(t->queue.entry);
    free(t);
    return status;
}

void timeline_discard(timeline *t)
{
    if (t == NULL)
        return;
    tw_fail(&t->failed, TW_USAGE, "there is nothing to tell");
    timeline_close(t, NULL);
}
