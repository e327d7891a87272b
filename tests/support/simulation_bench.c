/* simulation_bench.c: the trace stands in a file under /tmp. */
#include "tests/support/simulation_bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tb/random.h"

static char made_up[] = "/tmp/test_simulation-XXXXXX";

int simulation_bench_trace(uint64_t seed, unsigned references, simulation_bench_place *place)
{
    int descriptor = mkstemp(made_up);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    for (unsigned i = 0; file != NULL && i < references; i++) {
        static const char kinds[][3] = {"I ", " L", " S", " M"};
        unsigned kind = random_below(&seed, 4), bytes = 1u << random_below(&seed, 6);
        fprintf(file, "%s %" PRIx64 ",%u\n", kinds[kind], place(&seed, kind, i), bytes);
    }
    return file == NULL || fclose(file) != 0;
}

int simulation_bench_remove(void **state)
{
    (void)state;
    return unlink(made_up);
}

simulation_options simulation_bench_options(unsigned mode, size_t frames, uint64_t slice)
{
    return (simulation_options){.mode = mode,
                                .seed = 5,
                                .latency_min = 1,
                                .latency_max = 12,
                                .frames = frames,
                                .outstanding = 6,
                                .slice = slice,
                                .cycles = UINT64_MAX};
}

void simulation_bench_run(simulation_bench *b, const simulation_options *options)
{
    const char *const both[] = {made_up, made_up};
    const tw_config *config = tw_rtl_built();
    *b = (simulation_bench){.status = TW_OK};
    if (workload_open(&b->load, both, 2, options->mode, &b->error) != TW_OK)
        fail_msg("%s", b->error.text);
    b->engine = tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    b->simulation = simulation_open(b->engine, config, &b->load, options, &b->error);
    if (b->simulation == NULL) {
        b->status = b->error.status;
        return;
    }
    b->status = simulation_run(b->simulation, NULL, &b->error);
    b->results = simulation_results(b->simulation);
}

void simulation_bench_close(simulation_bench *b)
{
    simulation_close(b->simulation);
    tw_engine_close(b->engine);
    workload_close(&b->load);
}

void simulation_bench_expect_good(const simulation_bench *b)
{
    if (b->status != TW_OK)
        fail_msg("%s", b->error.text);
    if (b->results.data_errors != 0)
        fail_msg("%s", b->results.first_data_error);
    assert_true(results_good(&b->results));
}

void simulation_bench_expect_same_data(const simulation_bench *b, bool is_first, const char *name)
{
    static uint64_t first[2];
    for (unsigned p = 0; p < 2; p++) {
        assert_true(b->results.final[p].known);
        if (is_first)
            first[p] = b->results.final[p].checksum;
        if (b->results.final[p].checksum != first[p])
            fail_msg("%s, process %u: expected the data %#" PRIx64
                     " as in the first run, got %#" PRIx64,
                     name, p + 1, first[p], b->results.final[p].checksum);
    }
    assert_int_not_equal(first[0], first[1]); /* no store writes what another did */
}
