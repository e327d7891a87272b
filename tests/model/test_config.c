/* test_config.c: configurations and errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/engine.h"

static void named_configurations_can_be_built(void **state)
{
    (void)state;
    static const char *const names[] = {"small", "default", "large", "prefetch"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const tw_config *config = tw_config_named(names[i]);
        assert_non_null(config);
        assert_string_equal(config->name, names[i]);
        assert_int_equal(tw_config_check(config, NULL), TW_OK);
    }
    assert_null(tw_config_named("huge"));
    assert_null(tw_config_named(""));
}

/* The check refuses `config` with a sentence that names the field. */
static void assert_refused(tw_config config, const char *field)
{
    tw_error error;
    assert_int_equal(tw_config_check(&config, &error), TW_USAGE);
    assert_int_equal(error.status, TW_USAGE);
    assert_non_null(strstr(error.text, field));
}

/* A field of a configuration. */
typedef struct field {
    const char *name;
    size_t at;
} field;

#define FIELD(name)                      \
    {                                    \
#name, offsetof(tw_config, name) \
    }

static tw_config with(const field *f, uint32_t value)
{
    tw_config config = *tw_config_named("default");
    memcpy((char *)&config + f->at, &value, sizeof value);
    return config;
}

/* Fails unless the values of the list are allowed, and no others: their field is named. */
static void assert_allowed_alone(field f, const uint32_t *allowed, size_t count)
{
    enum { BEYOND = 2 * TW_L2_ENTRIES_MAX + 1 };
    for (uint32_t value = 0; value <= BEYOND; value++) {
        bool listed = false;
        for (size_t i = 0; i < count; i++)
            listed |= allowed[i] == value;
        tw_config config = with(&f, value);
        if (!listed)
            assert_refused(config, f.name);
        else if (tw_config_check(&config, NULL) != TW_OK)
            fail_msg("expected %s = %u to be allowed, it was refused", f.name, (unsigned)value);
    }
    assert_refused(with(&f, UINT32_MAX), f.name);
}

