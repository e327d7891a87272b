/* config.c: the named configurations, and what makes a configuration one that can be built. */
#include "tablewalk/config.h"

#include <inttypes.h>
#include <string.h>

#include "tablewalk/pte.h"

#define CONFIG(id, fetch, data, waiting, built) \
    {.name = #id, .fetch_entries = fetch, .data_entries = data, .misses = waiting, .modes = built},
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

static tw_status check_entries(const char *field, uint32_t entries, tw_error *error)
{
    bool power_of_two = (entries & (entries - 1)) == 0;
    if (entries >= TW_ENTRIES_MIN && entries <= TW_ENTRIES_MAX && power_of_two)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "%s is %" PRIu32 ": choose a power of two from %d to %d", field,
                   entries, TW_ENTRIES_MIN, TW_ENTRIES_MAX);
}

static tw_status check_modes(uint32_t modes, tw_error *error)
{
    const uint32_t bare = 1u << MODE_BARE;
    const uint32_t known =
        bare | 1u << MODE_SV32 | 1u << MODE_SV39 | 1u << MODE_SV48 | 1u << MODE_SV57;
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
    if (status == TW_OK && (config->misses < TW_MISSES_MIN || config->misses > TW_MISSES_MAX))
        status = tw_fail(error, TW_USAGE, "misses is %" PRIu32 ": choose %d to %d", config->misses,
                         TW_MISSES_MIN, TW_MISSES_MAX);
    if (status == TW_OK)
        status = check_modes(config->modes, error);
    return status;
}

bool tw_config_equal(const tw_config *a, const tw_config *b)
{
    if (a == NULL || b == NULL)
        return false;
    return a->fetch_entries == b->fetch_entries && a->data_entries == b->data_entries &&
           a->misses == b->misses && a->modes == b->modes;
}
