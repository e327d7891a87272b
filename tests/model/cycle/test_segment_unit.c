/* test_segment_unit.c: rule 16 at its borders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>

#include "model/cycle/segment_unit.h"
#include "tablewalk/registers.h"

enum { R = 1 << PTE_R, W = 1 << PTE_W, X = 1 << PTE_X, U = 1 << PTE_U, DOWN = 1 << SEGMENT_DOWN };

static const uint64_t ones = UINT64_MAX;

/* A table whose segment `number` is written as software would; it may be one that is not built. */
static struct segment_table table_with(unsigned segments, unsigned number, tw_segment segment)
{
    struct segment_table table;
    segment_table_reset(&table, segments);
    segment_table_clock(&table, REG_SEGMENT, number);
    segment_table_clock(&table, REG_SEGMENT_BASE, segment.base);
    segment_table_clock(&table, REG_SEGMENT_LIMIT, segment.limit);
    segment_table_clock(&table, REG_SEGMENT_FLAGS, segment.flags);
    return table;
}

static void expect(const struct segment_table *table, unsigned seg, tw_request request,
                   tw_check check, uint64_t va)
{
    uint64_t got_va = 0x5555;
    const tw_check got = segment_unit(table, seg, &request, &got_va);
    if (got != check || got_va != va)
        fail_msg("segment %u, offset 0x%" PRIx64 ": expected %s at 0x%" PRIx64
                 ", got %s at 0x%" PRIx64,
                 seg, request.va, tw_check_name(check), va, tw_check_name(got), got_va);
}

/* A supervisor's load through a segment that grants it. */
static void expect_load(tw_segment segment, uint64_t offset, tw_check check, uint64_t va)
{
    segment.flags |= R;
    const struct segment_table table = table_with(16, 5, segment);
    expect(&table, 5, (tw_request){.va = offset, .op = OP_LOAD, .priv = PRIV_S}, check, va);
}

static void inside(tw_segment segment, uint64_t offset, uint64_t va)
{
    expect_load(segment, offset, CHECK_NONE, va);
}

static void outside(tw_segment segment, uint64_t offset)
{
    expect_load(segment, offset, CHECK_LIMIT, 0);
}

static void segment_that_grows_up_holds_0_to_limit_less_1(void **state)
{
    (void)state;
    const tw_segment up = {.base = 512, .limit = 20};
    inside(up, 0, 512);
    inside(up, 1, 513);
    inside(up, 19, 531);
    outside(up, 20);
    outside(up, 21);
    outside(up, 512);
    outside(up, ones / 2);
    outside(up, ones / 2 + 1);
    outside(up, -UINT64_C(21));
    outside(up, -UINT64_C(20));
    outside(up, ones);
}

static void segment_that_grows_down_holds_minus_limit_to_minus_1(void **state)
{
    (void)state;
    const tw_segment down = {.base = 512, .limit = 20, .flags = DOWN};
    inside(down, ones, 511);
    inside(down, -UINT64_C(2), 510);
    inside(down, -UINT64_C(20), 492);
    outside(down, -UINT64_C(21));
    outside(down, -UINT64_C(512));
    outside(down, ones / 2 + 1);
    outside(down, ones / 2);
    outside(down, 20);
    outside(down, 19);
    outside(down, 0);
}

static void limit_of_0_holds_nothing_and_of_1_one_byte(void **state)
{
    (void)state;
    static const uint64_t offsets[] = {0, 1, UINT64_MAX / 2, UINT64_MAX / 2 + 1, UINT64_MAX};
    for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        outside((tw_segment){.base = 512}, offsets[i]);
        outside((tw_segment){.base = 512, .flags = DOWN}, offsets[i]);
        const tw_segment up = {.base = 512, .limit = 1}, down = {512, 1, DOWN};
        expect_load(up, offsets[i], i == 0 ? CHECK_NONE : CHECK_LIMIT, i == 0 ? 512 : 0);
        expect_load(down, offsets[i], i == 4 ? CHECK_NONE : CHECK_LIMIT, i == 4 ? 511 : 0);
    }
}

static void limit_of_all_ones_holds_all_but_one_offset(void **state)
{
    (void)state;
    const tw_segment up = {.limit = ones}, down = {.base = ones, .limit = ones, .flags = DOWN};
    inside(up, 0, 0);
    inside(up, ones / 2 + 1, ones / 2 + 1);
    inside(up, ones - 1, ones - 1);
    outside(up, ones);
    inside(down, ones, ones - 1);
    inside(down, ones / 2 + 1, ones / 2);
    inside(down, 1, 0);
    outside(down, 0);
}

