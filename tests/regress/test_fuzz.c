/*
 * Tables of any mode full of right, spoilt and random words: RTL and cycle model in lockstep, with
 * every monitor, and the golden model, to each request: the same answer, the same record of a
 * fault, the same words left in memory; and a walk of a hashed table ends after at most 1 + LAST +
 * 1 words.
 *
 * TW_REQUESTS in the environment: a twentieth of it is how many tables there are of each mode;
 * without it 500. A failure prints the seed; SEED=N runs that table alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tb/monitors.h"
#include "tb/random.h"
#include "tests/support/fuzz_tables.h"

enum { REQUESTS = 8, CHECKS = 16, SEEDS_APART = 1000000 };

/* What was met, in one mode. */
struct met {
    uint64_t check[CHECKS];
    uint64_t full; /* hashed walks that read every word that they may */
};

struct fuzz {
    tw_memory *memory[FUZZ_MEMORIES]; /* the machine's, and the golden model's */
    tw_engine *engine;
    tw_machine *machine;
    struct monitors *monitors;
    struct fuzz_tables tables;
    uint64_t seed, reads; /* reads: that memory has taken */
    struct met met;
};

/* ---- the machine ----------------------------------------------------------------------------- */

static tw_status count_reads(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                             tw_error *error)
{
    struct fuzz *f = context;
    (void)cycle;
    (void)error;
    f->reads += out->mem_req_valid && in->mem_req_ready && out->mem_req_op == 0;
    return TW_OK;
}

static void open_machine(struct fuzz *f)
{
    const tw_config *config = tw_rtl_built();
    const tw_memory_options options = {.seed = 1, .latency_min = 1, .latency_max = 1};
    *f = (struct fuzz){0};
    for (unsigned i = 0; i < FUZZ_MEMORIES; i++)
        f->memory[i] = tw_memory_open(&options);
    f->engine = tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    f->machine = tw_machine_open(f->engine, f->memory[0]);
    f->monitors = monitors_open(config, f->memory[0]);
    tw_error error;
    if (tw_machine_watch(f->machine, monitors_watcher(f->monitors), &error) != TW_OK ||
        tw_machine_watch(f->machine, (tw_watcher){f, count_reads}, &error) != TW_OK)
        fail_msg("%s", error.text);
}

static void close_machine(struct fuzz *f)
{
    monitors_close(f->monitors);
    tw_machine_close(f->machine);
    tw_engine_close(f->engine);
    for (unsigned i = 0; i < FUZZ_MEMORIES; i++)
        tw_memory_close(f->memory[i]);
}

static void need(struct fuzz *f, tw_status status, const tw_error *error)
{
    if (status == TW_OK)
        return;
    tw_lockstep_report(f->engine, stderr);
    fail_msg("seed %" PRIu64 ": %s", f->seed, error->text);
}

static void set(struct fuzz *f, unsigned offset, uint64_t value)
{
    tw_error error;
    need(f, tw_register_write(f->machine, offset, value, &error), &error);
}

static uint64_t get(struct fuzz *f, unsigned offset)
{
    tw_error error;
    uint64_t value = 0;
    need(f, tw_register_read(f->machine, offset, &value, &error), &error);
    return value;
}

static void expect(struct fuzz *f, const char *what, uint64_t got, uint64_t wanted)
{
    if (got != wanted)
        fail_msg("seed %" PRIu64 ", mode %s: %s is 0x%" PRIx64 ", expected 0x%" PRIx64, f->seed,
                 tw_mode_name(satp_mode(f->tables.control.satp)), what, got, wanted);
}

