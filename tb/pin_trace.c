/* pin_trace.c: see pin_trace.h. */
#include "tb/pin_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pin_trace {
    FILE *file;
};

static tw_status cannot_write(tw_error *error)
{
    return tw_fail(error, TW_IO, "cannot write the pin trace: %s", strerror(errno));
}

struct pin_trace *pin_trace_open(const char *path, tw_error *error)
{
    struct pin_trace *trace = malloc(sizeof *trace);
    if (trace == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for a pin trace");
        return NULL;
    }
    trace->file = fopen(path, "w");
    if (trace->file == NULL) {
        tw_fail(error, TW_IO, "cannot write %s: %s", path, strerror(errno));
        free(trace);
        return NULL;
    }
#define NAME(type, name, bits, sentence) fputs(#name " ", trace->file);
    TW_INPUTS(NAME)
    TW_OUTPUTS(NAME)
#undef NAME
    fputc('\n', trace->file);
    return trace;
}

static tw_status write_cycle(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                             tw_error *error)
{
    struct pin_trace *trace = context;
    (void)cycle;
#define IN(type, name, bits, sentence) fprintf(trace->file, "%" PRIx64 " ", (uint64_t)in->name);
#define OUT(type, name, bits, sentence) fprintf(trace->file, "%" PRIx64 " ", (uint64_t)out->name);
    TW_INPUTS(IN)
    TW_OUTPUTS(OUT)
#undef IN
#undef OUT
    fputc('\n', trace->file);
    return ferror(trace->file) ? cannot_write(error) : TW_OK;
}

tw_watcher pin_trace_watcher(struct pin_trace *trace)
{
    return (tw_watcher){.context = trace, .cycle = write_cycle};
}

tw_status pin_trace_close(struct pin_trace *trace, tw_error *error)
{
    if (trace == NULL)
        return TW_OK;
    bool written = !ferror(trace->file);
    written &= fclose(trace->file) == 0;
    free(trace);
    return written ? TW_OK : cannot_write(error);
}
