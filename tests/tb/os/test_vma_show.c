/* Areas: the dump, and that the check finds what is broken. Run from the top of the project. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/host_records.h"
#include "tb/os/vma_inside.h"
#include "tests/support/vma_bench.h"

/* ---- the dump -------------------------------------------------------------------------------- */

enum { LINES_MAX = 32, TEXT_MAX = 4096 };

/* A file for each line, as neighbours there can differ in what a line does not show. */
typedef struct file {
    os_file_identity identity;
    char name[100];
} file;

static void nothing(void *f)
{
    (void)f;
}

static os_file_identity identify(const void *f)
{
    return ((const file *)f)->identity;
}

/* Maps what the line says. */
static void map_line(os_vmas *areas, const char *line, file *f)
{
    char p[5] = "";
    os_vma area = {0};
    os_file_identity *i = &f->identity;
    int words =
        sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %99s", &area.start,
               &area.end, p, &area.offset, &i->major, &i->minor, &i->inode, f->name);
    assert_true(words >= 7);
    i->name = f->name;
    area.permissions =
        (p[0] == 'r' ? OS_R : 0u) | (p[1] == 'w' ? OS_W : 0u) | (p[2] == 'x' ? OS_X : 0u);
    if (strcmp(f->name, "[stack]") == 0)
        area.flags = OS_VMA_GROWS_DOWN;
    else if (strcmp(f->name, "[heap]") == 0)
        assert_true(os_vmas_heap(areas, area.start, NULL) == TW_OK &&
                    os_vmas_brk(areas, area.end, NULL, NULL) == TW_OK);
    else if (words == 8)
        area.file = f;
    map(areas, area);
}

static void the_areas_of_cat_are_printed_as_linux_printed_them(void **state)
{
    (void)state;
    static const os_vma_files files = {nothing, nothing, identify};
    os_vmas_options all = {.high = -(uint64_t)OS_PAGE_BYTES, .limit = 100, .files = &files};
    const os_records records = host_records();
    os_vmas *areas = os_vmas_open(&records, &all, NULL);
    static file f[LINES_MAX];
    static char want[TEXT_MAX], got[TEXT_MAX], line[200];
    FILE *maps = fopen("tests/traces/maps/cat.txt", "r"), *to = fmemopen(got, sizeof got, "w");
    assert_true(maps != NULL && to != NULL);
    size_t lines = 0;
    for (; lines < LINES_MAX && fgets(line, sizeof line, maps) != NULL; lines++) {
        strcat(want, line);
        map_line(areas, line, &f[lines]);
    }
    os_vmas_print(areas, to);
    fclose(to);
    fclose(maps);
    assert_string_equal(got, want);
    close_checked(areas, lines);
}

static void a_shared_area_that_nobody_may_touch_is_three_dashes_and_s(void **state)
{
    (void)state;
    char got[100];
    os_vmas *areas = vmas_open(NULL);
    map(areas, (os_vma){page_at(1), page_at(2), 0, OS_VMA_SHARED, NULL, 0});
    FILE *to = fmemopen(got, sizeof got, "w");
    os_vmas_print(areas, to);
    fclose(to);
    assert_string_equal(got, "00001000-00002000 ---s 00000000 00:00 0 \n");
    close_checked(areas, 1);
}

/* ---- the check ------------------------------------------------------------------------------- */

/* Seven areas: three full levels, the lowest red. */
static os_vmas *seven(void)
{
    os_vmas *areas = vmas_open(NULL);
    for (unsigned i = 1; i <= 7; i++)
        map(areas, anonymous(10 * i, 10 * i + 1, OS_R));
    return areas;
}

static void expect_broken(os_vmas *areas, const char *rule)
{
    tw_error error = {0};
    assert_int_equal(os_vmas_check(areas, &error), TW_MISMATCH);
    if (strstr(error.text, rule) == NULL)
        fail_msg("expected \"%s\", got \"%s\"", rule, error.text);
}

static void what_is_broken_is_found(void **state)
{
    (void)state;
    os_vmas *areas = seven();
    assert_int_equal(os_vmas_check(areas, NULL), TW_OK);
    vma_node *first = vma_first(areas), *next = vma_next(first), *root = RB_ROOT(&areas->tree);
    const vma_node good = *first;

    first->area.start++;
    expect_broken(areas, "is not page-aligned");
    first->area.start = 0;
    expect_broken(areas, "is outside the address space");
    first->area = good.area;
    vma_set_end(first, next->area.start + OS_PAGE_BYTES);
    expect_broken(areas, "overlaps the next");
    vma_set_end(first, next->area.start);
    expect_broken(areas, "are alike, and should be one");
    vma_set_end(first, good.area.start);
    expect_broken(areas, "is empty");
    vma_set_end(first, good.area.end);
    assert_int_equal(os_vmas_check(areas, NULL), TW_OK);

    root->gap++;
    expect_broken(areas, "largest gap of its subtree");
    root->gap--;
    RB_COLOR(first, link) = RB_RED + RB_BLACK - RB_COLOR(first, link);
    expect_broken(areas, "different numbers of black nodes");
    RB_COLOR(first, link) = good.link.rbe_color;
    areas->count++;
    expect_broken(areas, "7 areas, counted as 8");
    areas->count--;
    close_checked(areas, 7);
}

static void a_red_area_with_a_red_child_is_found(void **state)
{
    (void)state;
    os_vmas *areas = vmas_open(NULL);
    for (unsigned i = 1; i <= 4; i++)
        map(areas, anonymous(10 * i, 10 * i + 1, OS_R));
    vma_node *root = RB_ROOT(&areas->tree), *parent = RB_RIGHT(root, link);
    assert_int_equal(RB_COLOR(RB_RIGHT(parent, link), link), RB_RED);
    RB_COLOR(parent, link) = RB_RED;
    expect_broken(areas, "is red and has a red child");
    RB_COLOR(parent, link) = RB_BLACK;
    RB_COLOR(RB_LEFT(root, link), link) = RB_RED;
    expect_broken(areas, "has paths with different numbers of black nodes");
    RB_COLOR(RB_LEFT(root, link), link) = RB_BLACK;
    close_checked(areas, 4);
}

int main(void)
{
    const struct CMUnitTest show[] = {
        cmocka_unit_test(the_areas_of_cat_are_printed_as_linux_printed_them),
        cmocka_unit_test(a_shared_area_that_nobody_may_touch_is_three_dashes_and_s),
        cmocka_unit_test(what_is_broken_is_found),
        cmocka_unit_test(a_red_area_with_a_red_child_is_found),
    };
    return cmocka_run_group_tests(show, NULL, NULL);
}
