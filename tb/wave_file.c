/* wave_file.c: an FST file is a row of blocks: one byte of type, eight of length (big-endian,
 * counting themselves but not the type). A complete one ends where its last block ends, and has no
 * block of type 255, which is what the writer leaves where it has not finished. */
#include "tb/wave_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PROBE_BYTES = 65536, BLOCK_HEADER = 0, BLOCK_GEOMETRY = 3, BLOCK_UNFINISHED = 255 };

/* Writes PROBE_BYTES to `file` and closes it: true, or false with errno. */
static bool write_probe(FILE *file)
{
    static const char zeros[PROBE_BYTES];
    if (file == NULL)
        return false;
    bool written = fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros && fflush(file) == 0;
    int why = errno;
    bool closed = fclose(file) == 0;
    if (!written)
        errno = why;
    return written && closed;
}

tw_status wave_file_prepare(const char *path, tw_error *error)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return tw_fail(error, TW_IO, "%s is no ordinary file: name one for the waveform", path);
    FILE *file = fopen(path, "wb");
    if (!write_probe(file)) {
        int why = errno;
        if (file != NULL)
            remove(path);
        return tw_fail(error, TW_IO, "cannot write the waveform %s: %s", path, strerror(why));
    }
    if (!write_probe(tmpfile()))
        return tw_fail(error, TW_IO, "cannot write the temporary files of the waveform %s: %s",
                       path, strerror(errno));
    return TW_OK;
}

/* Reads one block's type and length and goes to the next block. False at the end or on a cut
 * block. */
static bool next_block(FILE *file, uint64_t left, unsigned *type, uint64_t *bytes)
{
    unsigned char head[9];
    if (left < sizeof head || fread(head, 1, sizeof head, file) != sizeof head)
        return false;
    uint64_t length = 0;
    for (size_t i = 1; i < sizeof head; i++)
        length = length << 8 | head[i];
    if (length < 8 || length > left - 1)
        return false;
    *type = head[0];
    *bytes = length + 1;
    return fseeko(file, (off_t)(length - 8), SEEK_CUR) == 0;
}

static bool complete(FILE *file, uint64_t size)
{
    bool geometry = false, header = false;
    uint64_t left = size;
    while (left > 0) {
        unsigned type = BLOCK_UNFINISHED;
        uint64_t bytes = 0;
        if (!next_block(file, left, &type, &bytes) || type == BLOCK_UNFINISHED)
            return false;
        header |= type == BLOCK_HEADER;
        geometry |= type == BLOCK_GEOMETRY;
        left -= bytes;
    }
    return header && geometry;
}

tw_status wave_file_check(const char *path, tw_error *error)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        int why = errno;
        if (file != NULL)
            fclose(file);
        return tw_fail(error, TW_IO, "the waveform %s was not written: %s", path, strerror(why));
    }
    bool whole = complete(file, (uint64_t)status.st_size);
    fclose(file);
    return whole ? TW_OK
                 : tw_fail(
                       error, TW_IO,
                       "the waveform %s is incomplete: is the disk full? Free space, or narrow it "
                       "with --wave-from and --wave-to",
                       path);
}