static void set_registers(struct fuzz *f)
{
    const struct fuzz_tables *t = &f->tables;
    tw_error error;
    if (satp_mode(t->control.satp) == MODE_HASHED) {
        set(f, REG_HASH_TABLE, t->control.hash_table);
        set(f, REG_HASH_ANCHORS, t->control.hash_anchors);
    }
    set(f, REG_SATP, t->control.satp);
    set(f, REG_CONTROL,
        TW_PUT(CONTROL, ADUE, t->control.adue) | TW_PUT(CONTROL, PBMTE, t->control.pbmte) |
            TW_PUT(CONTROL, SEGMENTS, t->segmented));
    if (t->segmented)
        need(f, tw_segment_write(f->machine, t->selector, &t->segment, &error), &error);
    need(f, tw_fence(f->machine, TW_FENCE_ALL, 0, 0, &error), &error);
}

/* ---- one request ----------------------------------------------------------------------------- */

/* By the rules alone: segment, then page tables. */
static tw_translation judge(struct fuzz *f, const tw_request *request)
{
    const struct fuzz_tables *t = &f->tables;
    const tw_bus bus = tw_memory_bus(f->memory[1]);
    tw_request linear = *request;
    tw_translation result = {0};
    if (t->segmented && request->priv != PRIV_M)
        result.check = tw_segment_apply(&t->segment, request, &linear.va);
    result.cause = check_cause(result.check, request->op);
    if (result.check == CHECK_NONE)
        tw_translate(&t->control, &linear, &bus, &result);
    return result;
}

/* The oldest fault is the one just answered. */
static void expect_record(struct fuzz *f, const tw_translation *want)
{
    const uint64_t info = get(f, REG_FAULT_INFO);
    expect(f, "FAULT_CAUSE", get(f, REG_FAULT_CAUSE), want->cause);
    expect(f, "FAULT_INFO.CHECK", TW_GET(info, FAULT_INFO, CHECK), want->check);
    expect(f, "FAULT_INFO.LEVEL", TW_GET(info, FAULT_INFO, LEVEL), want->level);
    expect(f, "FAULT_PTE", get(f, REG_FAULT_PTE), want->pte_addr);
    set(f, REG_FAULT_POP, 0);
}

static void expect_bound(struct fuzz *f, uint64_t reads)
{
    const uint64_t last = TW_GET(f->tables.control.hash_table, HASH_TABLE, LAST);
    if (reads > 1 + last + 1)
        fail_msg("seed %" PRIu64 ": a walk has read %" PRIu64
                 " words of a table whose last frame is %" PRIu64,
                 f->seed, reads, last);
    f->met.full += reads == 1 + last + 1;
}

static void ask(struct fuzz *f)
{
    struct fuzz_tables *t = &f->tables;
    const tw_request request = fuzz_tables_request(t);
    const tw_port port = request.op == OP_FETCH ? TW_FETCH : TW_DATA;
    const tw_translation want = judge(f, &request);
    const uint64_t before = f->reads;
    const bool fenced = random_next(&t->random) % 2 == 0;
    tw_answer got;
    tw_error error;
    if (fenced)
        need(f, tw_fence(f->machine, TW_FENCE_ALL, 0, 0, &error), &error);
    need(f, tw_translate_offset(f->machine, port, t->selector, &request, &got, &error), &error);
    expect(f, "the fault", got.fault, want.cause);
    expect(f, "the address", got.pa, want.pa & ((UINT64_C(1) << TW_PA_BITS) - 1));
    expect(f, "the size", got.size, want.size);
    expect(f, "the memory type", got.pbmt, want.pbmt);
    if (fenced)
        expect(f, "the number of reads", f->reads - before, want.reads);
    if (satp_mode(t->control.satp) == MODE_HASHED)
        expect_bound(f, f->reads - before);
    if (want.cause != CAUSE_NONE)
        expect_record(f, &want);
    f->met.check[want.check % CHECKS]++;
}

/* ---- many ------------------------------------------------------------------------------------ */

static void try_table(struct fuzz *f, unsigned mode, uint64_t seed)
{
    f->seed = seed;
    f->tables.random = seed;
    fuzz_tables_fill(&f->tables, mode, tw_rtl_built()->segments, f->memory);
    set_registers(f);
    for (unsigned i = 0; i < REQUESTS; i++)
        ask(f);
    const uint64_t differs = fuzz_tables_difference(&f->tables, f->memory);
    if (differs != UINT64_MAX)
        fail_msg("seed %" PRIu64 ": the word at 0x%" PRIx64 " was left as 0x%" PRIx64
                 ", expected 0x%" PRIx64,
                 seed, differs, tw_memory_read(f->memory[0], differs, 8),
                 tw_memory_read(f->memory[1], differs, 8));
}

