/* test_text.c: lines out of files: plain, compressed, broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tb/text.h"

typedef struct fixture {
    char directory[32];
    char path[48]; /* the one file that a test makes */
} fixture;

static int make_directory(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->directory, "/tmp/tablewalk-text-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->path, sizeof f->path, "%s/file", f->directory);
    *state = f;
    return 0;
}

static int remove_directory(void **state)
{
    fixture *f = *state;
    unlink(f->path);
    rmdir(f->directory);
    free(f);
    return 0;
}

static void write_file(const fixture *f, const void *bytes, size_t count)
{
    FILE *file = fopen(f->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* Writes the bytes through one of libarchive's filters. */
static void compress_file(const fixture *f, int filter, const char *bytes, size_t count)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_write_set_format_raw(archive);
    assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(archive, f->path), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, bytes, count), count);
    archive_entry_free(entry);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

/* The next line is `want`; NULL: the end of the file. */
static void assert_line(text_file *file, const char *want)
{
    tw_error error = {.text = ""};
    const char *line;
    if (text_next(file, &line, &error) != TW_OK)
        fail_msg("%s", error.text);
    if (want == NULL)
        assert_null(line);
    else
        assert_string_equal(line, want);
}

static text_file *open_or_fail(const fixture *f)
{
    tw_error error;
    text_file *file = text_open(f->path, &error);
    if (file == NULL)
        fail_msg("%s", error.text);
    return file;
}

/* Reads to the error that must come, and checks its place and words. */
static void assert_breaks(const fixture *f, unsigned long place, const char *words)
{
    tw_error error = {.status = TW_OK};
    char prefix[80];
    const char *line = "";
    text_file *file = text_open(f->path, &error);
    if (place == 0)
        snprintf(prefix, sizeof prefix, "%s: ", f->path);
    else
        snprintf(prefix, sizeof prefix, "%s:%lu: ", f->path, place);
    while (file != NULL && line != NULL && text_next(file, &line, &error) == TW_OK)
        continue;
    text_close(file);
    assert_int_equal(error.status, TW_USAGE);
    assert_ptr_equal(strstr(error.text, prefix), error.text);
    assert_non_null(strstr(error.text, words));
    assert_null(strchr(error.text, '\n'));
}

static void lines_come_without_their_ends(void **state)
{
    const fixture *f = *state;
    static const char bytes[] = "one\ntwo \r\n\n\rfour\n last";
    write_file(f, bytes, sizeof bytes - 1);
    text_file *file = open_or_fail(f);
    assert_line(file, "one");
    assert_int_equal(text_where(file).line, 1);
    assert_line(file, "two ");
    assert_line(file, "");
    assert_line(file, "\rfour");
    assert_line(file, " last");
    assert_int_equal(text_where(file).line, 5);
    assert_string_equal(text_where(file).file, f->path);
    assert_line(file, NULL);
    assert_line(file, NULL);
    text_close(file);
}

static void an_empty_file_has_no_lines(void **state)
{
    const fixture *f = *state;
    write_file(f, "", 0);
    text_file *file = open_or_fail(f);
    assert_line(file, NULL);
    text_close(file);
}

static void lines_cross_the_borders_of_blocks(void **state)
{
    const fixture *f = *state;
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    for (int i = 0; i < 50000; i++)
        fprintf(out, "line %d\n", i);
    assert_int_equal(fclose(out), 0);
    text_file *file = open_or_fail(f);
    for (int i = 0; i < 50000; i++) {
        char want[32];
        snprintf(want, sizeof want, "line %d", i);
        assert_line(file, want);
    }
    assert_line(file, NULL);
    text_close(file);
}

static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                              ARCHIVE_FILTER_LZMA, ARCHIVE_FILTER_ZSTD,  ARCHIVE_FILTER_LZ4};
enum { FILTERS = sizeof filters / sizeof filters[0] };

static void compressed_files_read_like_plain_ones(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < FILTERS; i++) {
        compress_file(f, filters[i], "first\nsecond\n", 13);
        text_file *file = open_or_fail(f);
        assert_line(file, "first");
        assert_line(file, "second");
        assert_line(file, NULL);
        text_close(file);
    }
}

/* Text that does not compress well, so that half of a file is far from its end. */
static void fill(char *bytes, size_t count)
{
    uint32_t x = 1;
    for (size_t i = 0; i < count; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = i % 50 == 49 ? '\n' : (char)('!' + (x >> 24) % 90);
    }
}

static void a_truncated_file_is_an_error_and_not_an_early_end(void **state)
{
    const fixture *f = *state;
    static char bytes[300000];
    fill(bytes, sizeof bytes);
    for (size_t i = 0; i < FILTERS; i++) {
        struct stat about;
        tw_error error = {.status = TW_OK};
        const char *line = "";
        compress_file(f, filters[i], bytes, sizeof bytes);
        assert_int_equal(stat(f->path, &about), 0);
        assert_int_equal(truncate(f->path, about.st_size / 2), 0);
        text_file *file = text_open(f->path, &error);
        while (file != NULL && line != NULL && text_next(file, &line, &error) == TW_OK)
            continue;
        text_close(file);
        assert_int_equal(error.status, TW_USAGE);
        assert_non_null(strstr(error.text, "damaged or ends too early"));
    }
}

static void the_longest_line_is_read_and_a_longer_one_refused(void **state)
{
    const fixture *f = *state;
    static char bytes[TEXT_LINE_MAX + 4];
    memset(bytes, 'a', sizeof bytes);
    bytes[0] = '\n';
    bytes[TEXT_LINE_MAX + 1] = '\n';
    write_file(f, bytes, TEXT_LINE_MAX + 2);
    text_file *file = open_or_fail(f);
    const char *line;
    assert_line(file, "");
    assert_int_equal(text_next(file, &line, NULL), TW_OK);
    assert_int_equal(strlen(line), TEXT_LINE_MAX);
    text_close(file);
    bytes[TEXT_LINE_MAX + 1] = 'a';
    write_file(f, bytes, TEXT_LINE_MAX + 2);
    assert_breaks(f, 2, "at most 65535 bytes");
}

static void a_nul_byte_is_refused(void **state)
{
    const fixture *f = *state;
    write_file(f, "one\ntw\0o\n", 9);
    assert_breaks(f, 2, "NUL byte");
}

static void missing_files_and_directories_are_named(void **state)
{
    const fixture *f = *state;
    assert_breaks(f, 0, "No such file");
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_breaks(f, 0, "is a directory");
    assert_int_equal(rmdir(f->path), 0);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    text_close(NULL);
}

#define IN_A_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest text[] = {
        IN_A_DIRECTORY(lines_come_without_their_ends),
        IN_A_DIRECTORY(an_empty_file_has_no_lines),
        IN_A_DIRECTORY(lines_cross_the_borders_of_blocks),
        IN_A_DIRECTORY(compressed_files_read_like_plain_ones),
        IN_A_DIRECTORY(a_truncated_file_is_an_error_and_not_an_early_end),
        IN_A_DIRECTORY(the_longest_line_is_read_and_a_longer_one_refused),
        IN_A_DIRECTORY(a_nul_byte_is_refused),
        IN_A_DIRECTORY(missing_files_and_directories_are_named),
        cmocka_unit_test(closing_nothing_is_allowed),
    };
    return cmocka_run_group_tests_name("text", text, NULL, NULL);
}
