/* compare_report.c: the columns are listed once, for people and for programs. */
#include <inttypes.h>
#include <math.h>

#include "tb/compare.h"

/* Bytes of a descriptor: base, limit and flags, as the segment registers have them. */
enum { DESCRIPTOR_BYTES = 3 * 8 };

static double of_paging(const results *r, double value)
{
    return r->paged && r->counted ? value : NAN;
}

static double per_walk(const results *r, uint64_t count)
{
    return r->counter.WALKS == 0 ? NAN : of_paging(r, results_ratio(count, r->counter.WALKS));
}

static double table_bytes(const results *r)
{
    return (double)(r->os.table_frames * OS_PAGE_BYTES +
                    r->segments.descriptors * DESCRIPTOR_BYTES);
}

static double faults(const results *r)
{
    uint64_t sum = 0;
    for (unsigned cause = 0; cause < 16; cause++)
        sum += r->os.faults[cause];
    return (double)sum;
}

/* In percent. */
static double unreached(const results *r)
{
    return r->segmented ? 100 * results_ratio(r->segments.unreached, r->segments.allocated) : NAN;
}

static double scattered(const results *r)
{
    const os_segment_counts *s = &r->segments;
    return r->segmented && !r->paged ? 100 * results_fragmentation(s->blocked_hole, s->blocked_free)
                                     : NAN;
}

/* X(name for programs, name for people in two lines, width, decimals, value of the results r);
 * not a number: the mode has no such thing. */
#define COLUMNS(X)                                                                      \
    X("cycles", "", "cycles", 9, 0, (double)r->cycles)                                  \
    X("cycles_per_access", "cycles/", "access", 7, 2,                                   \
      results_ratio(r->cycles, results_accesses(r)))                                    \
    X("l1_hit_percent", "TLB", "hits %", 6, 2, of_paging(r, 100 * results_hit_rate(r))) \
    X("walks", "", "walks", 6, 0, of_paging(r, (double)r->counter.WALKS))               \
    X("reads_per_walk", "reads/", "walk", 6, 2, per_walk(r, r->counter.READS))          \
    X("cycles_per_walk", "cycles/", "walk", 7, 1, per_walk(r, r->counter.WALK_CYCLES))  \
    X("frames", "", "frames", 6, 0, (double)r->frames)                                  \
    X("table_bytes", "table", "bytes", 8, 0, table_bytes(r))                            \
    X("faults", "", "faults", 6, 0, faults(r))                                          \
    X("swap_outs", "swap-", "outs", 5, 0, (double)r->os.swap_out)                       \
    X("swap_ins", "swap-", "ins", 5, 0, (double)r->os.swap_in)                          \
    X("internal_percent", "frag.%", "inside", 6, 1, unreached(r))                       \
    X("external_percent", "frag.%", "outside", 7, 1, scattered(r))                      \
    X("mismatches", "mis-", "matches", 7, 0, (double)results_mismatches(r))

static const struct column {
    const char *name, *over, *heading;
    int width, decimals;
} COLUMN[] = {
#define COLUMN_OF(name, over, heading, width, decimals, value) \
    {name, over, heading, width, decimals},
    COLUMNS(COLUMN_OF)
#undef COLUMN_OF
};

enum { COLUMN_COUNT = sizeof COLUMN / sizeof *COLUMN };

/* Not a number in every column if there was no run. */
static void values(const compare_job *job, double value[COLUMN_COUNT])
{
    const results *r = &job->results;
    unsigned n = 0;
#define VALUE_OF(name, over, heading, width, decimals, expression) value[n++] = expression;
    COLUMNS(VALUE_OF)
#undef VALUE_OF
    for (n = 0; job->simulation == NULL && n < COLUMN_COUNT; n++)
        value[n] = NAN;
}

/* ---- for people ------------------------------------------------------------------------------ */

static void print_headings(int mode_width, FILE *to)
{
    fprintf(to, "%-*s", mode_width, "");
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        fprintf(to, "  %*s", COLUMN[i].width, COLUMN[i].over);
    fprintf(to, "\n%-*s", mode_width, "mode");
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        fprintf(to, "  %*s", COLUMN[i].width, COLUMN[i].heading);
    fputs("  result\n", to);
}

static void print_row(const compare_job *job, FILE *to)
{
    double value[COLUMN_COUNT];
    values(job, value);
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        if (isnan(value[i]))
            fprintf(to, "  %*s", COLUMN[i].width, "-");
        else
            fprintf(to, "  %*.*f", COLUMN[i].width, COLUMN[i].decimals, value[i]);
    fprintf(to, "  %s\n", compare_result(job));
}

void compare_print(const compare_job *jobs, size_t count, FILE *to)
{
    enum { MODE_WIDTH = 13 }; /* of the longest, "bare-segments" */
    print_headings(MODE_WIDTH, to);
    for (size_t n = 0; n < count; n++) {
        fprintf(to, "%-*s", MODE_WIDTH, jobs[n].mode);
        if (jobs[n].simulation == NULL)
            fprintf(to, "  %s\n", jobs[n].error.text);
        else
            print_row(&jobs[n], to);
    }
}

/* ---- for programs ---------------------------------------------------------------------------- */

void compare_csv(const compare_job *jobs, size_t count, FILE *to)
{
    double value[COLUMN_COUNT];
    fputs("mode", to);
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        fprintf(to, ",%s", COLUMN[i].name);
    fputs(",result\n", to);
    for (size_t n = 0; n < count; n++) {
        values(&jobs[n], value);
        fputs(jobs[n].mode, to);
        for (unsigned i = 0; i < COLUMN_COUNT; i++)
            if (isnan(value[i]))
                fputc(',', to);
            else
                fprintf(to, ",%.*f", COLUMN[i].decimals == 0 ? 0 : 6, value[i]);
        fprintf(to, ",%s\n", compare_result(&jobs[n]));
    }
}

static json_t *number(double value, int decimals)
{
    return isnan(value)    ? json_null()
           : decimals == 0 ? json_integer((json_int_t)value)
                           : json_real(value);
}

static json_t *mode_object(const compare_job *job)
{
    double value[COLUMN_COUNT];
    json_t *o = json_pack("{ss}", "mode", job->mode), *data = json_array();
    values(job, value);
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        json_object_set_new(o, COLUMN[i].name, number(value[i], COLUMN[i].decimals));
    for (size_t i = 0; i < job->results.processes; i++) {
        const final_data *final = &job->results.final[i];
        char hex[20];
        snprintf(hex, sizeof hex, "%016" PRIx64, final->checksum);
        json_array_append_new(data, final->known ? json_string(hex) : json_null());
    }
    int bad = json_object_set_new(o, "result", json_string(compare_result(job)));
    if ((json_object_set_new(o, "final_data", data) | bad) == 0)
        return o;
    json_decref(o);
    return NULL;
}

json_t *compare_json(const compare_job *jobs, size_t count)
{
    json_t *array = json_array();
    int bad = 0;
    for (size_t n = 0; n < count; n++)
        bad |= json_array_append_new(array, mode_object(&jobs[n]));
    if (bad == 0)
        return array;
    json_decref(array);
    return NULL;
}
