/*
 * broken_file.h: a host file that refuses to be read, or written, for whoever has it open: each
 * open number of this process is made one that only writes, or only reads.
 */
#ifndef TESTS_SUPPORT_BROKEN_FILE_H
#define TESTS_SUPPORT_BROKEN_FILE_H

#include <stddef.h>

enum { BROKEN_PATH = 64 };

/* Makes a file of so many pages in /tmp; byte i of page p is p * 7 + i. `path` becomes its name;
 * the caller unlinks it. */
void file_make(char path[BROKEN_PATH], size_t pages);

/* Fails the test if nobody has the file open. file_mend lets all read and write. */
void file_refuse_reads(const char *path);
void file_refuse_writes(const char *path);
void file_mend(const char *path);

#endif
