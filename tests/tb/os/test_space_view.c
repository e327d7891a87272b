/* What an address space is made of, as the hardware has it and as a person sees it: its table, its
 * ASID, its areas (Linux: mm_struct). */
#include <inttypes.h>
#include <string.h>

#include "tb/os/kernel.h"
#include "tests/support/call_bench.h"

static unsigned mode; /* of the tests that run */

static void satp_names_the_table_and_the_asid_of_the_space(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 2, 64, NULL);
    bench_map(b, 1, OS_R | OS_W, 0);
    os_process *other = bench_fork(b), *each[] = {b->process, other};
    for (size_t i = 0; i < 2; i++) {
        const os_space *space = each[i]->space;
        bench_switch(b, each[i]);
        assert_int_equal(satp_mode(b->machine->satp), mode);
        assert_int_equal(satp_asid(b->machine->satp), space->asid);
        if (mode != MODE_HASHED)
            assert_int_equal(satp_ppn(b->machine->satp), space->table.root);
    }
    assert_int_not_equal(b->process->space->asid, other->space->asid);
    if (mode != MODE_HASHED)
        assert_int_not_equal(b->process->space->table.root, other->space->table.root);
    call_bench_close(b);
}

static void the_areas_of_a_space_are_shown_as_linux_shows_them(void **state)
{
    (void)state;
    char text[400] = "", want[100];
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    uint64_t code = bench_map(b, 2, OS_R | OS_X, 0), data = bench_map(b, 3, OS_R | OS_W, 0);
    FILE *to = fmemopen(text, sizeof text, "w");
    assert_non_null(to);
    os_print_maps(b->system, b->process, to);
    fclose(to);
    snprintf(want, sizeof want, "%08" PRIx64 "-%08" PRIx64 " r-xp ", code, code + PAGE(2));
    assert_non_null(strstr(text, want));
    snprintf(want, sizeof want, "%08" PRIx64 "-%08" PRIx64 " rw-p ", data, data + PAGE(3));
    assert_non_null(strstr(text, want));
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest space_view[] = {
        cmocka_unit_test(satp_names_the_table_and_the_asid_of_the_space),
        cmocka_unit_test(the_areas_of_a_space_are_shown_as_linux_shows_them),
    };
    return golden_in_every_mode("space_view", space_view, sizeof space_view / sizeof *space_view,
                                &mode);
}
