/* All vectors on the cycle model, and on RTL and cycle model in lockstep: outcome and ordered
 * accesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/vector_engine.h"
#include "tb/vector_outcome.h"

typedef struct engine_case {
    tw_engine *(*open)(const tw_config *config);
    const char *name;
} engine_case;

static tw_engine *open_lockstep(const tw_config *config)
{
    return tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
}

static const engine_case ENGINE[] = {{tw_model_open, "model"}, {open_lockstep, "lockstep"}};

/* Runs one vector; fails the test with the command that repeats it. */
static void run(vector_engine *runner, const vector *v, const char *engine)
{
    vector_outcome seen;
    tw_error error = {0};
    tw_status status = vector_engine_run(runner, v, &seen, &error);
    if (status == TW_OK)
        status = vector_compare(v, &seen, TW_PA_BITS, &error);
    if (status != TW_OK)
        fail_msg("%s\nrepeat: build/tablewalk replay --engine %s %s", error.text, engine,
                 v->at.file);
}

/* Runs a whole file on one engine. The number of vectors that the configuration has no mode for is
 * in *skipped; the others agree. */
static unsigned agreeing(const char *path, const engine_case *e, unsigned *skipped)
{
    const tw_config *config = tw_rtl_built();
    tw_engine *engine = e->open(config);
    vector_engine *runner = vector_engine_open(engine);
    text_file *file = text_open(path, NULL);
    unsigned agreed = 0;
    vector v;
    assert_non_null(runner);
    assert_non_null(file);
    *skipped = 0;
    for (bool more = true; more;) {
        tw_error error = {0};
        if (vector_next(file, &v, &more, &error) != TW_OK)
            fail_msg("%s", error.text);
        if (!more)
            break;
        if (!vector_engine_fits(config, &v)) {
            ++*skipped;
            continue;
        }
        run(runner, &v, e->name);
        agreed++;
    }
    text_close(file);
    vector_engine_close(runner);
    tw_engine_close(engine);
    return agreed;
}

static void expect_all(const char *path, unsigned vectors)
{
    for (size_t i = 0; i < sizeof ENGINE / sizeof *ENGINE; i++) {
        unsigned skipped, agreed = agreeing(path, &ENGINE[i], &skipped);
        assert_int_equal(agreed + skipped, vectors);
        if (tw_config_equal(tw_rtl_built(), tw_config_named("default")))
            assert_int_equal(skipped, 0);
    }
}

static void the_hand_written_vectors_agree(void **state)
{
    (void)state;
    expect_all("tests/vectors/hand.txt", 58);
}

static void the_random_vectors_agree(void **state)
{
    (void)state;
    expect_all("tests/vectors/random.txt.xz", 40000);
}

static void every_leaf_flag_agrees(void **state)
{
    (void)state;
    expect_all("tests/vectors/leaf_flags.txt.xz", 172032);
}

/* A strict vector fails on every word that it does not list, on the same page too. */
static void a_strict_vector_reads_its_own_words_only(void **state)
{
    (void)state;
    static const char line[] =
        "strict 8000000000080000 0 1 0 40201abc R 1 80000010=0 => FAULT 5 40201abc r!:80000008=0";
    tw_engine *engine = tw_model_open(tw_config_named("default"));
    vector_engine *runner = vector_engine_open(engine);
    tw_error error = {0};
    vector v;
    if (vector_parse((text_place){"line", 1}, line, &v, &error) != TW_OK)
        fail_msg("%s", error.text);
    run(runner, &v, "model");
    vector_engine_close(runner);
    tw_engine_close(engine);
}

int main(void)
{
    const struct CMUnitTest vectors[] = {
        cmocka_unit_test(the_hand_written_vectors_agree),
        cmocka_unit_test(the_random_vectors_agree),
        cmocka_unit_test(every_leaf_flag_agrees),
        cmocka_unit_test(a_strict_vector_reads_its_own_words_only),
    };
    return cmocka_run_group_tests(vectors, NULL, NULL);
}
