/* workload.c: a few footprints. */
#include "tb/workload.h"

tw_status workload_open(workload *load, const char *const *path, size_t traces, tw_error *error)
{
    *load = (workload){0};
    if (traces == 0 || traces > WORKLOAD_MAX)
        return tw_fail(error, TW_USAGE, "a run takes 1 to %d traces, not %zu", WORKLOAD_MAX,
                       traces);
    for (size_t i = 0; i < traces; i++) {
        load->path[i] = path[i];
        load->footprint[i] = footprint_of(path[i], error);
        if (load->footprint[i] == NULL)
            return error->status;
        load->traces++;
    }
    return TW_OK;
}

void workload_close(workload *load)
{
    for (size_t i = 0; i < load->traces; i++)
        footprint_close(load->footprint[i]);
    load->traces = 0;
}

size_t workload_pages(const workload *load)
{
    size_t pages = 0;
    for (size_t i = 0; i < load->traces; i++)
        pages += footprint_pages(load->footprint[i]);
    return pages;
}

uint64_t workload_references(const workload *load)
{
    uint64_t references = 0;
    for (size_t i = 0; i < load->traces; i++)
        references += footprint_references(load->footprint[i]);
    return references;
}
