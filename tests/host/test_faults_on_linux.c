/*
 * The Linux kernel of this host as a witness: it counts the page faults that the small OS counts in
 * the same story (docs/curriculum.md, 1.2), by getrusage. Huge pages are off for what is mapped
 * here.
 *
 * A host that counts no faults (a sandbox may not), or has pages of another size, skips all; one
 * that keeps files in memory whatever it is asked skips what needs a cold file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <cmocka.h>

enum { PAGE = 4096, PAGES = 256, FEW = 64 };

typedef struct faults {
    long minor, major;
} faults;

/* What a story needs besides its own pages: a place to rehearse, so that the code, the stack and
 * whatever else a measurement touches is in memory when it counts. */
static volatile char *rehearsal;

/* ---- counting -------------------------------------------------------------------------------- */

static faults counted(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return (faults){usage.ru_minflt, usage.ru_majflt};
}

/* A sanitizer's own memory would be counted, too. */
__attribute__((no_sanitize("address", "undefined"))) static void touch(volatile char *at, int pages,
                                                                       bool store)
{
    for (int i = 0; i < pages; i++)
        if (store)
            at[(size_t)i * PAGE] = 1;
        else
            (void)at[(size_t)i * PAGE];
}

static faults measure_once(volatile char *at, int pages, bool store)
{
    faults before = counted();
    touch(at, pages, store);
    faults after = counted();
    return (faults){after.minor - before.minor, after.major - before.major};
}

/* Faults of a load from, or a store to, each page. */
static faults measure(volatile char *at, int pages, bool store)
{
    measure_once(rehearsal, 1, true);
    measure_once(rehearsal, 1, true);
    return measure_once(at, pages, store);
}

static void expect_faults(faults got, long minor, long major)
{
    print_message("minor %ld, major %ld\n", got.minor, got.major);
    if (got.minor != minor || got.major != major)
        fail_msg("expected %ld minor and %ld major faults, got %ld and %ld", minor, major,
                 got.minor, got.major);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static char *map(int flags, int file)
{
    int rights = file < 0 ? PROT_READ | PROT_WRITE : PROT_READ;
    char *at = mmap(NULL, (size_t)PAGES * PAGE, rights, MAP_PRIVATE | flags, file, 0);
    assert_true(at != MAP_FAILED);
    if (file < 0 && (flags & MAP_POPULATE) == 0)
        madvise(at, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE); /* refused: there are none */
    return at;
}

static void unmap(char *at)
{
    munmap(at, (size_t)PAGES * PAGE);
}

/* Skips the test that calls it where Linux is no witness. */
static void need_a_witness(void)
{
    char *at = map(MAP_ANONYMOUS, -1);
    bool counts = sysconf(_SC_PAGESIZE) == PAGE && measure(at, 1, true).minor == 1;
    unmap(at);
    if (!counts) {
        print_message("skipped: this host does not count faults of 4 KiB pages\n");
        skip();
    }
}

/* In the child: its faults when it stores to so many pages, sent to the parent. */
static faults measure_in_child(char *at, int pages)
{
    int pipes[2], status;
    faults got = {-1, -1};
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        got = measure(at, pages, true);
        _exit(write(pipes[1], &got, sizeof got) != sizeof got);
    }
    close(pipes[1]);
    assert_int_equal(read(pipes[0], &got, sizeof got), sizeof got);
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return got;
}

/* A file of PAGES pages without a name, written to the disk: /tmp may be in memory. */
static int open_file(void)
{
    static const char bytes[PAGE] = "a page";
    char path[] = "/var/tmp/linux-faults-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    unlink(path);
    for (int i = 0; i < PAGES; i++)
        assert_int_equal(write(file, bytes, sizeof bytes), sizeof bytes);
    fsync(file);
    return file;
}

/* Pages of the mapping that are in memory. */
static int in_memory(char *at)
{
    unsigned char here[PAGES];
    int count = 0;
    assert_int_equal(mincore(at, (size_t)PAGES * PAGE, here), 0);
    for (int i = 0; i < PAGES; i++)
        count += here[i] & 1;
    return count;
}

/* ---- the stories ----------------------------------------------------------------------------- */

static void reading_256_pages_and_then_storing_to_them_faults_256_times_each(void **state)
{
    (void)state;
    need_a_witness();
    char *at = map(MAP_ANONYMOUS, -1);
    expect_faults(measure(at, PAGES, false), PAGES, 0);
    expect_faults(measure(at, PAGES, true), PAGES, 0);
    expect_faults(measure(at, PAGES, true), 0, 0);
    unmap(at);
}

static void a_child_that_writes_64_of_256_pages_faults_64_times(void **state)
{
    (void)state;
    need_a_witness();
    char *at = map(MAP_ANONYMOUS, -1);
    touch(at, PAGES, true);
    expect_faults(measure_in_child(at, FEW), FEW, 0);
    unmap(at);
}

/* It copies nothing of the 192 that are its own again, and yet each faults, as none may be
 * written. */
static void the_parent_then_writes_256_pages_and_faults_256_times(void **state)
{
    (void)state;
    need_a_witness();
    char *at = map(MAP_ANONYMOUS, -1);
    touch(at, PAGES, true);
    measure_in_child(at, FEW);
    expect_faults(measure(at, PAGES, true), PAGES, 0);
    unmap(at);
}

static void populated_pages_do_not_fault(void **state)
{
    (void)state;
    need_a_witness();
    char *at = map(MAP_ANONYMOUS | MAP_POPULATE, -1);
    expect_faults(measure(at, PAGES, true), 0, 0);
    unmap(at);
}

/* Pages around a fault that are in memory are mapped with it, 16 at a time. */
static void a_file_in_memory_faults_once_for_16_pages(void **state)
{
    (void)state;
    need_a_witness();
    int file = open_file();
    char *at = map(0, file);
    faults got = measure(at, PAGES, false);
    print_message("minor %ld, major %ld\n", got.minor, got.major);
    assert_in_range(got.minor, 1, 17);
    assert_int_equal(got.major, 0);
    unmap(at);
    close(file);
}

static void a_cold_file_in_random_order_faults_256_times_with_io(void **state)
{
    (void)state;
    need_a_witness();
    int file = open_file();
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    char *at = map(0, file);
    madvise(at, (size_t)PAGES * PAGE, MADV_RANDOM);
    bool cold = in_memory(at) == 0;
    if (cold)
        expect_faults(measure(at, PAGES, false), 0, PAGES);
    unmap(at);
    close(file);
    if (!cold) {
        print_message("skipped: this host keeps the file in memory\n");
        skip();
    }
}

static int open_rehearsal(void **state)
{
    (void)state;
    rehearsal = map(MAP_ANONYMOUS, -1);
    return 0;
}

static int close_rehearsal(void **state)
{
    (void)state;
    return munmap((char *)rehearsal, (size_t)PAGES * PAGE);
}

int main(void)
{
    const struct CMUnitTest linux_faults[] = {
        cmocka_unit_test(reading_256_pages_and_then_storing_to_them_faults_256_times_each),
        cmocka_unit_test(a_child_that_writes_64_of_256_pages_faults_64_times),
        cmocka_unit_test(the_parent_then_writes_256_pages_and_faults_256_times),
        cmocka_unit_test(populated_pages_do_not_fault),
        cmocka_unit_test(a_file_in_memory_faults_once_for_16_pages),
        cmocka_unit_test(a_cold_file_in_random_order_faults_256_times_with_io),
    };
    return cmocka_run_group_tests_name("faults_on_linux", linux_faults, open_rehearsal,
                                       close_rehearsal);
}
