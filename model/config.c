/* config.c: the named configurations, and what makes a configuration one that can be built. */
#include "tablewalk/config.h"

#include <inttypes.h>
#include <string.h>

#include "tablewalk/pte.h"

#define CONFIG(id, fetch, data, waiting, at_a_time, second, ways, cached, ahead, segs, built) \
    {.name = #id,                                                                             \
     .fetch_entries = fetch,                                                                  \
     .data_entries = data,                                                                    \
     .misses = waiting,                                                                       \
     .walkers = at_a_time,                                                                    \
     .l2_entries = second,                                                                    \
     .l2_ways = ways,                                                                         \
     .walk_cache = cached,                                                                    \
     .prefetch = ahead,                                                                       \
     .segments = segs,                                                                        \
     .modes = built},
static const tw_config named[] = {TW_CONFIGS(CONFIG)};
#undef CONFIG

const tw_config *tw_config_named(const char *name)
{
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (strcmp(named[i].name, name) == 0)
            return &named[i];
    }
    return NULL;
}

uint32_t tw_config_l2_sets(const tw_config *config)
{
    return config->l2_entries / config->l2_ways;
}

static bool power_of_two(uint32_t value, uint32_t min, uint32_t max)
{
    return value >= min && value <= max && (value & (value - 1)) == 0;
}

static tw_status check_entries(const char *field, uint32_t entries, tw_error *error)
{
    if (power_of_two(entries, TW_ENTRIES_MIN, TW_ENTRIES_MAX))
        return TW_OK;
    return tw_fail(error, TW_USAGE, "%s is %" PRIu32 ": choose a power of two from %d to %d", field,
                   entries, TW_ENTRIES_MIN, TW_ENTRIES_MAX);
}

static tw_status check_range(const char *field, uint32_t value, uint32_t min, uint32_t max,
                             tw_error *error)
{
    if (value >= min && value <= max)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "%s is %" PRIu32 ": choose %" PRIu32 " to %" PRIu32, field,
                   value, min, max);
}

/* What may be left out. */
static tw_status check_optional(const char *field, uint32_t entries, uint32_t min, uint32_t max,
                                tw_error *error)
{
    if (entries == 0 || power_of_two(entries, min, max))
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "%s is %" PRIu32 ": choose 0 for none, or a power of two from %" PRIu32
                   " to %" PRIu32,
                   field, entries, min, max);
}

static tw_status check_l2(const tw_config *config, tw_error *error)
{
    tw_status status = check_optional("l2_entries", config->l2_entries, TW_L2_ENTRIES_MIN,
                                      TW_L2_ENTRIES_MAX, error);
    if (status == TW_OK && !power_of_two(config->l2_ways, 1, TW_L2_WAYS_MAX))
        status = tw_fail(error, TW_USAGE, "l2_ways is %" PRIu32 ": choose 1, 2, 4 or 8",
                         config->l2_ways);
    return status;
}

static tw_status check_prefetch(const tw_config *config, tw_error *error)
{
    if (config->prefetch > 1)
        return tw_fail(error, TW_USAGE, "prefetch is %" PRIu32 ": choose 0 or 1", config->prefetch);
    if (config->prefetch == 1 && (config->l2_entries == 0 || config->walk_cache == 0))
        return tw_fail(error, TW_USAGE,
                       "prefetch is 1: it needs a second level and a walk cache, so choose "
                       "l2_entries and walk_cache above 0, or prefetch 0");
    return TW_OK;
}

static tw_status check_modes(uint32_t modes, tw_error *error)
{
    const uint32_t bare = 1u << MODE_BARE;
    const uint32_t known = bare | 1u << MODE_SV32 | 1u << MODE_SV39 | 1u << MODE_SV48 |
                           1u << MODE_SV57 | 1u << MODE_LINEAR | 1u << MODE_HASHED;
    if ((modes & bare) != 0 && (modes & ~known) == 0)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "modes is 0x%" PRIx32 ": bit 0 (bare) must be set, and none outside 0x%" PRIx32,
                   modes, known);
}

tw_status tw_config_check(const tw_config *config, tw_error *error)
{
    if (config == NULL)
        return tw_fail(error, TW_USAGE, "there is no configuration: name one that is known");
    tw_status status = check_entries("fetch_entries", config->fetch_entries, error);
    if (status == TW_OK)
        status = check_entries("data_entries", config->data_entries, error);
    if (status == TW_OK)
        status = check_range("misses", config->misses, TW_MISSES_MIN, TW_MISSES_MAX, error);
    if (status == TW_OK)
        status = check_range("walkers", config->walkers, TW_WALKERS_MIN, TW_WALKERS_MAX, error);
    if (status == TW_OK)
        status = check_l2(config, error);
    if (status == TW_OK)
        status = check_optional("walk_cache", config->walk_cache, TW_WALK_CACHE_MIN,
                                TW_WALK_CACHE_MAX, error);
    if (status == TW_OK)
        status = check_prefetch(config, error);
    if (status == TW_OK)
        status = check_range("segments", config->segments, 0, TW_SEGMENTS_MAX, error);
    if (status == TW_OK)
        status = check_modes(config->modes, error);
    return status;
}

bool tw_config_equal(const tw_config *a, const tw_config *b)
{
    if (a == NULL || b == NULL)
        return false;
    return a->fetch_entries == b->fetch_entries && a->data_entries == b->data_entries &&
           a->misses == b->misses && a->walkers == b->walkers && a->l2_entries == b->l2_entries &&
           a->l2_ways == b->l2_ways && a->walk_cache == b->walk_cache &&
           a->prefetch == b->prefetch && a->segments == b->segments && a->modes == b->modes;
}
