/* A kernel has no libc to allocate from: what the linker would have to find for the objects of the
 * OS has no allocator in it. Read by nm, so it is about what was compiled, not how it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glob.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const ALLOCATORS[] = {
    "malloc",        "calloc",    "realloc",        "reallocarray", "free",          "cfree",
    "aligned_alloc", "memalign",  "strdup",         "strndup",      "valloc",        "pvalloc",
    "tsearch",       "tdelete",   "tdestroy",       "hcreate",      "hsearch",       "asprintf",
    "getline",       "vasprintf", "posix_memalign", "getdelim",     "open_memstream"};

/* Headers may make another name of it: __getdelim of getline, __asprintf_chk of asprintf. */
static bool is_name_of(const char *symbol, const char *allocator)
{
    const size_t length = strlen(allocator);
    symbol += strspn(symbol, "_");
    return strncmp(symbol, allocator, length) == 0 &&
           (symbol[length] == '\0' || strcmp(symbol + length, "_chk") == 0);
}

static bool allocates(const char *symbol)
{
    for (size_t i = 0; i < sizeof ALLOCATORS / sizeof *ALLOCATORS; i++)
        if (is_name_of(symbol, ALLOCATORS[i]))
            return true;
    return false;
}

/* The object of a C file of the project; this program is BUILD/tests/tb/os/test_no_libc. */
static void object_of(const char *source, char *path, size_t size)
{
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    assert_true(length > 0);
    program[length] = '\0';
    char *end = strstr(program, "/tests/tb/os/");
    assert_non_null(end);
    *end = '\0';
    assert_true(snprintf(path, size, "%s/obj/%.*s.o", program, (int)strlen(source) - 2, source) <
                (int)size);
}

/* Appends the allocators that an object wants from elsewhere to *found; how many they are. Fails
 * the test if nm can't read the object or says nothing of it. */
static unsigned find_allocators(const char *object, char *found, size_t size)
{
    char command[5000], line[512], symbol[256];
    unsigned bad = 0, lines = 0;
    snprintf(command, sizeof command, "nm '%s' 2>&1", object);
    FILE *nm = popen(command, "r");
    assert_non_null(nm);
    for (; fgets(line, sizeof line, nm) != NULL; lines++) {
        if (sscanf(line, " U %255s", symbol) != 1 || !allocates(symbol))
            continue;
        const size_t length = strlen(found);
        snprintf(found + length, size - length, "\n  %s: %s", object, symbol);
        bad++;
    }
    if (pclose(nm) != 0 || lines == 0)
        fail_msg("nm of %s tells nothing: %s", object, line);
    return bad;
}

static void no_object_of_the_os_takes_memory_from_libc(void **state)
{
    (void)state;
    char object[4200], found[8192] = "";
    unsigned bad = 0;
    glob_t sources = {0};
    assert_int_equal(glob("tb/os/*.c", 0, NULL, &sources), 0);
    for (size_t i = 0; i < sources.gl_pathc; i++) {
        object_of(sources.gl_pathv[i], object, sizeof object);
        bad += find_allocators(object, found, sizeof found);
    }
    globfree(&sources);
    if (bad > 0)
        fail_msg("the OS takes records from os_records alone, but %u symbols are others':%s", bad,
                 found);
}

/* Else the test above would be one that cannot fail. */
static void the_allocators_of_what_may_have_them_are_found(void **state)
{
    (void)state;
    char object[4200], found[8192] = "";
    object_of("tb/host_records.c", object, sizeof object);
    assert_int_equal(find_allocators(object, found, sizeof found), 2);
    assert_non_null(strstr(found, ": calloc"));
    assert_non_null(strstr(found, ": free"));
}

int main(void)
{
    const struct CMUnitTest no_libc_tests[] = {
        cmocka_unit_test(no_object_of_the_os_takes_memory_from_libc),
        cmocka_unit_test(the_allocators_of_what_may_have_them_are_found)};
    return cmocka_run_group_tests(no_libc_tests, NULL, NULL) != 0;
}
