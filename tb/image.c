/* image.c: one line is one word. */
#include "tb/image.h"

#include <inttypes.h>

#include "tb/tokens.h"

static tw_status read_word(tw_memory *memory, unsigned bytes, text_place at, const char *line,
                           tw_error *error)
{
    uint64_t address, value, last = (UINT64_C(1) << TW_PA_BITS) - bytes;
    uint64_t most = UINT64_MAX >> (64 - 8 * bytes);
    tokens words = tokens_of(at, line);
    if (words.length == 0 || line[0] == '#')
        return TW_OK;
    bool pair = tokens_pair(&words, 0, '=', &address, &value);
    if (!pair || address % bytes != 0 || address > last || value > most)
        return text_fail(at, error,
                         "expected ADDRESS=VALUE in hexadecimal, the address a multiple of %u up "
                         "to %" PRIx64 ", the value up to %" PRIx64 "; found '%.60s'",
                         bytes, last, most, line);
    tokens_next(&words);
    if (words.length != 0)
        return tokens_expected(&words, "one ADDRESS=VALUE a line", error);
    if (tw_memory_write(memory, address, bytes, value) != TW_OK)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the image");
    return TW_OK;
}

tw_memory *image_open(const char *path, unsigned bytes, tw_error *error)
{
    tw_memory_options options = {.latency_min = 1, .latency_max = 1};
    text_file *file = text_open(path, error);
    if (file == NULL)
        return NULL;
    tw_memory *memory = tw_memory_open(&options);
    tw_status status =
        memory != NULL ? TW_OK : tw_fail(error, TW_NO_MEMORY, "no memory for the image");
    for (const char *line = ""; status == TW_OK && line != NULL;) {
        status = text_next(file, &line, error);
        if (status == TW_OK && line != NULL)
            status = read_word(memory, bytes, text_where(file), line, error);
    }
    text_close(file);
    if (status == TW_OK)
        return memory;
    tw_memory_close(memory);
    return NULL;
}
