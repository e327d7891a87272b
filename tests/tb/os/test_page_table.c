/* Page tables: what the OS builds is what the golden model walks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/page_table.h"
#include "tests/support/golden_port.h"

static const unsigned MODE[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_LINEAR};

enum { MODES = sizeof MODE / sizeof *MODE };

static uint64_t next_ppn;

/* The address of the PTE of `va`, after making the tables that are missing. */
static uint64_t reach(const os_port *port, const os_table *table, uint64_t va, unsigned *made)
{
    uint64_t address = 0;
    for (*made = 0;; ++*made) {
        assert_int_equal(os_table_find(port, table, va, &address, NULL), TW_OK);
        if (address != 0)
            return address;
        assert_int_equal(os_table_extend(port, table, va, next_ppn++, NULL), TW_OK);
    }
}

static os_table new_table(unsigned mode)
{
    next_ppn = GOLDEN_FIRST + os_table_frames(mode);
    return (os_table){mode, GOLDEN_FIRST};
}

static void a_page_mapped_by_the_os_translates_in_every_mode(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODES; i++) {
        golden_machine *machine = golden_open();
        os_port port = golden_port(machine);
        os_table table = new_table(MODE[i]);
        uint64_t top = UINT64_C(1) << (level_size(MODE[i], mode_levels(MODE[i])) - 1);
        uint64_t canonical = mode_narrow(MODE[i]) ? UINT32_MAX : UINT64_MAX;
        const uint64_t va[] = {0x1234000, top - 0x1000, -top & canonical,
                               -UINT64_C(0x1000) & canonical};
        for (size_t k = 0; k < 4; k++) {
            unsigned made;
            uint64_t address = reach(&port, &table, va[k], &made), pa = 0;
            os_pte_write(&port, &table, address, os_pte_leaf(0x4000 + k, OS_R), NULL);
            machine->satp = (uint64_t)MODE[i] << 60 | table.root;
            machine->control = 1;
            assert_int_equal(golden_access(machine, OP_LOAD, va[k] + 0x678, &pa), CAUSE_NONE);
            assert_int_equal(pa, (0x4000 + k) << 12 | 0x678);
        }
        free(machine);
    }
}

static void neighbours_share_their_tables(void **state)
{
    (void)state;
    golden_machine *machine = golden_open();
    os_port port = golden_port(machine);
    os_table table = new_table(MODE_SV39);
    unsigned made;
    uint64_t a = reach(&port, &table, 0x40200000, &made);
    assert_int_equal(made, 2);
    uint64_t b = reach(&port, &table, 0x40201000, &made);
    assert_int_equal(made, 0);
    assert_int_equal(b, a + 8);
    reach(&port, &table, 0x40400000, &made);
    assert_int_equal(made, 1);
    free(machine);
}

static void permissions_become_pte_bits(void **state)
{
    (void)state;
    assert_int_equal(os_pte_leaf(1, OS_R), 1 << 10 | 0x13);
    assert_int_equal(os_pte_leaf(1, OS_R | OS_W), 1 << 10 | 0x17);
    assert_int_equal(os_pte_leaf(1, OS_R | OS_X), 1 << 10 | 0x1b);
}

static void a_pte_of_four_bytes_holds_the_last_frame(void **state)
{
    (void)state;
    uint64_t frame = os_frames_max(MODE_LINEAR) - 1;
    assert_int_equal(pte_ppn((uint32_t)os_pte_leaf(frame, OS_R)), frame);
    assert_int_not_equal(pte_ppn((uint32_t)os_pte_leaf(frame + 1, OS_R)), frame + 1);
}

static void set_dirty(golden_machine *machine, uint64_t address)
{
    *golden_word(machine, address) |= 1u << PTE_D;
}

static void an_update_keeps_what_the_hardware_set_meanwhile(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODES; i++) {
        golden_machine *machine = golden_open();
        os_port port = golden_port(machine);
        os_table table = new_table(MODE[i]);
        uint64_t address = (uint64_t)GOLDEN_FIRST << 12, before = 0;
        *golden_word(machine, address) = 0x57; /* V R W U A, D not yet */
        machine->race = set_dirty;
        assert_int_equal(os_pte_update(&port, &table, address, 1u << PTE_V, 0, &before, NULL),
                         TW_OK);
        assert_int_equal(before, 0xd7);
        assert_int_equal(*golden_word(machine, address), 0xd6);
        free(machine);
    }
}

static void set_dirty_beside(golden_machine *machine, uint64_t address)
{
    *golden_word(machine, address) |= UINT64_C(1) << (PTE_D + 32);
}

static void an_update_of_four_bytes_keeps_what_the_hardware_does_to_the_neighbour(void **state)
{
    (void)state;
    const unsigned narrow[] = {MODE_SV32, MODE_LINEAR};
    for (size_t i = 0; i < 2; i++) {
        golden_machine *machine = golden_open();
        os_port port = golden_port(machine);
        os_table table = new_table(narrow[i]);
        uint64_t address = (uint64_t)GOLDEN_FIRST << 12, before = 0;
        *golden_word(machine, address) = 0x0000005700000057;
        machine->race = set_dirty_beside;
        os_pte_update(&port, &table, address, 1u << PTE_V, 0, &before, NULL);
        assert_int_equal(before, 0x57);
        assert_int_equal(*golden_word(machine, address), 0x000000d700000056);
        os_pte_write(&port, &table, address + 4, 0, NULL);
        assert_int_equal(*golden_word(machine, address), 0x56);
        free(machine);
    }
}

typedef struct census {
    unsigned tables;
    uint64_t last, sum;
} census;

static tw_status count_table(void *context, uint64_t ppn, tw_error *error)
{
    census *seen = context;
    (void)error;
    seen->tables++;
    seen->last = ppn;
    seen->sum += ppn;
    return TW_OK;
}

static void a_visit_sees_every_table_once_and_the_root_last(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        golden_machine *machine = golden_open();
        os_port port = golden_port(machine);
        os_table table = new_table(MODE[m]);
        const uint64_t va[] = {0, 0x1000, 0x200000, 0x40000000, 0xfffff000};
        uint64_t sum = table.root, begin = next_ppn;
        for (size_t i = 0; i < 5; i++) {
            unsigned made;
            uint64_t address = reach(&port, &table, va[i], &made);
            os_pte_write(&port, &table, address, os_pte_leaf(i, OS_R), NULL);
        }
        for (uint64_t ppn = begin; ppn < next_ppn; ppn++)
            sum += ppn;
        census seen = {0};
        assert_int_equal(os_table_visit(&port, &table, count_table, &seen, NULL), TW_OK);
        assert_int_equal(seen.tables, next_ppn - begin + 1);
        assert_int_equal(seen.sum, sum);
        assert_int_equal(seen.last, table.root);
        free(machine);
    }
}

int main(void)
{
    const struct CMUnitTest page_table[] = {
        cmocka_unit_test(a_page_mapped_by_the_os_translates_in_every_mode),
        cmocka_unit_test(neighbours_share_their_tables),
        cmocka_unit_test(permissions_become_pte_bits),
        cmocka_unit_test(a_pte_of_four_bytes_holds_the_last_frame),
        cmocka_unit_test(an_update_keeps_what_the_hardware_set_meanwhile),
        cmocka_unit_test(an_update_of_four_bytes_keeps_what_the_hardware_does_to_the_neighbour),
        cmocka_unit_test(a_visit_sees_every_table_once_and_the_root_last),
    };
    return cmocka_run_group_tests(page_table, NULL, NULL);
}
