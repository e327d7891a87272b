/* The window of slots for high memory, over a page table and a TLB that never forgets on its own,
 * so that a fence that is missing shows as the wrong frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/kmap.h"
#include "tb/random.h"

enum { SLOTS = 4, NONE = 0 };
#define BASE UINT64_C(0xFFC00000)

typedef struct machine {
    uint64_t pte[SLOTS], tlb[SLOTS]; /* frames; NONE */
    unsigned maps, unmaps;
    int calls_left; /* until the next call of a kind fails; below 0: none does */
} machine;

typedef struct fixture {
    machine machine;
    kmap *window;
} fixture;

static tw_status spend(machine *m, tw_error *error)
{
    return m->calls_left-- == 0 ? tw_fail(error, TW_IO, "the table is out of order") : TW_OK;
}

static size_t slot_at(uint64_t va)
{
    assert_in_range(va, BASE, BASE + SLOTS * 4096 - 1);
    assert_int_equal(va % 4096, 0);
    return (va - BASE) / 4096;
}

static tw_status map(void *context, uint64_t va, uint64_t ppn, tw_error *error)
{
    machine *m = context;
    tw_status status = spend(m, error);
    if (status != TW_OK)
        return status;
    assert_int_equal(m->pte[slot_at(va)], NONE); /* a slot is unmapped before it is used again */
    m->pte[slot_at(va)] = ppn;
    m->maps++;
    return TW_OK;
}

static tw_status unmap(void *context, uint64_t va, tw_error *error)
{
    machine *m = context;
    tw_status status = spend(m, error);
    if (status != TW_OK)
        return status;
    assert_int_not_equal(m->pte[slot_at(va)], NONE);
    m->pte[slot_at(va)] = NONE;
    m->unmaps++;
    return TW_OK;
}

static tw_status fence(void *context, tw_error *error)
{
    machine *m = context;
    tw_status status = spend(m, error);
    for (size_t i = 0; i < SLOTS && status == TW_OK; i++)
        m->tlb[i] = NONE;
    return status;
}

/* The frame that an access to the slot reaches. */
static uint64_t reach(machine *m, uint64_t va)
{
    const size_t i = slot_at(va);
    if (m->tlb[i] == NONE)
        m->tlb[i] = m->pte[i];
    return m->tlb[i];
}

static int set_up(void **state)
{
    const os_records records = host_records();
    fixture *f = calloc(1, sizeof *f);
    const kmap_tables tables = {&f->machine, map, unmap, fence};
    f->machine.calls_left = -1;
    f->window = kmap_open(&records, BASE, SLOTS, &tables, NULL);
    *state = f;
    return f->window == NULL;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    kmap_close(f->window);
    free(f);
    return 0;
}

/* Maps the frame, and sees that it is the one that is reached. */
static uint64_t map_frame(fixture *f, uint64_t ppn)
{
    tw_error error = {0};
    uint64_t va = 0;
    if (kmap_map(f->window, ppn, &va, &error) != TW_OK)
        fail_msg("expected a slot for %#llx, got: %s", (unsigned long long)ppn, error.text);
    assert_int_equal(reach(&f->machine, va), ppn);
    return va;
}

static bool unmap_slot(fixture *f, uint64_t va)
{
    bool idle;
    assert_int_equal(kmap_unmap(f->window, va, &idle, NULL), TW_OK);
    return idle;
}

static void a_frame_of_high_memory_has_an_address_while_it_is_mapped(void **state)
{
    fixture *f = *state;
    assert_int_equal(map_frame(f, 0x38000), BASE);
    assert_int_equal(map_frame(f, 0x38001), BASE + 4096);
    assert_int_equal(kmap_used(f->window), 2);
}

static void a_frame_that_is_mapped_twice_shares_a_slot(void **state)
{
    fixture *f = *state;
    const uint64_t va = map_frame(f, 7);
    assert_int_equal(map_frame(f, 7), va);
    assert_int_equal(f->machine.maps, 1);
    assert_int_equal(kmap_used(f->window), 1);
    assert_false(unmap_slot(f, va));
    assert_int_equal(reach(&f->machine, va), 7);
    assert_true(unmap_slot(f, va));
    assert_int_equal(kmap_used(f->window), 0);
}

static void when_all_slots_are_used_the_caller_waits_until_an_unmap_says_idle(void **state)
{
    fixture *f = *state;
    uint64_t va[SLOTS], waits = 0;
    tw_error error = {0};
    for (unsigned i = 0; i < SLOTS; i++)
        va[i] = map_frame(f, 10 + i);
    map_frame(f, 12); /* a second user */
    assert_int_equal(kmap_map(f->window, 20, &waits, &error), TW_NO_MEMORY);
    assert_string_equal(error.text,
                        "all 4 slots are used: wait until one is unmapped, and try again");
    assert_int_equal(waits, 0);
    assert_int_equal(kmap_fences(f->window), 0);
    assert_false(unmap_slot(f, va[2]));
    assert_int_equal(kmap_map(f->window, 20, &waits, NULL), TW_NO_MEMORY);
    assert_true(unmap_slot(f, va[2]));
    assert_int_equal(map_frame(f, 20), va[2]);
    assert_int_equal(map_frame(f, 11), va[1]); /* the others are as they were */
}

