/* sweep.c: point n, written in the mixed base of the axes' counts, is the index of each axis's
 * value. */
#include "tb/sweep.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb/drive.h"

static const char *const NAME[SWEEP_COUNT] = {
#define SWEEP_NAME(constant, name, meaning, range) name,
    SWEEP_DIMENSIONS(SWEEP_NAME)
#undef SWEEP_NAME
};

const char *sweep_name(sweep_dimension dimension)
{
    return NAME[dimension];
}

/* Where a dimension stands in a point. SWEEP_L1 stands in two places, of which this is one. */
static uint32_t *field(sweep_point *point, sweep_dimension dimension)
{
    switch (dimension) {
    case SWEEP_L1:
    case SWEEP_FETCH:
        return &point->config.fetch_entries;
    case SWEEP_DATA:
        return &point->config.data_entries;
    case SWEEP_L2:
        return &point->config.l2_entries;
    case SWEEP_L2_WAYS:
        return &point->config.l2_ways;
    case SWEEP_WALK_CACHE:
        return &point->config.walk_cache;
    case SWEEP_PREFETCH:
        return &point->config.prefetch;
    case SWEEP_MISSES:
        return &point->config.misses;
    case SWEEP_WALKERS:
        return &point->config.walkers;
    case SWEEP_LATENCY:
        return &point->latency;
    default:
        return &point->outstanding;
    }
}

static void set(sweep_point *point, sweep_dimension dimension, uint32_t value)
{
    *field(point, dimension) = value;
    if (dimension == SWEEP_L1)
        point->config.data_entries = value;
}

/* ---- reading --------------------------------------------------------------------------------- */

static tw_status find_dimension(const char *text, size_t length, sweep_dimension *dimension,
                                tw_error *error)
{
    char list[160] = "";
    for (unsigned i = 0; i < SWEEP_COUNT; i++) {
        *dimension = (sweep_dimension)i;
        if (strlen(NAME[i]) == length && strncmp(text, NAME[i], length) == 0)
            return TW_OK;
        strcat(strcat(list, i == 0 ? "" : ", "), NAME[i]);
    }
    return tw_fail(error, TW_USAGE, "--sweep %.40s: the MMU has no such dimension; there are %s",
                   text, list);
}

static tw_status check_unswept(const sweep *s, sweep_dimension dimension, tw_error *error)
{
    for (unsigned i = 0; i < s->axes; i++) {
        sweep_dimension other = s->axis[i].dimension;
        if (other == dimension)
            return tw_fail(error, TW_USAGE,
                           "--sweep %s comes twice: list all values in one, such as %s=4,8",
                           NAME[dimension], NAME[dimension]);
        if ((other == SWEEP_L1 && (dimension == SWEEP_FETCH || dimension == SWEEP_DATA)) ||
            (dimension == SWEEP_L1 && (other == SWEEP_FETCH || other == SWEEP_DATA)))
            return tw_fail(error, TW_USAGE,
                           "--sweep l1 is both TLBs: sweep l1, or fetch and data, not both");
    }
    return TW_OK;
}

static tw_status check_value(sweep_dimension dimension, uint32_t value, tw_error *error)
{
    sweep_point point = {.config = *tw_config_named("default"), .latency = 1, .outstanding = 1};
    tw_error wrong;
    set(&point, dimension, value);
    if (tw_config_check(&point.config, &wrong) != TW_OK)
        return tw_fail(error, TW_USAGE, "--sweep %s: %.200s", NAME[dimension], wrong.text);
    if (point.latency < 1 || point.latency > DRIVE_LATENCY_MAX)
        return tw_fail(error, TW_USAGE, "--sweep latency: %" PRIu32 " is not within 1 to %d", value,
                       DRIVE_LATENCY_MAX);
    if (point.outstanding < 1 || point.outstanding > DRIVE_OUTSTANDING_MAX)
        return tw_fail(error, TW_USAGE, "--sweep outstanding: %" PRIu32 " is not within 1 to %d",
                       value, DRIVE_OUTSTANDING_MAX);
    return TW_OK;
}

/* Reads "4,8,16" into the axis. */
static tw_status read_values(struct sweep_axis *axis, const char *text, tw_error *error)
{
    for (const char *at = text;;) {
        char *end = NULL;
        unsigned long value = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
        if (end == NULL || (*end != ',' && *end != '\0') || value > UINT32_MAX)
            return tw_fail(error, TW_USAGE, "--sweep %s=%.40s: expected numbers with commas",
                           NAME[axis->dimension], text);
        if (axis->count > 0 && value <= axis->value[axis->count - 1])
            return tw_fail(error, TW_USAGE, "--sweep %s=%.40s: let the values ascend",
                           NAME[axis->dimension], text);
        if (axis->count == SWEEP_VALUES_MAX)
            return tw_fail(error, TW_USAGE, "--sweep %s: at most %d values", NAME[axis->dimension],
                           SWEEP_VALUES_MAX);
        tw_status status = check_value(axis->dimension, (uint32_t)value, error);
        if (status != TW_OK)
            return status;
        axis->value[axis->count++] = (uint32_t)value;
        if (*end == '\0')
            return TW_OK;
        at = end + 1;
    }
}

/* What each dimension allows alone, two may refuse together. */
static tw_status check_points(const sweep *s, tw_error *error)
{
    const sweep_point base = {.config = *tw_config_named("default")};
    tw_error wrong;
    for (unsigned n = 0; n < sweep_points(s); n++) {
        sweep_point point = sweep_at(s, &base, n);
        if (tw_config_check(&point.config, &wrong) != TW_OK)
            return tw_fail(error, TW_USAGE, "--sweep %s: %.200s",
                           NAME[s->axis[s->axes - 1].dimension], wrong.text);
    }
    return TW_OK;
}

tw_status sweep_add(sweep *s, const char *text, tw_error *error)
{
    const char *values = strchr(text, '=');
    if (values == NULL)
        return tw_fail(error, TW_USAGE, "--sweep %.40s: expected values, such as l1=4,8,16", text);
    struct sweep_axis axis = {0};
    tw_status status = find_dimension(text, (size_t)(values - text), &axis.dimension, error);
    if (status == TW_OK)
        status = check_unswept(s, axis.dimension, error);
    if (status == TW_OK)
        status = read_values(&axis, values + 1, error);
    if (status != TW_OK)
        return status;
    if (sweep_points(s) * axis.count > SWEEP_POINTS_MAX)
        return tw_fail(error, TW_USAGE, "more than %d points: sweep fewer values",
                       SWEEP_POINTS_MAX);
    assert(axis.count > 0);
    sweep wider = *s;
    wider.axis[wider.axes++] = axis;
    status = check_points(&wider, error);
    if (status == TW_OK)
        *s = wider;
    return status;
}

/* ---- points ---------------------------------------------------------------------------------- */

unsigned sweep_points(const sweep *s)
{
    unsigned points = 1;
    for (unsigned i = 0; i < s->axes; i++)
        points *= s->axis[i].count;
    return points;
}

unsigned sweep_index(const sweep *s, unsigned axis, unsigned n)
{
    for (unsigned i = s->axes - 1; i > axis; i--)
        n /= s->axis[i].count;
    return n % s->axis[axis].count;
}

sweep_point sweep_at(const sweep *s, const sweep_point *base, unsigned n)
{
    sweep_point point = *base;
    for (unsigned i = 0; i < s->axes; i++)
        set(&point, s->axis[i].dimension, s->axis[i].value[sweep_index(s, i, n)]);
    return point;
}