static uint64_t tables_each(void)
{
    const char *wish = getenv("TW_REQUESTS");
    return wish == NULL || wish[0] == '\0' ? 500 : strtoull(wish, NULL, 10) / 20;
}

/* In each of the checks, so many of a hundred tables. */
static void expect_met(const struct fuzz *f, const unsigned *checks, unsigned of_a_hundred)
{
    for (; *checks != 0; checks++)
        if (f->met.check[*checks] * 100 < of_a_hundred * tables_each())
            fail_msg("check %s was met %" PRIu64 " times in %" PRIu64 " tables",
                     tw_check_name(*checks), f->met.check[*checks], tables_each());
}

static void print_met(const struct fuzz *f, unsigned mode)
{
    print_message("%s: %" PRIu64 " walks of all that there is;", tw_mode_name(mode), f->met.full);
    for (unsigned check = 0; check < CHECKS; check++)
        if (f->met.check[check] != 0)
            print_message(" %s %" PRIu64, tw_check_name(check), f->met.check[check]);
    print_message("\n");
}

/* False if SEED was asked for: then nothing is to be counted. */
static bool try_mode(struct fuzz *f, unsigned mode)
{
    const char *one = getenv("SEED");
    const uint64_t first = (uint64_t)mode * SEEDS_APART;
    if ((tw_rtl_built()->modes >> mode & 1) == 0)
        skip();
    open_machine(f);
    for (uint64_t i = 0; one == NULL && i < tables_each(); i++)
        try_table(f, mode, first + i);
    if (one != NULL && strtoull(one, NULL, 10) / SEEDS_APART == mode)
        try_table(f, mode, strtoull(one, NULL, 10));
    close_machine(f);
    print_met(f, mode);
    return one == NULL;
}

static void any_hashed_table_is_walked_as_the_rules_say_and_to_an_end(void **state)
{
    static const unsigned checks[] = {CHECK_VALID, CHECK_CHAIN,      CHECK_RESERVED, CHECK_POINTER,
                                      CHECK_USER,  CHECK_PERMISSION, CHECK_TOUCHED,  0};
    static struct fuzz f;
    (void)state;
    if (!try_mode(&f, MODE_HASHED))
        return;
    expect_met(&f, checks, 4);
    assert_true(f.met.check[CHECK_NONE] > tables_each() / 4);
    assert_true(f.met.full > tables_each() / 20);
}

static void any_tree_is_walked_as_the_rules_say(void **state)
{
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_LINEAR};
    static const unsigned checks[] = {CHECK_VALID, CHECK_RESERVED,   CHECK_POINTER,
                                      CHECK_USER,  CHECK_PERMISSION, 0};
    static struct fuzz f;
    (void)state;
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        if ((tw_rtl_built()->modes >> modes[i] & 1) == 0 || !try_mode(&f, modes[i]))
            continue;
        expect_met(&f, checks, 4);
        assert_true(f.met.check[CHECK_NONE] > tables_each() / 4);
    }
}

static void any_segment_is_added_and_judged_as_the_rules_say(void **state)
{
    static const unsigned checks[] = {CHECK_LIMIT, CHECK_SEGMENT, 0};
    static struct fuzz f;
    (void)state;
    if (tw_rtl_built()->segments == 0)
        skip();
    if (try_mode(&f, MODE_BARE))
        expect_met(&f, checks, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_hashed_table_is_walked_as_the_rules_say_and_to_an_end),
        cmocka_unit_test(any_tree_is_walked_as_the_rules_say),
        cmocka_unit_test(any_segment_is_added_and_judged_as_the_rules_say),
    };
    return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL) != 0;
}
