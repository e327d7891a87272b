/* workload.c: a few footprints. */
#include "tb/workload.h"

#include <sys/stat.h>

/* What is not there, footprint_of tells. */
static tw_status check_readable_twice(const char *path, tw_error *error)
{
    struct stat about;
    if (stat(path, &about) != 0 || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "%.200s: expected an ordinary file, since a trace is read twice; save it as one",
                   path);
}

static tw_status relocate_trace(workload *load, size_t i, tw_error *error)
{
    tw_error why;
    load->relocation[i] = relocate(load->footprint[i], &why);
    if (load->relocation[i] != NULL)
        return TW_OK;
    return tw_fail(error, why.status, "%.160s: %.200s", load->path[i], why.text);
}

tw_status workload_open(workload *load, const char *const *path, size_t traces, unsigned mode,
                        tw_error *error)
{
    *load = (workload){0};
    if (traces == 0 || traces > WORKLOAD_MAX)
        return tw_fail(error, TW_USAGE, "a run takes 1 to %d traces, not %zu", WORKLOAD_MAX,
                       traces);
    for (size_t i = 0; i < traces; i++) {
        if (check_readable_twice(path[i], error) != TW_OK)
            return TW_USAGE;
        load->path[i] = path[i];
        load->footprint[i] = footprint_of(path[i], error);
        if (load->footprint[i] == NULL)
            return error->status;
        load->traces++;
        if (mode_narrow(mode) && relocation_needed(load->footprint[i]) &&
            relocate_trace(load, i, error) != TW_OK)
            return error->status;
    }
    return TW_OK;
}

void workload_close(workload *load)
{
    for (size_t i = 0; i < load->traces; i++) {
        footprint_close(load->footprint[i]);
        relocation_close(load->relocation[i]);
    }
    load->traces = 0;
}

tw_status workload_check(const workload *load, unsigned mode, tw_error *error)
{
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < load->traces; i++)
        status = footprint_check(load->footprint[i], load->path[i], mode, error);
    return status;
}

size_t workload_pages(const workload *load)
{
    size_t pages = 0;
    for (size_t i = 0; i < load->traces; i++)
        pages += footprint_pages(load->footprint[i]);
    return pages;
}

size_t workload_tables(const workload *load, unsigned mode)
{
    size_t tables = 0;
    for (size_t i = 0; i < load->traces; i++)
        tables += footprint_tables(load->footprint[i], mode);
    return tables;
}

uint64_t workload_references(const workload *load)
{
    uint64_t references = 0;
    for (size_t i = 0; i < load->traces; i++)
        references += footprint_references(load->footprint[i]);
    return references;
}

size_t workload_relocated(const workload *load)
{
    size_t regions = 0;
    for (size_t i = 0; i < load->traces; i++)
        regions += load->relocation[i] != NULL ? relocation_regions(load->relocation[i]) : 0;
    return regions;
}
