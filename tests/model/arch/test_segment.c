/* test_segment.c: rule 16: where a segment puts an offset, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/segment.h"

enum {
    R = 1 << PTE_R,
    W = 1 << PTE_W,
    X = 1 << PTE_X,
    U = 1 << PTE_U,
    DOWN = 1 << SEGMENT_DOWN,
    ALL = R | W | X
};

static tw_request of(tw_op op, uint64_t offset)
{
    return (tw_request){.va = offset, .op = op, .priv = PRIV_S};
}

static void expect(const tw_segment *segment, tw_request request, tw_check check, uint64_t linear)
{
    uint64_t got_linear = ~linear;
    tw_check got = tw_segment_apply(segment, &request, &got_linear);
    if (got != check || got_linear != linear)
        fail_msg("%s of offset 0x%" PRIx64 " (base 0x%" PRIx64 ", limit 0x%" PRIx64
                 ", flags 0x%x): expected %s and 0x%" PRIx64 ", got %s and 0x%" PRIx64,
                 tw_op_name(request.op), request.va, segment->base, segment->limit, segment->flags,
                 tw_check_name(check), linear, tw_check_name(got), got_linear);
}

static void inside(const tw_segment *segment, uint64_t offset, uint64_t linear)
{
    expect(segment, of(OP_LOAD, offset), CHECK_NONE, linear);
}

static void outside(const tw_segment *segment, uint64_t offset)
{
    expect(segment, of(OP_LOAD, offset), CHECK_LIMIT, 0);
}

/* ---- base and bound -------------------------------------------------------------------------- */

static void base_32768_and_bound_16384_relocate_and_refuse(void **state)
{
    (void)state;
    const tw_segment process = {.base = 32768, .limit = 16384, .flags = ALL};
    inside(&process, 128, 32896);
    inside(&process, 1024, 33792);
    outside(&process, 20480);
    static const uint64_t fetches[][2] = {{128, 32896}, {132, 32900}, {135, 32903}};
    for (size_t i = 0; i < 3; i++)
        expect(&process, of(OP_FETCH, fetches[i][0]), CHECK_NONE, fetches[i][1]);
}

static void the_bound_is_the_first_offset_outside(void **state)
{
    (void)state;
    const tw_segment process = {.base = 32768, .limit = 16384, .flags = ALL};
    inside(&process, 0, 32768);
    inside(&process, 16383, 49151);
    outside(&process, 16384);
    outside(&process, UINT64_MAX);
}

static void a_segment_of_limit_0_holds_nothing_either_way(void **state)
{
    (void)state;
    const tw_segment up = {.base = 4096, .flags = ALL};
    const tw_segment down = {.base = 4096, .flags = ALL | DOWN};
    outside(&up, 0);
    outside(&up, UINT64_MAX);
    outside(&down, 0);
    outside(&down, UINT64_MAX);
}

/* ---- two segments, chosen by the top bit of an address of 7 bits
 * ------------------------------ */

/* Segment 0 grows up from 0, segment 1 grows down from 512; each has 20 bytes. What hardware gets
 * is the selector and the offset: in segment 1 software has sign-extended the 7 bits. */
static tw_segment segment_of(unsigned address)
{
    static const tw_segment segments[] = {{.base = 0, .limit = 20, .flags = ALL},
                                          {.base = 512, .limit = 20, .flags = ALL | DOWN}};
    return segments[address >> 6 & 1];
}

static uint64_t offset_of(unsigned address)
{
    return address >> 6 & 1 ? (uint64_t)(int64_t)((int)address - 128) : address;
}

static void two_segments_map_19_108_and_127_and_refuse_20_and_107(void **state)
{
    (void)state;
    static const struct {
        unsigned address;
        tw_check check;
        uint64_t linear;
    } rows[] = {{19, CHECK_NONE, 19},
                {20, CHECK_LIMIT, 0},
                {107, CHECK_LIMIT, 0},
                {108, CHECK_NONE, 492},
                {127, CHECK_NONE, 511}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const tw_segment segment = segment_of(rows[i].address);
        expect(&segment, of(OP_LOAD, offset_of(rows[i].address)), rows[i].check, rows[i].linear);
    }
}

static void two_segments_of_20_bytes_hold_40_of_128_addresses(void **state)
{
    (void)state;
    unsigned held = 0;
    for (unsigned address = 0; address < 128; address++) {
        const tw_segment segment = segment_of(address);
        const tw_request request = of(OP_LOAD, offset_of(address));
        uint64_t linear;
        held += tw_segment_apply(&segment, &request, &linear) == CHECK_NONE;
    }
    assert_int_equal(held, 40);
}

static void a_segment_that_grows_down_does_not_hold_offset_0(void **state)
{
    (void)state;
    const tw_segment stack = {.base = 512, .limit = 20, .flags = ALL | DOWN};
    outside(&stack, 0);
    outside(&stack, 19);
    inside(&stack, UINT64_MAX, 511);
}

/* ---- the ends of the address space
 * ------------------------------------------------------------ */

static void a_sum_that_leaves_the_address_space_is_outside(void **state)
{
    (void)state;
    const tw_segment up = {.base = UINT64_MAX - 15, .limit = UINT64_MAX, .flags = ALL};
    inside(&up, 15, UINT64_MAX);
    outside(&up, 16);
    const tw_segment down = {.base = 16, .limit = UINT64_MAX, .flags = ALL | DOWN};
    inside(&down, (uint64_t)-16, 0);
    outside(&down, (uint64_t)-17);
}

