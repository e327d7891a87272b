/* test_timeline.c: what the pins show, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tests/support/timeline_bench.h"

static void a_store_to_a_clean_page_walks_and_sets_a_and_d(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 3);
    rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_V | F_R | F_W));
    rig_translate(&b.rig, TW_DATA, OP_STORE, TIMELINE_VA);
    timeline_bench_expect(
        &b, "  0  USER     -  ACCESS            0x40201abc      store\n"
            "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            "  5  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 3\n"
            "  9  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 3\n"
            " 13  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d1407, bits VRW, cycles 3\n"
            " 17  MMU      -  AD_UPDATE         0x40201abc      walker 0, address 0x10002008, "
            "expected 0x48d1407, desired 0x48d14c7, took place, cycles 3\n"
            " 18  MMU      -  TLB_FILL          0x40201abc      walker 0, frame 0x12345, bytes "
            "4096, bits VRWAD\n"
            " 18  MMU      -  ANSWER            0x40201abc      pa 0x12345abc, cycles 18\n");
}

static void a_page_that_is_not_there_faults(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 3);
    rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_R));
    rig_translate(&b.rig, TW_FETCH, OP_FETCH, TIMELINE_VA);
    timeline_bench_expect(
        &b, "  0  USER     -  ACCESS            0x40201abc      fetch\n"
            "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            "  5  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 3\n"
            "  9  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 3\n"
            " 13  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d1402, bits R, cycles 3\n"
            " 14  MMU      -  WALK_FAIL         0x40201abc      walker 0, check valid\n"
            " 14  MMU      -  FAULT             0x40201abc      fetch page fault, cycles 14\n");
}

static void a_compare_that_fails_begins_the_walk_again(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 3);
    uint64_t pte = rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_V | F_R | F_W));
    tw_out answer;
    rig_load_racing(&b.rig, TIMELINE_VA, pte, F_G, 1, &answer);
    timeline_bench_expect(
        &b, "  0  USER     -  ACCESS            0x40201abc      load\n"
            "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            "  5  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 3\n"
            "  9  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 3\n"
            " 13  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d1407, bits VRW, cycles 3\n"
            " 17  MMU      -  AD_UPDATE         0x40201abc      walker 0, address 0x10002008, "
            "expected 0x48d1407, desired 0x48d1447, another has changed it, cycles 3\n"
            " 18  MMU      -  WALK_RESTART      0x40201abc      walker 0, its PTE has changed\n"
            " 21  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 3\n"
            " 25  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 3\n"
            " 29  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d1427, bits VRWG, cycles 3\n"
            " 33  MMU      -  AD_UPDATE         0x40201abc      walker 0, address 0x10002008, "
            "expected 0x48d1427, desired 0x48d1467, took place, cycles 3\n");
}

static void a_fence_in_a_walk_begins_it_again(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 9);
    rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_PAGE));
    rig_data(&b.rig, 1, OP_LOAD, TIMELINE_VA);
    timeline_bench_wait(&b, 6);
    rig_fence(&b.rig, TW_FENCE_VA_ASID, TIMELINE_VA, 1);
    timeline_bench_wait(&b, 60);
    timeline_bench_expect(
        &b, "  0  USER     -  ACCESS            0x40201abc      load\n"
            "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            " 11  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 9\n"
            " 12  MMU      -  FENCE_BEGIN       0x40201abc      asid 1\n"
            " 14  MMU      -  FENCE_END         -               cycles 2\n"
            " 21  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 9\n"
            " 22  MMU      -  WALK_RESTART      0x40201abc      walker 0, a fence\n"
            " 31  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 9\n"
            " 41  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 9\n"
            " 51  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d14cf, bits VRWXAD, cycles 9\n"
            " 52  MMU      -  TLB_FILL          0x40201abc      walker 0, frame 0x12345, bytes "
            "4096, bits VRWXAD\n"
            " 52  MMU      -  ANSWER            0x40201abc      pa 0x12345abc, cycles 52\n");
}

static void a_hit_is_no_event(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 3);
    rig_map(&b.rig, TIMELINE_VA, 0, pages_pte(TIMELINE_FRAME, F_PAGE));
    rig_translate(&b.rig, TW_DATA, OP_LOAD, TIMELINE_VA);
    for (unsigned i = 0; i < 100; i++)
        rig_translate(&b.rig, TW_DATA, OP_STORE, TIMELINE_VA + i);
    timeline_bench_close(&b);
    const char *first = strstr(b.text, "ANSWER");
    assert_non_null(first);
    assert_null(strstr(first, "\n "));
}

static void the_os_stands_between_what_leads_to_it_and_what_it_leads_to(void **state)
{
    timeline_bench b = timeline_bench_sv39(state, 1);
    uint64_t pte = rig_map(&b.rig, TIMELINE_VA, 0, 0);
    rig_data(&b.rig, 1, OP_LOAD, TIMELINE_VA);
    timeline_bench_wait(&b, 8);
    assert_int_equal(tw_machine_out(b.rig.machine)->data_resp_fault, CAUSE_LOAD_PAGE);
    uint64_t cycle = tw_machine_cycle(b.rig.machine);
    timeline_bench_tell(&b, OS_EVENT_FAULT_TRAP, cycle, TIMELINE_VA, 0, CAUSE_LOAD_PAGE);
    timeline_bench_tell(&b, OS_EVENT_FAULT_RESTART, cycle, TIMELINE_VA, 0, 0);
    pages_write(&b.rig.tables, pte, pages_pte(TIMELINE_FRAME, F_PAGE));
    rig_translate(&b.rig, TW_DATA, OP_LOAD, TIMELINE_VA);
    timeline_bench_expect(
        &b, "  0  USER     -  ACCESS            0x40201abc      load\n"
            "  2  MMU      -  WALK_START        0x40201abc      walker 0, level 2\n"
            "  3  MMU      -  PTE_READ          0x40201abc      walker 0, level 2, address "
            "0x10000008, pte 0x4000401, bits V, cycles 1\n"
            "  5  MMU      -  PTE_READ          0x40201abc      walker 0, level 1, address "
            "0x10001008, pte 0x4000801, bits V, cycles 1\n"
            "  7  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x0, bits -, cycles 1\n"
            "  8  MMU      -  WALK_FAIL         0x40201abc      walker 0, check valid\n"
            "  8  MMU      -  FAULT             0x40201abc      load page fault, cycles 8\n"
            "  8  OS       1  FAULT_TRAP        0x40201abc      1. trap to the operating system: "
            "load page fault\n"
            "  8  OS       1  FAULT_RESTART     0x40201abc      12. registers restored, the "
            "instruction restarts\n"
            "  8  USER     -  ACCESS            0x40201abc      load\n"
            " 10  MMU      -  WALK_START        0x40201abc      walker 0, level 0\n"
            " 11  MMU      -  PTE_READ          0x40201abc      walker 0, level 0, address "
            "0x10002008, pte 0x48d14cf, bits VRWXAD, cycles 1\n"
            " 12  MMU      -  TLB_FILL          0x40201abc      walker 0, frame 0x12345, bytes "
            "4096, bits VRWXAD\n"
            " 12  MMU      -  ANSWER            0x40201abc      pa 0x12345abc, cycles 4\n");
}

int main(void)
{
    static rig_engine model = tw_model_open;
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_store_to_a_clean_page_walks_and_sets_a_and_d, model),
        RIG_TEST(a_page_that_is_not_there_faults, model),
        RIG_TEST(a_compare_that_fails_begins_the_walk_again, model),
        RIG_TEST(a_fence_in_a_walk_begins_it_again, model),
        RIG_TEST(a_hit_is_no_event, model),
        RIG_TEST(the_os_stands_between_what_leads_to_it_and_what_it_leads_to, model),
    };
    return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