static void an_idle_slot_keeps_its_frame_and_needs_nothing_when_it_comes_again(void **state)
{
    fixture *f = *state;
    const uint64_t va = map_frame(f, 7);
    assert_true(unmap_slot(f, va));
    assert_int_equal(kmap_mapped(f->window), 1);
    assert_int_equal(map_frame(f, 7), va);
    assert_int_equal(f->machine.maps, 1);
    assert_int_equal(f->machine.unmaps, 0);
}

static void one_fence_cleans_all_idle_slots_when_no_clean_one_is_left(void **state)
{
    fixture *f = *state;
    const uint64_t kept = map_frame(f, 99);
    for (uint64_t ppn = 10; ppn < 13; ppn++)
        unmap_slot(f, map_frame(f, ppn));
    assert_int_equal(kmap_fences(f->window), 0);
    for (uint64_t ppn = 20; ppn < 23; ppn++)
        unmap_slot(f, map_frame(f, ppn));
    assert_int_equal(kmap_fences(f->window), 1);
    assert_int_equal(f->machine.unmaps, 3);
    assert_int_equal(reach(&f->machine, kept), 99);
}

static void what_is_unmapped_wrongly_is_refused(void **state)
{
    fixture *f = *state;
    tw_error error = {0};
    const uint64_t va = map_frame(f, 7);
    assert_int_equal(kmap_unmap(f->window, va + 8, NULL, &error), TW_USAGE);
    assert_string_equal(error.text, "0xffc00008 is not the address of a slot");
    assert_int_equal(kmap_unmap(f->window, BASE + SLOTS * 4096, NULL, NULL), TW_USAGE);
    assert_int_equal(kmap_unmap(f->window, BASE - 4096, NULL, NULL), TW_USAGE);
    assert_int_equal(kmap_unmap(f->window, va + 4096, NULL, NULL), TW_USAGE);
    assert_int_equal(kmap_unmap(f->window, va, NULL, NULL), TW_OK);
    assert_int_equal(kmap_unmap(f->window, va, NULL, &error), TW_USAGE);
    assert_string_equal(error.text, "the slot at 0xffc00000 is not used: unmapped twice");
    assert_int_equal(kmap_used(f->window), 0);
}

static void a_window_that_cannot_be_is_refused(void **state)
{
    (void)state;
    const os_records records = host_records();
    const kmap_tables tables = {NULL, map, unmap, fence};
    tw_error error = {0};
    assert_null(kmap_open(&records, BASE, 0, &tables, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_null(kmap_open(&records, BASE + 1, 1, &tables, &error));
    assert_null(kmap_open(&records, UINT64_MAX << 12, 2, &tables, &error));
    kmap_close(NULL);
}

/* Every kind of failure at random: what was mapped stays, and no frame is reached by a stale
 * entry. */
static void random_use_with_failures_reaches_the_right_frame(void **state)
{
    fixture *f = *state;
    enum { FRAMES = 9 };
    const uint64_t seed = 21;
    uint64_t random = seed, va, users[FRAMES + 1] = {0}, at[FRAMES + 1] = {0};
    unsigned failures = 0, refusals = 0;
    for (unsigned i = 0; i < 100000; i++) {
        const uint64_t ppn = 1 + random_below(&random, FRAMES);
        if (random_percent(&random, 70) && users[ppn] > 0) {
            assert_int_equal(unmap_slot(f, at[ppn]), --users[ppn] == 0);
            continue;
        }
        f->machine.calls_left = random_percent(&random, 20) ? (int)random_below(&random, 4) : -1;
        const tw_status status = kmap_map(f->window, ppn, &va, NULL);
        size_t used = 0;
        for (unsigned k = 1; k <= FRAMES; k++)
            used += users[k] > 0;
        if (status == TW_OK) {
            if (users[ppn]++ > 0)
                assert_int_equal(va, at[ppn]);
            at[ppn] = va;
        } else {
            assert_int_equal(status == TW_NO_MEMORY, used == SLOTS);
            assert_int_equal(users[ppn], 0);
            failures += status == TW_IO;
            refusals += status == TW_NO_MEMORY;
        }
        for (unsigned k = 1; k <= FRAMES; k++)
            if (users[k] > 0 && reach(&f->machine, at[k]) != k)
                fail_msg("seed %llu, operation %u: expected frame %u, got %llu",
                         (unsigned long long)seed, i, k,
                         (unsigned long long)reach(&f->machine, at[k]));
    }
    print_message("%u calls failed, %u had to wait\n", failures, refusals);
    assert_true(failures > 1000 && refusals > 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_frame_of_high_memory_has_an_address_while_it_is_mapped),
        TEST(a_frame_that_is_mapped_twice_shares_a_slot),
        TEST(when_all_slots_are_used_the_caller_waits_until_an_unmap_says_idle),
        TEST(an_idle_slot_keeps_its_frame_and_needs_nothing_when_it_comes_again),
        TEST(one_fence_cleans_all_idle_slots_when_no_clean_one_is_left),
        TEST(what_is_unmapped_wrongly_is_refused),
        TEST(a_window_that_cannot_be_is_refused),
        TEST(random_use_with_failures_reaches_the_right_frame),
    };
    return cmocka_run_group_tests_name("kmap", tests, NULL, NULL);
}
