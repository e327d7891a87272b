/* Host memory that runs out in the middle of a fault: an error of the run, in which nothing is lost
 * and nothing looks like a fault of the hardware. In every mode. */
#include <stdlib.h>
#include <string.h>

#include "tb/os/kernel.h"
#include "tests/support/golden_port.h"

enum { DATA = 0x40000000, PAGES = 14, FRAMES = 6, WRITES_MAX = 5000 };

static unsigned mode; /* of the tests that run */

/* The golden machine's port, of which one write fails, counted from 1: 0 for none. */
static struct {
    os_port real;
    unsigned writes, fails;
} port;

static tw_status no_memory(tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY, "write %u", port.fails);
}

static tw_status write_word(void *context, uint64_t address, unsigned bytes, uint64_t value,
                            tw_error *error)
{
    return ++port.writes == port.fails ? no_memory(error)
                                       : port.real.write(context, address, bytes, value, error);
}

static tw_status swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                           uint64_t desired, uint64_t *found, tw_error *error)
{
    return ++port.writes == port.fails
               ? no_memory(error)
               : port.real.swap(context, address, bytes, expected, desired, found, error);
}

static tw_status write_page(void *context, uint64_t address, const void *page, tw_error *error)
{
    return ++port.writes == port.fails ? no_memory(error)
                                       : port.real.write_page(context, address, page, error);
}

static os *open_system(golden_machine *machine, size_t slots)
{
    size_t pages = FRAMES + (mode_levels(mode) > 1 ? mode_levels(mode) : 0);
    os_options options = {.mode = mode,
                          .first_frame = golden_first(mode),
                          .frames = pages + os_row_frames(mode, pages, 1),
                          .swap_slots = slots,
                          .adue = true};
    port.real = golden_port(machine);
    os_port failing = port.real;
    failing.write = write_word;
    failing.swap = swap_word;
    failing.write_page = write_page;
    port.writes = port.fails = 0;
    os *system = os_open(&failing, &options, NULL);
    assert_non_null(system);
    return system;
}

/* Stores to every page in turn, until the first error, or to the end. */
static tw_status store_to_all(golden_machine *machine, os *system, tw_error *error)
{
    for (uint64_t page = 0; page < PAGES; page++) {
        uint64_t va = DATA + page * OS_PAGE_BYTES, pa = 0;
        for (unsigned cause; (cause = golden_access(machine, OP_STORE, va, &pa)) != CAUSE_NONE;) {
            os_verdict verdict = OS_VERDICT_DEAD;
            tw_status status = os_fault(system, cause, va, &verdict, error);
            if (status != TW_OK)
                return status;
            if (verdict == OS_VERDICT_DEAD && port.fails != 0)
                fail_msg("mode %u, write %u: expected an error, got a dead process", mode,
                         port.fails);
            if (verdict == OS_VERDICT_DEAD)
                return TW_OK;
        }
    }
    return TW_OK;
}

static os_process *spawn(os *system)
{
    os_process *process = NULL;
    assert_int_equal(os_spawn(system, &process, NULL), TW_OK);
    os_region region = {DATA, DATA + PAGES * OS_PAGE_BYTES, OS_R | OS_W};
    assert_int_equal(os_process_add_region(system, process, region, NULL), TW_OK);
    assert_int_equal(os_switch(system, process, NULL), TW_OK);
    return process;
}

/* True if the run came to its end before that many writes. */
static bool run_without(unsigned write)
{
    golden_machine *machine = golden_open_at(golden_first(mode));
    tw_error error = {0};
    os *system = open_system(machine, PAGES);
    size_t free_frames = os_frames_free(system->frames);
    os_process *process = spawn(system);
    port.fails = port.writes + write;
    tw_status status = store_to_all(machine, system, &error);
    bool over = status == TW_OK;
    if (!over && (status != TW_NO_MEMORY || strncmp(error.text, "write", 5) != 0))
        fail_msg("mode %u, write %u: expected 'write', got '%s'", mode, write, error.text);
    port.fails = 0;
    if (os_exit(system, &error) != TW_OK)
        fail_msg("mode %u, write %u: the process cannot end: %s", mode, write, error.text);
    assert_int_equal(process->state, OS_FINISHED);
    if (os_frames_free(system->frames) != free_frames)
        fail_msg("mode %u, write %u: expected %zu free frames in the end, got %zu", mode, write,
                 free_frames, os_frames_free(system->frames));
    os_close(system);
    free(machine);
    return over;
}

static void whichever_write_fails_the_run_ends_and_no_frame_is_lost(void **state)
{
    (void)state;
    unsigned write = 1;
    while (!run_without(write) && write < WRITES_MAX)
        write++;
    assert_in_range(write, 50, WRITES_MAX - 1);
}

static void a_process_whose_tables_cannot_be_made_leaves_nothing(void **state)
{
    (void)state;
    golden_machine *machine = golden_open_at(golden_first(mode));
    os *system = open_system(machine, PAGES);
    size_t free_frames = os_frames_free(system->frames);
    os_process *process = NULL;
    port.fails = port.writes + (mode == MODE_LINEAR ? 1000 : 1);
    if (mode == MODE_HASHED) /* has none of its own */
        assert_int_equal(os_spawn(system, &process, NULL), TW_OK);
    else
        assert_int_equal(os_spawn(system, &process, NULL), TW_NO_MEMORY);
    assert_int_equal(os_frames_free(system->frames), free_frames);
    os_close(system);
    free(machine);
}

static void a_process_whose_pages_the_swap_file_has_no_room_for_is_killed(void **state)
{
    (void)state;
    golden_machine *machine = golden_open_at(golden_first(mode));
    tw_error error = {0};
    os *system = open_system(machine, 1);
    size_t free_frames = os_frames_free(system->frames);
    const os_process *process = spawn(system);
    assert_int_equal(store_to_all(machine, system, &error), TW_OK);
    assert_int_equal(process->state, OS_KILLED);
    assert_int_equal(process->death.reason, OS_REASON_SWAP_FULL);
    assert_int_equal(os_audit(system, NULL), TW_OK);
    assert_int_equal(os_frames_free(system->frames), free_frames);
    os_close(system);
    free(machine);
}

int main(void)
{
    const struct CMUnitTest no_memory_tests[] = {
        cmocka_unit_test(whichever_write_fails_the_run_ends_and_no_frame_is_lost),
        cmocka_unit_test(a_process_whose_tables_cannot_be_made_leaves_nothing),
        cmocka_unit_test(a_process_whose_pages_the_swap_file_has_no_room_for_is_killed),
    };
    return golden_in_every_mode("no_memory", no_memory_tests,
                                sizeof no_memory_tests / sizeof *no_memory_tests, &mode);
}