static void a_flat_segment_changes_nothing_but_the_last_byte(void **state)
{
    (void)state;
    const tw_segment flat = {.base = 0, .limit = UINT64_MAX, .flags = ALL};
    inside(&flat, 0, 0);
    inside(&flat, UINT64_C(0xffffffd587654328), UINT64_C(0xffffffd587654328));
    outside(&flat, UINT64_MAX);
}

/* ---- rights
 * ----------------------------------------------------------------------------------- */

/* Every combination, by the rule for leaves. */
static void rights_are_those_of_a_leaf_with_the_same_bits(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 16 * 4 * 3 * 4; n++) {
        const tw_segment segment = {.base = 64, .limit = 8, .flags = (n & 15) << PTE_R};
        const tw_request request = {.va = 4,
                                    .op = (tw_op)(n >> 4 & 3),
                                    .sum = n >> 6 & 1,
                                    .mxr = n >> 7 & 1,
                                    .priv = n >> 8};
        bool granted = leaf_grants((uint64_t)segment.flags, request.op, request.priv, request.sum,
                                   request.mxr);
        expect(&segment, request, granted ? CHECK_NONE : CHECK_SEGMENT, granted ? 68 : 0);
    }
}

static void rights_hold_for_user_and_supervisor_apart(void **state)
{
    (void)state;
    const tw_segment code = {.limit = 8, .flags = R | X | U};
    tw_request user = {.op = OP_FETCH, .priv = PRIV_U};
    expect(&code, user, CHECK_NONE, 0);
    user.op = OP_STORE;
    expect(&code, user, CHECK_SEGMENT, 0);
    expect(&code, of(OP_LOAD, 0), CHECK_SEGMENT, 0);
}

static void the_limit_is_checked_before_the_rights(void **state)
{
    (void)state;
    const tw_segment nothing = {.base = 64, .limit = 8};
    expect(&nothing, of(OP_STORE, 8), CHECK_LIMIT, 0);
    expect(&nothing, of(OP_STORE, 7), CHECK_SEGMENT, 0);
}

static void both_checks_are_page_faults_of_the_access(void **state)
{
    (void)state;
    static const unsigned causes[] = {CAUSE_FETCH_PAGE, CAUSE_LOAD_PAGE, CAUSE_STORE_PAGE,
                                      CAUSE_STORE_PAGE};
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        assert_int_equal(check_cause(CHECK_LIMIT, (tw_op)op), causes[op]);
        assert_int_equal(check_cause(CHECK_SEGMENT, (tw_op)op), causes[op]);
    }
}

/* ---- in words
 * --------------------------------------------------------------------------------- */

static void expect_line(const tw_segment *segment, tw_request request, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    tw_segment_print(1, segment, &request, to);
    fclose(to);
    assert_string_equal(text, expected);
    free(text);
}

static void a_segment_is_told_in_one_line(void **state)
{
    (void)state;
    const tw_segment stack = {.base = 512, .limit = 20, .flags = R | W | DOWN};
    expect_line(&stack, of(OP_LOAD, (uint64_t)-20),
                "  segment 1: base 0x200, limit 0x14, grows down, R W: offset 0xffffffffffffffec "
                "is linear address 0x1ec\n");
    expect_line(&stack, of(OP_LOAD, (uint64_t)-21),
                "  segment 1: base 0x200, limit 0x14, grows down, R W: offset 0xffffffffffffffeb "
                "is outside, check \"limit\"\n");
    const tw_segment code = {.base = 32768, .limit = 16384, .flags = R | X};
    expect_line(&code, of(OP_STORE, 128),
                "  segment 1: base 0x8000, limit 0x4000, grows up, R X: offset 0x80 is inside, but "
                "not for this store, check \"segment\"\n");
    const tw_segment bare = {.base = 32768, .limit = 16384};
    expect_line(&bare, of(OP_LOAD, 128),
                "  segment 1: base 0x8000, limit 0x4000, grows up, no rights: offset 0x80 is "
                "inside, but not for this load, check \"segment\"\n");
}

int main(void)
{
    const struct CMUnitTest segment[] = {
        cmocka_unit_test(base_32768_and_bound_16384_relocate_and_refuse),
        cmocka_unit_test(the_bound_is_the_first_offset_outside),
        cmocka_unit_test(a_segment_of_limit_0_holds_nothing_either_way),
        cmocka_unit_test(two_segments_map_19_108_and_127_and_refuse_20_and_107),
        cmocka_unit_test(two_segments_of_20_bytes_hold_40_of_128_addresses),
        cmocka_unit_test(a_segment_that_grows_down_does_not_hold_offset_0),
        cmocka_unit_test(a_sum_that_leaves_the_address_space_is_outside),
        cmocka_unit_test(a_flat_segment_changes_nothing_but_the_last_byte),
        cmocka_unit_test(rights_are_those_of_a_leaf_with_the_same_bits),
        cmocka_unit_test(rights_hold_for_user_and_supervisor_apart),
        cmocka_unit_test(the_limit_is_checked_before_the_rights),
        cmocka_unit_test(both_checks_are_page_faults_of_the_access),
        cmocka_unit_test(a_segment_is_told_in_one_line),
    };
    return cmocka_run_group_tests_name("segment", segment, NULL, NULL);
}
