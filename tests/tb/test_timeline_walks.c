/* test_timeline_walks.c: walks side by side, whose addresses no pin shows, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tests/support/timeline_bench.h"

/* Both walks read the same PTEs but the last: their lines wait for their addresses. */
static void two_walks_at_a_time_each_have_their_address(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 5);
    rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_PAGE));
    rig_map(&b.rig, TIMELINE_VA + 0x1000, 0, pages_pte(TIMELINE_FRAME + 1, F_PAGE));
    rig_data(&b.rig, 1, OP_LOAD, TIMELINE_VA);
    rig_clock(&b.rig);
    rig_data(&b.rig, 2, OP_LOAD, TIMELINE_VA + 0x1000);
    timeline_bench_wait(&b, 60);
    timeline_bench_expect(
        &b, "  0  USER     -  ACCESS            0x40201abc      load\n"
            "  1  USER     -  ACCESS            0x40202abc      load\n"
            "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            "  3  MMU      -  WALK_START        0x40202abc      walker 1, level 2\n"
            "  7  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 5\n"
            "  8  MMU      -  PTE_READ          0x40202abc      walker 1, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 5\n"
            " 13  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 5\n"
            " 14  MMU      -  PTE_READ          0x40202abc      walker 1, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 5\n"
            " 19  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d14cf, bits VRWXAD, cycles 5\n"
            " 20  MMU      -  TLB_FILL          0x40201abc      walker 0, frame 0x12345, bytes "
            "4096, bits VRWXAD\n"
            " 20  MMU      -  ANSWER            0x40201abc      pa 0x12345abc, cycles 20\n"
            " 20  MMU      -  PTE_READ          0x40202abc      walker 1, level 0, address "
            "0x10002010, pte 0x48d18cf, bits VRWXAD, cycles 5\n"
            " 21  MMU      -  TLB_FILL          0x40202abc      walker 1, frame 0x12346, bytes "
            "4096, bits VRWXAD\n"
            " 21  MMU      -  ANSWER            0x40202abc      pa 0x12346abc, cycles 20\n");
}

/* Both walks read one PTE, the same, and fail: only the answers tell them apart. */
static void two_walks_that_fail_early_are_told_apart_by_their_answers(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 5);
    rig_data(&b.rig, 1, OP_LOAD, TIMELINE_VA);
    rig_clock(&b.rig);
    rig_data(&b.rig, 2, OP_STORE, TIMELINE_VA + 0x1000);
    timeline_bench_wait(&b, 30);
    timeline_bench_expect(
        &b, "  0  USER     -  ACCESS            0x40201abc      load\n"
            "  1  USER     -  ACCESS            0x40202abc      store\n"
            "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            "  3  MMU      -  WALK_START        0x40202abc      walker 1, level 2\n"
            "  7  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x0, bits -, cycles 5\n"
            "  8  MMU      -  WALK_FAIL         0x40201abc      walker 0, check valid\n"
            "  8  MMU      -  FAULT             0x40201abc      load page fault, cycles 8\n"
            "  8  MMU      -  PTE_READ          0x40202abc      walker 1, level 2, address "
            "0x10000008, pte 0x0, bits -, cycles 5\n"
            "  9  MMU      -  WALK_FAIL         0x40202abc      walker 1, check valid\n"
            "  9  MMU      -  FAULT             0x40202abc      store page fault, cycles 8\n");
}

/* The second cannot be for the page of the first. */
static void unfinished_walks_are_told_as_far_as_they_got(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 20);
    rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_PAGE));
    rig_data(&b.rig, 1, OP_LOAD, TIMELINE_VA);
    timeline_bench_wait(&b, 5);
    rig_data(&b.rig, 2, OP_STORE, TIMELINE_VA + 0x1000);
    timeline_bench_wait(&b, 5);
    timeline_bench_expect(&b,
                          "  0  USER     -  ACCESS            0x40201abc      load\n"
                          "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
                          "  5  USER     -  ACCESS            0x40202abc      store\n"
                          "  7  MMU      -  WALK_START        0x40202abc      walker 1, level 2\n");
}

static void a_prefetch_is_told_as_one(void **state)
{
    timeline_bench b = timeline_bench_open(state, "txt", "prefetch", MODE_SV39, 2);
    rig_write(&b.rig, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, 1));
    rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_PAGE));
    rig_map(&b.rig, TIMELINE_VA + 0x1000, 0, pages_pte(TIMELINE_FRAME + 1, F_PAGE));
    rig_map(&b.rig, TIMELINE_VA + 0x2000, 0, pages_pte(TIMELINE_FRAME + 2, F_PAGE));
    rig_translate(&b.rig, TW_DATA, OP_LOAD, TIMELINE_VA);
    rig_translate(&b.rig, TW_DATA, OP_LOAD, TIMELINE_VA + 0x1000);
    timeline_bench_wait(&b, 40);
    timeline_bench_expect(
        &b, "  3  USER     -  ACCESS            0x40201abc      load\n"
            "  5  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            "  7  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 2\n"
            " 10  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 2\n"
            " 13  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d14cf, bits VRWXAD, cycles 2\n"
            " 14  MMU      -  TLB_FILL          0x40201abc      walker 0, frame 0x12345, bytes "
            "4096, bits VRWXAD\n"
            " 14  MMU      -  ANSWER            0x40201abc      pa 0x12345abc, cycles 11\n"
            " 15  USER     -  ACCESS            0x40202abc      load\n"
            " 17  MMU      -  WALK_START        0x40202abc      walker 0, level 0\n"
            " 19  MMU      -  WALK_START        0x40203000      walker 1, level 0, prefetch\n"
            " 19  MMU      -  PTE_READ          0x40202abc      walker 0, level 0, address "
            "0x10002010, pte 0x48d18cf, bits VRWXAD, cycles 2\n"
            " 20  MMU      -  TLB_FILL          0x40202abc      walker 0, frame 0x12346, bytes "
            "4096, bits VRWXAD\n"
            " 20  MMU      -  ANSWER            0x40202abc      pa 0x12346abc, cycles 5\n"
            " 21  MMU      -  PTE_READ          0x40203000      walker 1, level 0, address "
            "0x10002018, pte 0x48d1ccf, bits VRWXAD, cycles 2\n"
            " 22  MMU      -  WALK_END          0x40203000      walker 1\n");
}

int main(void)
{
    static rig_engine model = tw_model_open;
    const struct CMUnitTest tests[] = {
        RIG_TEST(two_walks_at_a_time_each_have_their_address, model),
        RIG_TEST(two_walks_that_fail_early_are_told_apart_by_their_answers, model),
        RIG_TEST(unfinished_walks_are_told_as_far_as_they_got, model),
        RIG_TEST(a_prefetch_is_told_as_one, model),
    };
    return cmocka_run_group_tests_name("timeline of walks", tests, NULL, NULL);
}
