/* A file that is cut short under its mappings, a PTE that the walker cannot read, and a frame that
 * nobody can read: only who needs just that page dies or is told, and all else goes on. In every
 * mode. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { FRAMES = 16, PAGES = 4, MANY = 3 * FRAMES, TRIES = 8, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    call_bench *b;
    os_process *child;
    char path[BROKEN_PATH];
    uint64_t file, own; /* a file, shared; and private memory, which is not touched */
} fixture;

/* Two processes that share a file of four pages, and the first has written to all of it. */
static fixture start(void)
{
    fixture f = {.b = call_bench_open(mode, 2, call_bench_frames(mode, FRAMES), NULL)};
    os_object *file = bench_file(f.b, f.path, PAGES, true);
    f.file = bench_map_object(f.b, file, PAGES, RW, OS_VMA_SHARED);
    assert_int_equal(os_object_drop(f.b->system, file, NULL), TW_OK);
    f.own = bench_map(f.b, MANY, RW, 0);
    bench_store_all(f.b, f.file, PAGES, 100);
    f.child = bench_fork(f.b);
    return f;
}

static void stop(fixture *f)
{
    call_bench_close(f->b);
    unlink(f->path);
}

static off_t size_of(const fixture *f)
{
    struct stat status;
    assert_int_equal(stat(f->path, &status), 0);
    return status.st_size;
}

static void a_file_cut_short_kills_only_who_touches_what_is_gone(void **state)
{
    (void)state;
    fixture f = start();
    os *system = f.b->system;
    tw_error error = {0};
    size_t written = 0;
    bench_switch(f.b, f.child);
    bench_expect_all(f.b, f.file, PAGES, 100);
    assert_int_equal(truncate(f.path, (off_t)2 * OS_PAGE_BYTES), 0);
    bench_ok(os_drop_tables(system, &error), &error);
    assert_int_equal(bench_dies(f.b, OP_STORE, f.file + PAGE(3)), OS_REASON_BEYOND_FILE);
    bench_ok(os_audit(system, &error), &error);
    bench_switch(f.b, f.b->process);
    bench_expect_all(f.b, f.file, 2, 100);
    bench_ok(os_msync(system, f.b->process, f.file, PAGE(PAGES), &written, &error), &error);
    assert_int_equal(size_of(&f), 2 * OS_PAGE_BYTES); /* nothing makes it longer again */
    bench_store_all(f.b, f.own, MANY, 900);           /* frames of what is gone can be had */
    bench_expect_all(f.b, f.own, MANY, 900);
    bench_expect_all(f.b, f.file, 2, 100);
    stop(&f);
}

static void a_file_that_is_empty_by_now_can_be_unmapped_synced_and_closed(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    assert_int_equal(truncate(f.path, 0), 0);
    bench_store(f.b, f.file, 7); /* it is mapped: no fault tells */
    bench_ok(os_write_back(f.b->system, 0, NULL, &error), &error);
    bench_ok(os_write_back(f.b->system, 0, NULL, &error), &error);
    bench_ok(os_munmap(f.b->system, f.b->process, f.file, PAGE(PAGES), &error), &error);
    bench_ok(os_kill(f.b->system, f.child, &error), &error);
    assert_int_equal(size_of(&f), 0);
    stop(&f);
}

/* Where the PTE of a page stands. */
static uint64_t pte_of(const fixture *f, const os_process *process, uint64_t va)
{
    const os_table *table = &process->space->table;
    uint64_t address = 0;
    if (mode == MODE_HASHED)
        return os_hashed_entry(&f->b->system->hashed, (unsigned)bench_page(process, va)->ppn);
    assert_int_equal(os_table_find(&f->b->system->port, table, va, &address, NULL), TW_OK);
    return address;
}

static void a_pte_that_the_walker_cannot_read_kills_only_whose_it_is(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    bench_switch(f.b, f.child);
    const uint64_t last = f.file + PAGE(PAGES - 1);
    bench_load(f.b, last);
    f.b->machine->bus_error = pte_of(&f, f.child, last);
    bench_ok(os_fence(f.b->system, TW_FENCE_ALL, 0, 0, &error), &error);
    assert_int_equal(bench_dies(f.b, OP_LOAD, last), OS_REASON_ACCESS_FAULT);
    f.b->machine->bus_error = 0;
    bench_ok(os_audit(f.b->system, &error), &error);
    bench_switch(f.b, f.b->process);
    bench_expect_all(f.b, f.file, PAGES, 100);
    stop(&f);
}

/* ---- a frame ---------------------------------------------------------------------------------- */

/* Pages of this address cannot be read through the machine's port. */
static struct {
    os_port real;
    uint64_t address;
    unsigned refused;
} broken;

static tw_status read_page(void *context, uint64_t address, void *page, tw_error *error)
{
    if (address != broken.address)
        return broken.real.read_page(context, address, page, error);
    broken.refused++;
    return tw_fail(error, TW_TIMEOUT, "the bus does not give page %#llx",
                   (unsigned long long)address);
}

/* A store that is made again when the trap is refused. */
static void store(const fixture *f, uint64_t va, uint64_t value)
{
    uint64_t pa = 0;
    for (int tries = 0; tries < TRIES; tries++) {
        const unsigned cause = golden_access(f->b->machine, OP_STORE, va, &pa);
        os_verdict verdict = OS_VERDICT_RESUME;
        tw_error error = {0};
        if (cause == CAUSE_NONE) {
            *golden_word(f->b->machine, pa) = value;
            return;
        }
        if (os_fault(f->b->system, cause, va, &verdict, &error) != TW_OK) {
            assert_non_null(strstr(error.text, "the bus does not give page"));
            bench_ok(os_audit(f->b->system, &error), &error);
        }
        assert_int_equal(verdict, OS_VERDICT_RESUME);
    }
    fail_msg("mode %u: a store at %#llx still faults after %d repairs", mode,
             (unsigned long long)va, TRIES);
}

static void a_frame_that_cannot_be_read_keeps_its_page_and_others_go_on(void **state)
{
    (void)state;
    fixture f = start();
    store(&f, f.own, 900);
    const uint64_t ppn = bench_page(f.b->process, f.own)->ppn;
    broken.real = f.b->system->port;
    broken.address = ppn << PAGE_SHIFT;
    broken.refused = 0;
    f.b->system->port.read_page = read_page;
    for (uint64_t i = 1; i < MANY; i++)
        store(&f, f.own + PAGE(i), 900 + i);
    for (uint64_t i = 1; i < MANY; i++)
        store(&f, f.own + PAGE(i), 901 + i);
    assert_in_range(broken.refused, 1, UINT32_MAX);
    assert_int_equal(bench_page(f.b->process, f.own)->ppn, ppn);
    f.b->system->port.read_page = broken.real.read_page;
    assert_int_equal(bench_load(f.b, f.own), 900);
    for (uint64_t i = 1; i < MANY; i++)
        assert_int_equal(bench_load(f.b, f.own + PAGE(i)), 901 + i);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cut_short_kills_only_who_touches_what_is_gone),
        cmocka_unit_test(a_file_that_is_empty_by_now_can_be_unmapped_synced_and_closed),
        cmocka_unit_test(a_pte_that_the_walker_cannot_read_kills_only_whose_it_is),
        cmocka_unit_test(a_frame_that_cannot_be_read_keeps_its_page_and_others_go_on),
    };
    return golden_in_every_mode("inject_file", tests, sizeof tests / sizeof *tests, &mode);
}
