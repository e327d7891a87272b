/* broken_file.c: the open numbers of a file are found in /proc/self/fd. */
#include "tests/support/broken_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void file_make(char path[BROKEN_PATH], size_t pages)
{
    strcpy(path, "/tmp/tablewalk-test-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    for (size_t page = 0; page < pages; page++) {
        uint8_t bytes[4096];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(page * 7 + i);
        assert_int_equal(write(file, bytes, sizeof bytes), sizeof bytes);
    }
    close(file);
}

static bool is_file(int number, const struct stat *wanted)
{
    struct stat status;
    return fstat(number, &status) == 0 && status.st_ino == wanted->st_ino &&
           status.st_dev == wanted->st_dev;
}

static void open_all_as(const char *path, int flags)
{
    struct stat wanted;
    unsigned found = 0;
    assert_int_equal(stat(path, &wanted), 0);
    int as = open(path, flags | O_CLOEXEC);
    DIR *folder = opendir("/proc/self/fd");
    if (as < 0 || folder == NULL) {
        fail_msg("cannot open %s, or /proc/self/fd", path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        int number = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] == '.' || number == as || !is_file(number, &wanted))
            continue;
        assert_int_equal(dup2(as, number), number);
        found++;
    }
    closedir(folder);
    close(as);
    if (found == 0)
        fail_msg("nobody has %s open", path);
}

void file_refuse_reads(const char *path)
{
    open_all_as(path, O_WRONLY);
}

void file_refuse_writes(const char *path)
{
    open_all_as(path, O_RDONLY);
}

void file_mend(const char *path)
{
    open_all_as(path, O_RDWR);
}
