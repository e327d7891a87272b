/* Taking pages away, from processes that live and that end: what stands in the tables and in the
 * frames at each fence, and that everything comes back; in every mode. */
#include <stdlib.h>
#include <string.h>

#include "tablewalk/hashed.h"
#include "tb/os/kernel.h"
#include "tests/support/golden_port.h"

enum { BASE = 0x40000000, PAGES = 24, FRAMES = 12, SLOTS = 2 * PAGES };

static unsigned mode; /* of the tests that run */

/* What the fence that is watched knows, and what it saw. */
static struct {
    uint64_t satp[2 + 1];   /* of each address space */
    uint64_t pa[2 * PAGES]; /* of each page of the two processes, when it was used last */
    unsigned taken,
        ended; /* pages that had left the tables when they, or their space, were fenced */
} watch;

static bool read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    *value = *golden_word(context, address & ~UINT64_C(7)) >> address % 8 * 8;
    *value &= bytes == 8 ? UINT64_MAX : UINT32_MAX;
    return true;
}

/* A walk to the page begins now: does it find anything? A and D are left alone. */
static bool mapped(golden_machine *machine, unsigned asid, uint64_t va)
{
    const tw_control control = {.satp = watch.satp[asid],
                                .hash_table = machine->hash_table,
                                .hash_anchors = machine->hash_anchors};
    const tw_request request = {.va = va, .op = OP_LOAD, .priv = PRIV_U};
    const tw_bus bus = {machine, read_word, NULL};
    tw_translation t;
    tw_translate(&control, &request, &bus, &t);
    return t.check == CHECK_NONE || t.check == CHECK_TOUCHED;
}

/* No chain leads to an entry that holds no page. */
static void expect_no_remains(golden_machine *machine)
{
    const tw_control control = {.hash_table = machine->hash_table,
                                .hash_anchors = machine->hash_anchors};
    uint64_t anchor = TW_GET(machine->hash_anchors, HASH_ANCHORS, PPN) << PAGE_SHIFT;
    size_t anchors = (size_t)1 << TW_GET(machine->hash_anchors, HASH_ANCHORS, BITS);
    for (size_t i = 0; i < anchors; i++) {
        uint64_t word = *golden_word(machine, anchor + 8 * i);
        for (bool more = pte_bit(word, PTE_V); more; more = !pte_bit(word, HASHED_END)) {
            word = *golden_word(machine, hashed_entry_address(&control, hashed_next(word)));
            assert_true(pte_bit(word, PTE_V));
        }
    }
}

static uint64_t tag(unsigned process, uint64_t page)
{
    return 0x7a60000 | process << 8 | page;
}

/* When a page is fenced that has been taken away, its bytes are still in its frame. */
static void check_page(golden_machine *machine, unsigned asid, uint64_t va)
{
    uint64_t page = (va - BASE) >> PAGE_SHIFT;
    if (mapped(machine, asid, va))
        return; /* its A was cleared */
    watch.taken++;
    assert_int_equal(*golden_word(machine, watch.pa[(asid - 1) * PAGES + page]), tag(asid, page));
}

static tw_status watched_fence(void *context, tw_fence_kind kind, uint64_t va, unsigned asid,
                               tw_error *error)
{
    golden_machine *machine = context;
    if (mode == MODE_HASHED)
        expect_no_remains(machine);
    if (kind == TW_FENCE_VA_ASID)
        check_page(machine, asid, va);
    for (uint64_t page = 0; kind == TW_FENCE_ASID && page < PAGES; page++)
        watch.ended += !mapped(machine, asid, BASE + page * OS_PAGE_BYTES);
    return golden_port(machine).fence(context, kind, va, asid, error);
}

typedef struct fixture {
    golden_machine *machine;
    os *system;
    os_process *process[2];
    size_t free; /* frames, before there were processes */
} fixture;

static fixture start(void)
{
    watch.taken = watch.ended = 0;
    size_t tables = os_row_frames(mode, FRAMES, 2) == 0 ? 2 * mode_levels(mode) : 0;
    fixture f = {.machine = golden_open_at(golden_first(mode))};
    os_port port = golden_port(f.machine);
    port.fence = watched_fence;
    os_options options = {.mode = mode,
                          .first_frame = golden_first(mode),
                          .frames = FRAMES + tables + os_row_frames(mode, FRAMES, 2),
                          .swap_slots = SLOTS,
                          .adue = true};
    f.system = os_open(&port, &options, NULL);
    assert_non_null(f.system);
    f.free = os_frames_free(f.system->frames);
    return f;
}

