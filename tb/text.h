/*
 * text.h: a text file, line by line, plain or compressed (gzip, bzip2, xz, lzma, zstd, lz4), told
 * apart by content. Vectors and traces are read through it alone, so bad files get the same errors
 * everywhere.
 */
#ifndef TB_TEXT_H
#define TB_TEXT_H

#include "tablewalk/error.h"

enum { TEXT_LINE_MAX = 65535 }; /* bytes of a line without its end */

typedef struct text_file text_file;

/* Where a line stands, for messages. */
typedef struct text_place {
    const char *file;
    unsigned long line; /* from 1; 0 for the file as a whole */
} text_place;

/* Opens a file for one pass. NULL with a sentence in *error (TW_USAGE) if it is missing, a
 * directory, unreadable, or damaged from the first byte on; TW_NO_MEMORY if memory is out. */
text_file *text_open(const char *path, tw_error *error);
void text_close(text_file *file); /* NULL is allowed */

/* TW_OK and the next line without its LF or CRLF, or NULL at the end of the file. The line is
 * borrowed until the next call. TW_USAGE for a line longer than TEXT_LINE_MAX, a NUL byte, or a
 * damaged or truncated file; after that only text_close makes sense. */
tw_status text_next(text_file *file, const char **line, tw_error *error);

/* The place of the line that text_next gave last. The file name lives as long as the text. */
text_place text_where(const text_file *file);

/* Stores TW_USAGE and "FILE:LINE: ..." in *error and returns TW_USAGE. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
tw_status
text_fail(text_place at, tw_error *error, const char *format, ...);

#endif
