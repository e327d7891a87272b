/* Regions of a process, and the order in which processes run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tb/host_records.h"
#include "tb/os/kernel.h"
#include "tests/support/golden_port.h"

static const os_options small = {
    .mode = MODE_SV39, .first_frame = GOLDEN_FIRST, .frames = 64, .swap_slots = 8, .adue = true};

/* A process of no OS: regions need none. */
typedef struct lone {
    os_space space;
    os_process process;
    os_records records;
} lone;

static void make(lone *l)
{
    *l = (lone){.space.table.mode = MODE_SV39, .process.pid = 1, .records = host_records()};
    l->process.space = &l->space;
}

static tw_status add(lone *l, uint64_t start, uint64_t end, unsigned permissions)
{
    return os_region_add(&l->records, &l->process, (os_region){start, end, permissions}, NULL);
}

static void regions_are_found_by_every_address_in_them_and_no_other(void **state)
{
    (void)state;
    lone p;
    make(&p);
    assert_int_equal(add(&p, 0x5000, 0x7000, OS_R), TW_OK);
    assert_int_equal(add(&p, 0x1000, 0x2000, OS_X), TW_OK);
    assert_int_equal(add(&p, 0x7000, 0x8000, OS_W), TW_OK);
    assert_null(os_process_region(&p.process, 0xfff));
    assert_int_equal(os_process_region(&p.process, 0x1000)->permissions, OS_X);
    assert_int_equal(os_process_region(&p.process, 0x1fff)->permissions, OS_X);
    assert_null(os_process_region(&p.process, 0x2000));
    assert_int_equal(os_process_region(&p.process, 0x6fff)->permissions, OS_R);
    assert_int_equal(os_process_region(&p.process, 0x7000)->permissions, OS_R | OS_W);
    assert_null(os_process_region(&p.process, 0x8000));
    os_vmas_close(p.space.areas);
}

static void a_thousand_regions_agree_with_a_plain_list(void **state)
{
    (void)state;
    lone p;
    make(&p);
    bool used[2048] = {false};
    for (unsigned i = 0, n = 7; i < 1000; i++) {
        n = (n * 1103515245u + 12345u) & 0x7fffffff;
        unsigned page = n >> 8 & 2047;
        tw_status want = used[page] ? TW_USAGE : TW_OK;
        used[page] = true;
        assert_int_equal(add(&p, page * 4096ull, page * 4096ull + 4096, page & 7), want);
    }
    for (unsigned page = 0; page < 2048; page++)
        assert_int_equal(os_process_region(&p.process, page * 4096ull + 5) != NULL, used[page]);
    assert_int_equal(os_vmas_check(p.space.areas, NULL), TW_OK);
    os_vmas_close(p.space.areas);
}

static void touching_regions_of_equal_permissions_become_one(void **state)
{
    (void)state;
    lone p;
    make(&p);
    add(&p, 0x1000, 0x2000, OS_R);
    add(&p, 0x2000, 0x3000, OS_R);
    add(&p, 0x3000, 0x4000, OS_W);
    assert_int_equal(os_vmas_count(p.space.areas), 2);
    assert_int_equal(os_process_region(&p.process, 0x1000)->end, 0x3000);
    os_vmas_close(p.space.areas);
}

static void regions_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    lone p;
    make(&p);
    assert_int_equal(add(&p, 0x5000, 0x7000, OS_R), TW_OK);
    assert_int_equal(add(&p, 0x6000, 0x8000, OS_R), TW_USAGE);
    assert_int_equal(add(&p, 0x4000, 0x5001, OS_R), TW_USAGE);
    assert_int_equal(add(&p, 0x4000, 0x6000, OS_R), TW_USAGE);
    assert_int_equal(add(&p, 0x9000, 0x9000, OS_R), TW_USAGE);
    assert_int_equal(add(&p, 0x3ffffff000, 0x4000001000, OS_R), TW_USAGE); /* over the hole */
    assert_int_equal(add(&p, 0x1000, -UINT64_C(0x1000), OS_R), TW_USAGE);
    assert_int_equal(add(&p, 0x3ffffff000, 0x4000000000, OS_R), TW_OK);
    assert_int_equal(os_vmas_count(p.space.areas), 2);
    os_vmas_close(p.space.areas);
}

static void permissions_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    lone p;
    make(&p);
    for (unsigned permissions = 0; permissions < 64; permissions++) {
        const uint64_t start = (uint64_t)permissions * 0x2000;
        tw_status want = permissions < 8 ? TW_OK : TW_USAGE;
        assert_int_equal(add(&p, start, start + 0x1000, permissions), want);
    }
    assert_int_equal(os_vmas_count(p.space.areas), 8);
    os_vmas_close(p.space.areas);
}

