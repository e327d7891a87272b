/*
 * The kernel's part of address spaces, as the OS builds it, walked by RTL and model in lockstep: a
 * global entry serves every process, through a switch of SATP and a fence of an ASID; kmalloc's blocks
 * are contiguous in physical memory.
 */
#include "tb/host_records.h"
#include "tb/os/kernel_map.h"
#include "tb/os/kmalloc.h"
#include "tb/os_link.h"
#include "tests/support/every_mode.h"
#include "tests/support/page_array.h"

/* Frames behind the fixture's tables; more than one leaf of level 1, and pages. */
enum { FIRST = 0x200000, FRAMES = 1024 + 300 };

typedef struct running {
    os *system;
    os_process *process[2];
} running;

static running start(fixture *f)
{
    const os_options options = {.mode = f->pages.mode,
                                .first_frame = FIRST,
                                .frames = FRAMES,
                                .swap_slots = 16,
                                .adue = true,
                                .kernel_map = true};
    const os_port port = os_link(f->machine);
    tw_error error = {0};
    running r = {.system = os_open(&port, &options, &error)};
    for (unsigned i = 0; i < 2; i++)
        if (r.system == NULL || os_spawn(r.system, &r.process[i], &error) != TW_OK)
            fail_msg("%s", error.text);
    /* Without prefetch, which the OS turns on where it is built, so that every walk is a miss. */
    fixture_write(f, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1));
    return r;
}

/* Its ASID. */
static unsigned enter(fixture *f, const running *r, unsigned process)
{
    tw_error error = {0};
    if (os_switch(r->system, r->process[process], &error) != TW_OK)
        fail_msg("%s", error.text);
    return (unsigned)TW_GET(fixture_read(f, REG_SATP), SATP, ASID);
}

static uint64_t address_of(const running *r, uint64_t ppn)
{
    uint64_t va = 0;
    assert_true(os_kernel_address(r->system, ppn, &va));
    return va + 0x18;
}

static uint64_t pa_of(uint64_t ppn)
{
    return (ppn << PAGE_SHIFT) + 0x18;
}

/* A page below a large leaf, and one below a table of level 0. */
static const uint64_t FRAME[] = {FIRST + 5, FIRST + FRAMES - 1};

/* Counters say so too: requests that hit, and walks. */
static void expect_known(fixture *f, const running *r)
{
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t hits = fixture_read(f, REG_COUNT_DATA_HITS);
        const uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
        expect_reads(f, store(address_of(r, FRAME[i])), pa_of(FRAME[i]), 0);
        assert_int_equal(fixture_read(f, REG_COUNT_DATA_HITS), hits + 1);
        assert_int_equal(fixture_read(f, REG_COUNT_WALKS), walks);
    }
}

TREE_TEST(a_kernel_address_is_translated_under_every_satp)
{
    (void)va;
    const running r = start(f);
    for (unsigned p = 0; p < 2; p++) {
        enter(f, &r, p);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        for (unsigned i = 0; i < 2; i++)
            expect_pa(fixture_translate(f, load(address_of(&r, FRAME[i]))), pa_of(FRAME[i]));
    }
    os_close(r.system);
}

TREE_TEST(a_global_entry_survives_a_switch_and_a_fence_of_any_asid)
{
    (void)va;
    const running r = start(f);
    const unsigned first = enter(f, &r, 0);
    for (unsigned i = 0; i < 2; i++)
        expect_pa(fixture_translate(f, load(address_of(&r, FRAME[i]))), pa_of(FRAME[i]));
    const unsigned second = enter(f, &r, 1);
    assert_int_not_equal(first, second);
    expect_known(f, &r);
    for (unsigned p = 0; p < 2; p++) {
        fixture_fence(f, TW_FENCE_ASID, 0, p == 0 ? first : second);
        fixture_fence(f, TW_FENCE_VA_ASID, address_of(&r, FRAME[0]), p == 0 ? first : second);
        expect_known(f, &r);
    }
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    fixture_forget(f);
    expect_pa(fixture_translate(f, load(address_of(&r, FRAME[0]))), pa_of(FRAME[0]));
    assert_true(fixture_reads(f) > 0);
    os_close(r.system);
}

TREE_TEST(a_program_gets_a_page_fault_whether_the_kernel_was_there_or_not)
{
    (void)va;
    const running r = start(f);
    enter(f, &r, 0);
    for (unsigned known = 0; known < 2; known++)
        for (unsigned i = 0; i < 2; i++) {
            tw_request request = load(address_of(&r, FRAME[i]));
            request.priv = PRIV_U;
            expect_fault(fixture_translate(f, request), CAUSE_LOAD_PAGE);
            request.op = OP_STORE;
            expect_fault(fixture_translate(f, request), CAUSE_STORE_PAGE);
            request.op = OP_FETCH;
            expect_fault(fixture_translate(f, request), CAUSE_FETCH_PAGE);
            expect_pa(fixture_translate(f, load(request.va)), pa_of(FRAME[i]));
        }
    os_close(r.system);
}

/* A block of 20000 bytes is five pages that follow one another in physical memory too: below large
 * leaves, and below tables of level 0. */
TREE_TEST(pages_of_kmalloc_follow_one_another_in_physical_memory)
{
    (void)va;
    const running r = start(f);
    const os_records records = host_records();
    enter(f, &r, 0);
    for (unsigned i = 0; i < 2; i++) {
        page_array pages = {.first = i == 0 ? FIRST + 512 : FIRST + 1100, .count = 64};
        const os_page_source source = page_array_source(&pages);
        const uint64_t linear = address_of(&r, pages.first) - pa_of(pages.first);
        os_kmalloc *kmalloc = os_kmalloc_open(&records, &source, linear);
        uint64_t block = 0;
        assert_int_equal(os_kmalloc_take(kmalloc, 20000, &block, NULL), TW_OK);
        const uint64_t pa = os_kmalloc_pa(kmalloc, block);
        for (uint64_t at = 0; at < 20000; at += OS_PAGE_BYTES)
            expect_pa(fixture_translate(f, load(block + at)), pa + at);
        os_kmalloc_close(kmalloc);
    }
    os_close(r.system);
}

int main(void)
{
    const struct CMUnitTest kernel_map_tests[] = {
        cmocka_unit_test(a_kernel_address_is_translated_under_every_satp),
        cmocka_unit_test(a_global_entry_survives_a_switch_and_a_fence_of_any_asid),
        cmocka_unit_test(a_program_gets_a_page_fault_whether_the_kernel_was_there_or_not),
        cmocka_unit_test(pages_of_kmalloc_follow_one_another_in_physical_memory)};
    return fixture_run("kernel_map", kernel_map_tests);
}
