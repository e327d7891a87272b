/*
 * Huge pages as the OS makes, splits and collapses them, walked by RTL and model in lockstep: what
 * either port's TLB knew of the leaf, or of the small pages, is used no more once the OS returns.
 * Each page holds its number, and frames that are given back hold junk, so a translation that
 * should have gone reads something else.
 */
#include "tb/os/calls.h"
#include "tb/os/huge.h"
#include "tb/os_link.h"
#include "tests/support/every_mode.h"

/* FIRST is behind the fixture's tables. Two huge pages, and SMALL for tables and copies. */
enum { FIRST = 0x200000, SMALL = 96, BASE = 0x40000000, RWX = OS_R | OS_W | OS_X };

typedef struct running {
    fixture *f;
    os *system;
    os_process *process;
    uint64_t pages; /* of a huge one */
    unsigned size;  /* log2 of its bytes */
} running;

static uint64_t page_at(uint64_t page)
{
    return BASE + page * OS_PAGE_BYTES;
}

static tw_request by_user(tw_op op, uint64_t va)
{
    tw_request request = request_of(op, va);
    request.priv = PRIV_U;
    return request;
}

#define ok(call)                                   \
    do {                                           \
        if ((call) != TW_OK)                       \
            fail_msg("%s: %s", #call, error.text); \
    } while (0)

/* A process with an area of all of a huge page. */
static running start(fixture *f, unsigned flags)
{
    const unsigned mode = f->pages.mode;
    const uint64_t bytes = os_huge_bytes(mode);
    running r = {.f = f, .pages = bytes / OS_PAGE_BYTES, .size = level_size(mode, 1)};
    const os_options options = {.mode = mode,
                                .first_frame = FIRST,
                                .frames = 2 * (size_t)r.pages + SMALL,
                                .swap_slots = 16,
                                .adue = true};
    const os_port port = os_link(f->machine);
    const os_map_request request = {
        .address = BASE, .bytes = bytes, .permissions = RWX, .flags = flags, .fixed = true};
    uint64_t va;
    tw_error error = {0};
    r.system = os_open(&port, &options, &error);
    if (r.system == NULL)
        fail_msg("os_open: %s", error.text);
    ok(os_spawn(r.system, &r.process, &error));
    ok(os_mmap(r.system, r.process, &request, &va, &error));
    ok(os_switch(r.system, r.process, &error));
    return r;
}

/* Translates; the OS repairs what faults. */
static tw_answer reach(const running *r, tw_op op, uint64_t va)
{
    os_verdict verdict;
    tw_error error = {0};
    for (unsigned tries = 0; tries < 4; tries++) {
        const tw_answer answer = fixture_translate(r->f, by_user(op, va));
        if (answer.fault == CAUSE_NONE)
            return answer;
        ok(os_fault(r->system, answer.fault, va, &verdict, &error));
        assert_int_equal(verdict, OS_VERDICT_RESUME);
    }
    fail_msg("0x%llx faults again and again", (unsigned long long)va);
    return (tw_answer){0};
}

/* A page and its value, which is its number and `more`. */
static void put(const running *r, uint64_t page, uint64_t more)
{
    tw_memory_write(r->f->memory, reach(r, OP_STORE, page_at(page)).pa, 8, page + more);
}

/* What either port reads of pages [from, to), and that a leaf of so many bytes maps it; the first
 * wrong one ends the test. */
static void expect(const running *r, uint64_t from, uint64_t to, uint64_t more, unsigned size)
{
    for (uint64_t page = from; page < to; page++)
        for (unsigned op = OP_FETCH; op <= OP_LOAD; op++) {
            const tw_answer answer = reach(r, (tw_op)op, page_at(page));
            const uint64_t value = tw_memory_read(r->f->memory, answer.pa, 8);
            if (value != page + more || answer.size != size)
                fail_msg("page %llu, %s: expected 0x%llx and a leaf of 2^%u bytes, got 0x%llx and "
                         "2^%u (%s)",
                         (unsigned long long)page, tw_op_name((tw_op)op),
                         (unsigned long long)(page + more), size, (unsigned long long)value,
                         answer.size, tw_mode_name(r->f->pages.mode));
        }
}

static void expect_forbidden(const running *r, tw_op op, uint64_t page)
{
    expect_fault(fixture_translate(r->f, by_user(op, page_at(page))), page_fault(op));
}

/* A huge page that both ports know, and that has been stored to. */
static running start_huge(fixture *f)
{
    const running r = start(f, OS_VMA_HUGE);
    for (uint64_t page = 0; page < r.pages; page++)
        put(&r, page, 0x1000);
    expect(&r, 0, r.pages, 0x1000, r.size);
    assert_int_equal(r.process->minor_faults, 1);
    return r;
}

static void stop(const running *r)
{
    tw_error error = {0};
    ok(os_audit(r->system, &error));
    os_close(r->system);
}

TREE_TEST(the_first_touch_maps_all_of_it_by_one_leaf)
{
    (void)va;
    const running r = start_huge(f);
    assert_non_null(os_huge_find(r.process->space, BASE));
    for (uint64_t page = 1; page < r.pages; page++)
        assert_int_equal(fixture_translate(f, by_user(OP_LOAD, page_at(page))).pa,
                         fixture_translate(f, by_user(OP_LOAD, BASE)).pa + page * OS_PAGE_BYTES);
    stop(&r);
}

TREE_TEST(a_page_that_is_unmapped_is_gone_and_the_others_are_small)
{
    (void)va;
    const running r = start_huge(f);
    tw_error error = {0};
    ok(os_munmap(r.system, r.process, page_at(5), OS_PAGE_BYTES, &error));
    expect(&r, 0, 5, 0x1000, PAGE_SHIFT);
    expect(&r, 6, r.pages, 0x1000, PAGE_SHIFT);
    assert_int_equal(r.process->minor_faults, 1);
    for (unsigned op = OP_FETCH; op <= OP_STORE; op++)
        expect_forbidden(&r, (tw_op)op, 5);
    stop(&r);
}

TREE_TEST(a_page_that_may_not_be_written_any_more_is_not)
{
    (void)va;
    const running r = start_huge(f);
    tw_error error = {0};
    ok(os_mprotect(r.system, r.process, page_at(7), OS_PAGE_BYTES, OS_R | OS_X, &error));
    expect(&r, 0, r.pages, 0x1000, PAGE_SHIFT);
    put(&r, 6, 0x2000);
    put(&r, 8, 0x2000);
    assert_int_equal(r.process->minor_faults, 1);
    expect_forbidden(&r, OP_STORE, 7);
    stop(&r);
}

TREE_TEST(all_of_it_is_read_only_at_once)
{
    (void)va;
    const running r = start_huge(f);
    tw_error error = {0};
    ok(os_mprotect(r.system, r.process, BASE, os_huge_bytes(f->pages.mode), OS_R | OS_X, &error));
    expect(&r, 0, r.pages, 0x1000, r.size);
    expect_forbidden(&r, OP_STORE, 0);
    expect_forbidden(&r, OP_STORE, r.pages - 1);
    stop(&r);
}

/* Whoever stores first has a copy, be it through a TLB that knew the leaf with W and D. */
TREE_TEST(a_store_after_a_fork_goes_to_a_copy)
{
    (void)va;
    running r = start_huge(f);
    os_process *parent = r.process, *child;
    tw_error error = {0};
    ok(os_fork(r.system, parent, &child, &error));
    const uint64_t shared = fixture_translate(f, by_user(OP_LOAD, page_at(3))).pa;
    put(&r, 3, 0x2000);
    assert_int_not_equal(fixture_translate(f, by_user(OP_LOAD, page_at(3))).pa, shared);
    expect(&r, 0, 3, 0x1000, PAGE_SHIFT);
    expect(&r, 3, 4, 0x2000, PAGE_SHIFT);
    expect(&r, 4, r.pages, 0x1000, PAGE_SHIFT);
    r.process = child;
    ok(os_switch(r.system, child, &error));
    put(&r, 9, 0x3000);
    expect(&r, 0, 9, 0x1000, PAGE_SHIFT);
    expect(&r, 9, 10, 0x3000, PAGE_SHIFT);
    r.process = parent;
    ok(os_switch(r.system, parent, &error));
    expect(&r, 9, r.pages, 0x1000, PAGE_SHIFT);
    stop(&r);
}

/* They move, and their old frames hold junk. */
TREE_TEST(small_pages_that_become_one_are_found_where_they_moved)
{
    (void)va;
    const running r = start(f, 0);
    tw_error error = {0};
    size_t made;
    for (uint64_t page = r.pages; page-- > 0;)
        put(&r, page, 0x1000);
    expect(&r, 0, r.pages, 0x1000, PAGE_SHIFT);
    ok(os_collapse(r.system, r.process, BASE, os_huge_bytes(f->pages.mode), &made, &error));
    assert_int_equal(made, 1);
    expect(&r, 0, r.pages, 0x1000, r.size);
    put(&r, 1, 0x2000);
    ok(os_munmap(r.system, r.process, BASE, OS_PAGE_BYTES, &error));
    ok(os_audit(r.system, &error));
    expect(&r, 1, 2, 0x2000, PAGE_SHIFT);
    expect(&r, 2, r.pages, 0x1000, PAGE_SHIFT);
    expect_forbidden(&r, OP_LOAD, 0);
    stop(&r);
}

int main(void)
{
    const struct CMUnitTest huge_tests[] = {
        cmocka_unit_test(the_first_touch_maps_all_of_it_by_one_leaf),
        cmocka_unit_test(a_page_that_is_unmapped_is_gone_and_the_others_are_small),
        cmocka_unit_test(a_page_that_may_not_be_written_any_more_is_not),
        cmocka_unit_test(all_of_it_is_read_only_at_once),
        cmocka_unit_test(a_store_after_a_fork_goes_to_a_copy),
        cmocka_unit_test(small_pages_that_become_one_are_found_where_they_moved)};
    return fixture_run("huge", huge_tests);
}