/* No PTE has W without R. */
static void a_region_that_may_be_written_may_be_read(void **state)
{
    (void)state;
    golden_machine *machine = golden_open();
    os_port port = golden_port(machine);
    os *system = os_open(&port, &small, NULL);
    os_process *process;
    uint64_t pa;
    assert_int_equal(os_spawn(system, &process, NULL), TW_OK);
    assert_int_equal(
        os_process_add_region(system, process, (os_region){0x1000, 0x2000, OS_W}, NULL), TW_OK);
    assert_int_equal(os_switch(system, process, NULL), TW_OK);
    assert_true(golden_run(machine, system, OP_STORE, 0x1000, &pa));
    assert_true(golden_run(machine, system, OP_LOAD, 0x1000, &pa));
    os_close(system);
    free(machine);
}

static void processes_take_turns_in_the_order_of_their_birth(void **state)
{
    (void)state;
    golden_machine *machine = golden_open();
    os_port port = golden_port(machine);
    os *system = os_open(&port, &small, NULL);
    os_process *p[3];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(os_spawn(system, &p[i], NULL), TW_OK);
        assert_int_equal(p[i]->space->asid, i + 1);
    }
    assert_ptr_equal(os_next(system, NULL), p[0]);
    assert_ptr_equal(os_next(system, p[0]), p[1]);
    assert_ptr_equal(os_next(system, p[2]), p[0]);
    os_switch(system, p[1], NULL);
    assert_int_equal(satp_asid(machine->satp), 2);
    assert_int_equal(satp_ppn(machine->satp), p[1]->space->table.root);
    os_exit(system, NULL);
    assert_ptr_equal(os_next(system, p[0]), p[2]);
    os_close(system);
    free(machine);
}

static void zones_and_paths_are_asked_for_at_opening_and_not_kept(void **state)
{
    (void)state;
    golden_machine *machine = golden_open();
    os_port port = golden_port(machine);
    char path[] = "/tmp/test_process-XXXXXX";
    zones_setup setup = zones_usual(64);
    setup.base = (uint64_t)GOLDEN_FIRST << PAGE_SHIFT;
    setup.node[0].first = GOLDEN_FIRST;
    close(mkstemp(path));
    os_options options = small;
    options.swap_path = path;
    options.zones = &setup;
    os *system = os_open(&port, &options, NULL);
    unlink(path);
    assert_non_null(system);
    assert_null(system->options.zones);
    assert_null(system->options.swap_path);
    os_close(system);
    free(machine);
}

static tw_status with_prefetch(void *context, unsigned offset, uint64_t *value, tw_error *error)
{
    (void)context, (void)error;
    assert_int_equal(offset, REG_CAPABILITIES);
    *value = TW_PUT(CAPABILITIES, PREFETCH, 1);
    return TW_OK;
}

static tw_status without_prefetch(void *context, unsigned offset, uint64_t *value, tw_error *error)
{
    (void)context, (void)error;
    assert_int_equal(offset, REG_CAPABILITIES);
    *value = ~TW_PUT(CAPABILITIES, PREFETCH, 1);
    return TW_OK;
}

static void prefetch_is_turned_on_at_boot_where_it_is_built(void **state)
{
    (void)state;
    for (unsigned built = 0; built <= 1; built++) {
        golden_machine *machine = golden_open();
        os_port port = golden_port(machine);
        port.register_read = built ? with_prefetch : without_prefetch;
        os *system = os_open(&port, &small, NULL);
        assert_non_null(system);
        assert_int_equal(machine->control,
                         TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, built));
        os_close(system);
        free(machine);
    }
}

int main(void)
{
    const struct CMUnitTest process[] = {
        cmocka_unit_test(regions_are_found_by_every_address_in_them_and_no_other),
        cmocka_unit_test(a_thousand_regions_agree_with_a_plain_list),
        cmocka_unit_test(touching_regions_of_equal_permissions_become_one),
        cmocka_unit_test(regions_that_make_no_sense_are_refused),
        cmocka_unit_test(permissions_that_do_not_exist_are_refused),
        cmocka_unit_test(a_region_that_may_be_written_may_be_read),
        cmocka_unit_test(processes_take_turns_in_the_order_of_their_birth),
        cmocka_unit_test(zones_and_paths_are_asked_for_at_opening_and_not_kept),
        cmocka_unit_test(prefetch_is_turned_on_at_boot_where_it_is_built),
    };
    return cmocka_run_group_tests(process, NULL, NULL);
}
