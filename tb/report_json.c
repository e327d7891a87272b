/* report_json.c: a run's numbers as one object. */
#include "tb/report_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "tb/json_file.h"

static int put_integer(json_t *object, const char *name, uint64_t value)
{
    return json_object_set_new(object, name, json_integer((json_int_t)value));
}

static int put_real(json_t *object, const char *name, double value)
{
    return json_object_set_new(object, name, json_real(value));
}

static int put_string(json_t *object, const char *name, const char *value)
{
    return json_object_set_new(object, name, json_string(value));
}

static json_t *faults_object(const uint64_t *faults)
{
    json_t *o = json_object();
    put_integer(o, "fetch_access", faults[CAUSE_FETCH_ACCESS]);
    put_integer(o, "load_access", faults[CAUSE_LOAD_ACCESS]);
    put_integer(o, "store_access", faults[CAUSE_STORE_ACCESS]);
    put_integer(o, "fetch_page", faults[CAUSE_FETCH_PAGE]);
    put_integer(o, "load_page", faults[CAUSE_LOAD_PAGE]);
    put_integer(o, "store_page", faults[CAUSE_STORE_PAGE]);
    return o;
}

/* The checksum of each process that came to its end, else null. */
static json_t *final_data_array(const results *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->processes; i++) {
        char hex[20];
        snprintf(hex, sizeof hex, "%016" PRIx64, r->final[i].checksum);
        json_array_append_new(array, r->final[i].known ? json_string(hex) : json_null());
    }
    return array;
}

/* The cycle of each first time; what never happened is left out. */
static json_t *landmarks_object(const landmarks *l)
{
    json_t *o = json_object();
#define PUT(name, seen)            \
    if (l->name != LANDMARK_NEVER) \
        put_integer(o, #name, l->name);
    LANDMARKS(PUT)
#undef PUT
    return o;
}

/* What segments did; the last seven are of memory in segments, and 0 with page tables. */
static json_t *segments_object(const results *r)
{
    const os_segment_counts *s = &r->segments;
    json_t *o = json_object();
    put_integer(o, "placed", r->monitors.through);
    put_integer(o, "limit_faults", r->monitors.limits);
    put_integer(o, "right_faults", r->monitors.rights);
    put_integer(o, "descriptors", s->descriptors);
    put_integer(o, "descriptor_loads", s->loads);
    put_integer(o, "descriptor_restores", s->restores);
    put_integer(o, "growths", s->growths);
    put_integer(o, "allocated_bytes", s->allocated);
    put_integer(o, "unreached_bytes", s->unreached);
    put_real(o, "internal_fragmentation", results_ratio(s->unreached, s->allocated));
    put_integer(o, "moves", s->moves);
    put_integer(o, "compactions", s->compactions);
    put_integer(o, "bytes_moved", s->bytes_moved);
    put_integer(o, "swapped_out", s->swapped_out);
    put_integer(o, "swapped_in", s->swapped_in);
    put_real(o, "external_fragmentation_peak",
             results_fragmentation(s->blocked_hole, s->blocked_free));
    put_real(o, "external_fragmentation_end", results_fragmentation(s->end_hole, s->end_free));
    return o;
}

/* How many walks ended how far down a hashed chain. */
static json_t *chains_object(const mmu_counters *c)
{
    json_t *o = json_object();
    put_integer(o, "entry_1", c->CHAIN_1);
    put_integer(o, "entry_2", c->CHAIN_2);
    put_integer(o, "entry_4", c->CHAIN_4);
    put_integer(o, "entry_8", c->CHAIN_8);
    put_integer(o, "more", c->CHAIN_MORE);
    return o;
}

/* NULL if memory is out. */
static json_t *results_object(const report_setup *setup, const results *r)
{
    const mmu_counters *c = &r->counter;
    json_t *o = json_object();
    int bad = put_string(o, "engine", setup->engine);
    bad |= put_string(o, "config", setup->config);
    bad |= put_string(o, "mode", setup->mode);
    bad |= put_integer(o, "seed", setup->seed);
    bad |= put_integer(o, "accesses", results_accesses(r));
    bad |= put_integer(o, "mismatches", results_mismatches(r));
    bad |= put_integer(o, "cycles", r->cycles);
    bad |= put_real(o, "cycles_per_second", results_speed(r));
    bad |= put_integer(o, "walks", c->WALKS);
    if (r->prefetch)
        bad |= put_integer(o, "prefetches", c->PREFETCHES);
    if (r->hashed) {
        bad |= put_integer(o, "probes", c->PROBES);
        bad |= json_object_set_new(o, "chains", chains_object(c));
    }
    bad |= put_real(o, "walk_cycles_mean", results_ratio(c->WALK_CYCLES, c->WALKS));
    bad |= put_real(o, "l1_hit_rate", results_hit_rate(r));
    bad |= put_real(o, "fetch_hit_rate", results_ratio(c->FETCH_HITS, c->FETCH_REQUESTS));
    bad |= put_real(o, "data_hit_rate", results_ratio(c->DATA_HITS, c->DATA_REQUESTS));
    bad |= put_integer(o, "l2_hits", results_l2_hits(r));
    bad |= put_integer(o, "walk_cache_hits", results_walk_cache_hits(r));
    bad |= put_integer(o, "parity_errors", c->L2_PARITY);
    bad |= put_integer(o, "ad_updates", c->SWAPS);
    bad |= json_object_set_new(o, "faults", faults_object(r->os.faults));
    if (r->segmented)
        bad |= json_object_set_new(o, "segments", segments_object(r));
    bad |= put_integer(o, "swap_out", r->os.swap_out);
    bad |= put_integer(o, "swap_in", r->os.swap_in);
    bad |= put_integer(o, "disk_refusals", r->os.writes_failed + r->os.reads_failed);
    bad |= put_integer(o, "frames", r->frames);
    bad |= put_integer(o, "table_frames", r->os.table_frames);
    bad |= put_integer(o, "relocated_regions", r->relocated);
    bad |= put_integer(o, "processes", r->processes);
    bad |= put_integer(o, "processes_finished", r->os.finished);
    bad |= put_integer(o, "processes_killed", r->os.killed);
    bad |= put_integer(o, "data_errors", r->data_errors);
    bad |= json_object_set_new(o, "final_data", final_data_array(r));
    bad |= json_object_set_new(o, "landmarks", landmarks_object(&r->landmarks));
    bad |= json_object_set_new(o, "complete", json_boolean(r->complete));
    if (bad == 0)
        return o;
    json_decref(o);
    return NULL;
}

tw_status report_json_write(const report_setup *setup, const results *r, const char *path,
                            tw_error *error)
{
    json_t *object = results_object(setup, r);
    if (object == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the results");
    tw_status status = json_file_write(object, path, error);
    json_decref(object);
    return status;
}