static void spawn(fixture *f)
{
    const os_region region = {BASE, BASE + PAGES * OS_PAGE_BYTES, OS_R | OS_W};
    for (unsigned p = 0; p < 2; p++) {
        assert_int_equal(os_spawn(f->system, &f->process[p], NULL), TW_OK);
        assert_int_equal(os_process_add_region(f->system, f->process[p], region, NULL), TW_OK);
    }
}

static void stop(fixture *f)
{
    os_close(f->system);
    assert_int_equal(f->machine->records.alive, 0);
    free(f->machine);
}

/* Both processes write all of their pages, in turns, and find what they wrote. */
static void use(fixture *f)
{
    for (unsigned round = 0; round < 2; round++)
        for (unsigned p = 0; p < 2; p++) {
            unsigned asid = f->process[p]->space->asid;
            assert_int_equal(os_switch(f->system, f->process[p], NULL), TW_OK);
            watch.satp[asid] = f->machine->satp;
            for (uint64_t page = 0; page < PAGES; page++) {
                uint64_t *pa = &watch.pa[(asid - 1) * PAGES + page];
                assert_true(
                    golden_run(f->machine, f->system, OP_STORE, BASE + page * OS_PAGE_BYTES, pa));
                if (round == 1)
                    assert_int_equal(*golden_word(f->machine, *pa), tag(asid, page));
                *golden_word(f->machine, *pa) = tag(asid, page);
            }
        }
}

static void a_page_has_left_the_tables_and_not_its_frame_when_it_is_fenced(void **state)
{
    (void)state;
    fixture f = start();
    spawn(&f);
    use(&f);
    assert_true(watch.taken > 2 * PAGES);
    assert_int_equal(os_statistics(f.system)->swap_out, watch.taken);
    stop(&f);
}

static void a_process_has_left_the_tables_when_it_is_fenced(void **state)
{
    (void)state;
    if (mode != MODE_HASHED)
        return; /* to leave a tree is to leave its root */
    fixture f = start();
    spawn(&f);
    use(&f);
    assert_true(os_space_resident(f.process[1]->space) > 0);
    assert_int_equal(os_exit(f.system, NULL), TW_OK);
    assert_int_equal(watch.ended, PAGES);
    stop(&f);
}

static void every_frame_and_every_slot_comes_back(void **state)
{
    (void)state;
    fixture f = start();
    spawn(&f);
    use(&f);
    assert_true(os_swap_used(f.system->swap) > 0);
    for (unsigned p = 0; p < 2; p++) {
        assert_int_equal(os_switch(f.system, f.process[p], NULL), TW_OK);
        uint64_t pa;
        if (p == 0)
            assert_int_equal(os_exit(f.system, NULL), TW_OK);
        else /* is killed */
            assert_false(golden_run(f.machine, f.system, OP_LOAD, 8, &pa));
    }
    assert_int_equal(os_swap_used(f.system->swap), 0);
    assert_int_equal(os_frames_free(f.system->frames), f.free);
    for (size_t i = 0; i < os_frames_count(f.system->frames); i++)
        if (mode == MODE_HASHED)
            assert_int_equal(
                *golden_word(f.machine, os_hashed_entry(&f.system->hashed, (unsigned)i)), 0);
    stop(&f);
}

/* Hardware that writes a word although its V is clear. */
static void write_late(golden_machine *machine, uint64_t address)
{
    uint64_t *word = golden_word(machine, address), mine = *word >> address % 8 * 8;
    if (mine != 0 && !pte_bit(mine, PTE_V))
        *word ^= UINT64_C(1) << (address % 8 * 8 + PTE_D);
}

static void a_word_written_after_it_was_taken_out_is_a_mismatch(void **state)
{
    (void)state;
    fixture f = start();
    spawn(&f);
    use(&f);
    tw_error error = {0};
    f.machine->race = write_late;
    assert_int_equal(os_exit(f.system, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "hardware must not write a PTE that is not valid"));
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest reclaim[] = {
        cmocka_unit_test(a_page_has_left_the_tables_and_not_its_frame_when_it_is_fenced),
        cmocka_unit_test(a_process_has_left_the_tables_when_it_is_fenced),
        cmocka_unit_test(every_frame_and_every_slot_comes_back),
        cmocka_unit_test(a_word_written_after_it_was_taken_out_is_a_mismatch),
    };
    return golden_in_every_mode("reclaim", reclaim, sizeof reclaim / sizeof *reclaim, &mode);
}
