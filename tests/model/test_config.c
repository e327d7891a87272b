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
    static const char *const names[] = {"small", "default", "large"};
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

static void each_field_out_of_range_is_named(void **state)
{
    (void)state;
    const tw_config good = *tw_config_named("default");
    static const uint32_t bad_entries[] = {0, 1, 3, 12, 65, 128, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad_entries / sizeof bad_entries[0]; i++) {
        tw_config config = good;
        config.fetch_entries = bad_entries[i];
        assert_refused(config, "fetch_entries");
        config = good;
        config.data_entries = bad_entries[i];
        assert_refused(config, "data_entries");
    }
    tw_config config = good;
    config.misses = 0;
    assert_refused(config, "misses");
    config.misses = TW_MISSES_MAX + 1;
    assert_refused(config, "misses");
    config = good;
    config.modes = 0x702;
    assert_refused(config, "modes");
    config.modes = 0x705;
    assert_refused(config, "modes");
}

static void entries_at_their_bounds_are_allowed(void **state)
{
    (void)state;
    tw_config config = *tw_config_named("default");
    config.fetch_entries = TW_ENTRIES_MIN;
    config.data_entries = TW_ENTRIES_MAX;
    config.misses = TW_MISSES_MIN;
    config.modes = 1;
    assert_int_equal(tw_config_check(&config, NULL), TW_OK);
}

static void equality_is_of_hardware_and_not_of_names(void **state)
{
    (void)state;
    tw_config a = *tw_config_named("default"), b = a;
    b.name = "another";
    assert_true(tw_config_equal(&a, &b));
    b.misses++;
    assert_false(tw_config_equal(&a, &b));
    b = a;
    b.modes ^= 2;
    assert_false(tw_config_equal(&a, &b));
    b = a;
    b.fetch_entries *= 2;
    assert_false(tw_config_equal(&a, &b));
    b = a;
    b.data_entries *= 2;
    assert_false(tw_config_equal(&a, &b));
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
        cmocka_unit_test(each_field_out_of_range_is_named),
        cmocka_unit_test(entries_at_their_bounds_are_allowed),
        cmocka_unit_test(equality_is_of_hardware_and_not_of_names),
        cmocka_unit_test(no_configuration_is_refused_and_equals_nothing),
        cmocka_unit_test(a_failure_is_stored_bounded_and_returned),
    };
    return cmocka_run_group_tests_name("config", config, NULL, NULL);
}