#define ALLOWED_ALONE(name, ...)                                              \
    assert_allowed_alone((field)FIELD(name), (const uint32_t[]){__VA_ARGS__}, \
                         sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void entries_of_a_tlb_are_a_power_of_two_from_2_to_64(void **state)
{
    (void)state;
    ALLOWED_ALONE(fetch_entries, 2, 4, 8, 16, 32, 64);
    ALLOWED_ALONE(data_entries, 2, 4, 8, 16, 32, 64);
}

static void misses_are_1_to_8_and_walkers_1_to_4(void **state)
{
    (void)state;
    ALLOWED_ALONE(misses, 1, 2, 3, 4, 5, 6, 7, 8);
    ALLOWED_ALONE(walkers, 1, 2, 3, 4);
}

static void a_second_level_is_none_or_a_power_of_two_from_16_to_8192(void **state)
{
    (void)state;
    ALLOWED_ALONE(l2_entries, 0, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192);
}

static void its_ways_are_1_2_4_or_8(void **state)
{
    (void)state;
    ALLOWED_ALONE(l2_ways, 1, 2, 4, 8);
}

static void its_sets_are_its_entries_by_its_ways(void **state)
{
    (void)state;
    tw_config config = *tw_config_named("default");
    config.l2_entries = TW_L2_ENTRIES_MIN;
    config.l2_ways = TW_L2_WAYS_MAX;
    assert_int_equal(tw_config_check(&config, NULL), TW_OK);
    assert_int_equal(tw_config_l2_sets(&config), 2);
    config.l2_entries = TW_L2_ENTRIES_MAX;
    config.l2_ways = 1;
    assert_int_equal(tw_config_l2_sets(&config), TW_L2_ENTRIES_MAX);
    config.l2_entries = 0;
    assert_int_equal(tw_config_l2_sets(&config), 0);
}

static void a_walk_cache_is_none_or_a_power_of_two_from_2_to_32(void **state)
{
    (void)state;
    ALLOWED_ALONE(walk_cache, 0, 2, 4, 8, 16, 32);
}

static void prefetch_is_0_or_1_and_1_needs_a_second_level_and_a_walk_cache(void **state)
{
    (void)state;
    ALLOWED_ALONE(prefetch, 0, 1);
    tw_config config = *tw_config_named("prefetch");
    config.l2_entries = 0;
    assert_refused(config, "prefetch");
    config = *tw_config_named("prefetch");
    config.walk_cache = 0;
    assert_refused(config, "prefetch");
    config.l2_entries = config.prefetch = 0;
    assert_int_equal(tw_config_check(&config, NULL), TW_OK);
}

static void segments_are_0_to_16(void **state)
{
    (void)state;
    ALLOWED_ALONE(segments, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
}

static void modes_have_bare_and_none_that_is_unknown(void **state)
{
    (void)state;
    enum { BARE = 1, EVERY = 0xc703 };
    tw_config config = *tw_config_named("default");
    assert_int_equal(config.modes, EVERY);
    config.modes = BARE;
    assert_int_equal(tw_config_check(&config, NULL), TW_OK);
    config.modes = EVERY & ~BARE;
    assert_refused(config, "modes");
    for (unsigned mode = 1; mode < 32; mode++) {
        config.modes = BARE | 1u << mode;
        if ((EVERY >> mode & 1) == 0)
            assert_refused(config, "modes");
        else
            assert_int_equal(tw_config_check(&config, NULL), TW_OK);
    }
}

static void equality_is_of_hardware_and_not_of_names(void **state)
{
    (void)state;
    static const field fields[] = {FIELD(fetch_entries), FIELD(data_entries), FIELD(misses),
                                   FIELD(walkers),       FIELD(l2_entries),   FIELD(l2_ways),
                                   FIELD(walk_cache),    FIELD(prefetch),     FIELD(segments),
                                   FIELD(modes)};
    tw_config a = *tw_config_named("default"), b = a;
    b.name = "another";
    assert_true(tw_config_equal(&a, &b));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        b = with(&fields[i], 1);
        if (tw_config_equal(&a, &b))
            fail_msg("expected another %s to be another configuration", fields[i].name);
    }
}

/* So that tw_model_open(tw_config_named(name)) needs no check in between. */
static void no_configuration_is_refused_and_equals_nothing(void **state)
{
    (void)state;
    tw_error error;
    assert_int_equal(tw_config_check(NULL, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "no configuration"));
    assert_null(tw_model_open(NULL));
    assert_null(tw_rtl_open(NULL));
    assert_false(tw_config_equal(tw_config_named("default"), NULL));
    assert_false(tw_config_equal(NULL, NULL));
}

static void a_failure_is_stored_bounded_and_returned(void **state)
{
    (void)state;
    tw_error error;
    assert_int_equal(tw_fail(&error, TW_IO, "%0500d", 7), TW_IO);
    assert_int_equal(error.status, TW_IO);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_int_equal(tw_fail(NULL, TW_TIMEOUT, "nobody listens"), TW_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest config[] = {
        cmocka_unit_test(named_configurations_can_be_built),
        cmocka_unit_test(entries_of_a_tlb_are_a_power_of_two_from_2_to_64),
        cmocka_unit_test(misses_are_1_to_8_and_walkers_1_to_4),
        cmocka_unit_test(a_second_level_is_none_or_a_power_of_two_from_16_to_8192),
        cmocka_unit_test(its_ways_are_1_2_4_or_8),
        cmocka_unit_test(its_sets_are_its_entries_by_its_ways),
        cmocka_unit_test(a_walk_cache_is_none_or_a_power_of_two_from_2_to_32),
        cmocka_unit_test(prefetch_is_0_or_1_and_1_needs_a_second_level_and_a_walk_cache),
        cmocka_unit_test(segments_are_0_to_16),
        cmocka_unit_test(modes_have_bare_and_none_that_is_unknown),
        cmocka_unit_test(equality_is_of_hardware_and_not_of_names),
        cmocka_unit_test(no_configuration_is_refused_and_equals_nothing),
        cmocka_unit_test(a_failure_is_stored_bounded_and_returned),
    };
    return cmocka_run_group_tests_name("config", config, NULL, NULL);
}