static void sum_may_not_wrap_around_at_the_top(void **state)
{
    (void)state;
    inside((tw_segment){.base = ones, .limit = ones}, 0, ones);
    outside((tw_segment){.base = ones, .limit = ones}, 1);
    outside((tw_segment){.base = ones, .limit = ones}, ones - 1);
    const tw_segment up = {.base = -UINT64_C(16), .limit = 32};
    inside(up, 15, ones);
    outside(up, 16);
    outside(up, 31);
}

static void sum_may_not_wrap_around_at_the_bottom(void **state)
{
    (void)state;
    const tw_segment down = {.base = 16, .limit = 32, .flags = DOWN};
    inside(down, ones, 15);
    inside(down, -UINT64_C(16), 0);
    outside(down, -UINT64_C(17));
    outside(down, -UINT64_C(32));
    outside((tw_segment){.base = 0, .limit = ones, .flags = DOWN}, ones);
    outside((tw_segment){.base = 0, .limit = ones, .flags = DOWN}, 1);
}

/* Rule 8, said here again. */
static bool granted(unsigned flags, const tw_request *r)
{
    const bool user = (flags & U) != 0;
    const bool other = r->priv == PRIV_S ? user && (!r->sum || r->op == OP_FETCH) : !user;
    const unsigned needed[] = {
        [OP_FETCH] = X, [OP_LOAD] = r->mxr ? R | X : R, [OP_STORE] = W, [OP_AMO] = W};
    return !other && (flags & needed[r->op]) != 0;
}

static void flags_mean_what_they_mean_in_a_pte(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 1 << 11; n++) {
        const unsigned flags = n & (R | W | X | U | DOWN);
        const tw_request request = {.va = flags & DOWN ? ones : 7,
                                    .op = (tw_op)(n >> 6 & 3),
                                    .priv = (n >> 8 & 3) == PRIV_M ? PRIV_S : n >> 8 & 3,
                                    .sum = n & 1,
                                    .mxr = n >> 10};
        const struct segment_table table = table_with(16, 15, (tw_segment){4096, 8, flags});
        const bool good = granted(flags, &request);
        expect(&table, 15, request, good ? CHECK_NONE : CHECK_SEGMENT,
               good ? 4096 + request.va : 0);
    }
}

static void limit_is_checked_before_permission(void **state)
{
    (void)state;
    const struct segment_table table = table_with(16, 0, (tw_segment){ones - 3, 8, 0});
    tw_request request = {.op = OP_STORE, .priv = PRIV_S};
    expect(&table, 0, request, CHECK_SEGMENT, 0);
    request.va = 8;
    expect(&table, 0, request, CHECK_LIMIT, 0); /* outside */
    request.va = 4;
    expect(&table, 0, request, CHECK_LIMIT, 0); /* the sum wraps around */
}

static void segment_that_is_not_built_holds_nothing(void **state)
{
    (void)state;
    for (unsigned segments = 0; segments <= TW_SEGMENTS_MAX; segments++) {
        for (unsigned seg = 0; seg < TW_SEGMENTS_MAX; seg++) {
            const struct segment_table table =
                table_with(segments, seg, (tw_segment){4096, ones, R});
            const tw_request request = {.va = 1, .op = OP_LOAD, .priv = PRIV_S};
            const bool built = seg < segments;
            expect(&table, seg, request, built ? CHECK_NONE : CHECK_LIMIT, built ? 4097 : 0);
        }
    }
}

static void machine_mode_is_not_segmented(void **state)
{
    (void)state;
    static const uint64_t offsets[] = {0, 19, 20, UINT64_MAX};
    const struct segment_table table = table_with(4, 3, (tw_segment){512, 20, 0});
    for (unsigned seg = 0; seg < TW_SEGMENTS_MAX; seg++) {
        for (unsigned i = 0; i < 4; i++)
            expect(&table, seg, (tw_request){.va = offsets[i], .op = OP_STORE, .priv = PRIV_M},
                   CHECK_NONE, offsets[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segment_that_grows_up_holds_0_to_limit_less_1),
        cmocka_unit_test(segment_that_grows_down_holds_minus_limit_to_minus_1),
        cmocka_unit_test(limit_of_0_holds_nothing_and_of_1_one_byte),
        cmocka_unit_test(limit_of_all_ones_holds_all_but_one_offset),
        cmocka_unit_test(sum_may_not_wrap_around_at_the_top),
        cmocka_unit_test(sum_may_not_wrap_around_at_the_bottom),
        cmocka_unit_test(flags_mean_what_they_mean_in_a_pte),
        cmocka_unit_test(limit_is_checked_before_permission),
        cmocka_unit_test(segment_that_is_not_built_holds_nothing),
        cmocka_unit_test(machine_mode_is_not_segmented),
    };
    return cmocka_run_group_tests_name("model_cycle_segment_unit", tests, NULL, NULL);
}
