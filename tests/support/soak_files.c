/* soak_files.c: files and shared memory of a soak; each system has its own. */
#include "tests/support/soak_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_PAGES = 48, SHARED_PAGES = 24 };

static tw_status open_one(soak *s, soak_file *file, tw_error *error)
{
    return file->path[0] != '\0' ? user_file(s->u, file->path, file->writable, &file->object, error)
                                 : user_shared(s->u, "shared", SHARED_PAGES, &file->object, error);
}

static tw_status write_file(soak *s, const soak_file *file, tw_error *error)
{
    FILE *to = fopen(file->path, "wb");
    for (uint64_t i = 0; to != NULL && i < file->bytes; i++)
        putc((int)(random_next(&s->random) & 0xff), to);
    if (to == NULL || fclose(to) != 0)
        return tw_fail(error, TW_IO, "%s: %s", file->path, strerror(errno));
    return TW_OK;
}

tw_status soak_make_files(soak *s, tw_error *error)
{
    const char *parent = getenv("TMPDIR");
    tw_status status = TW_OK;
    snprintf(s->directory, sizeof s->directory, "%.30s/soak-XXXXXX",
             parent != NULL ? parent : "/tmp");
    if (mkdtemp(s->directory) == NULL)
        return tw_fail(error, TW_IO, "%s: %s", s->directory, strerror(errno));
    for (unsigned i = 0; status == TW_OK && i < SOAK_FILES; i++) {
        soak_file *file = &s->file[i];
        file->most = (uint64_t)(i < SOAK_SHARED ? FILE_PAGES : SHARED_PAGES) * PAGE;
        file->bytes = file->most;
        file->writable = i != SOAK_IMAGE;
        if (i == SOAK_IMAGE)
            file->bytes = file->most = (uint64_t)IMAGE_PAGES * PAGE - 100;
        if (i == SOAK_DATA)
            file->bytes -= 1 + soak_below(s, 3 * PAGE);
        if (i < SOAK_SHARED) {
            snprintf(file->path, sizeof file->path, "%.50s/%u", s->directory, i);
            status = write_file(s, file, error);
        }
        if (status == TW_OK)
            status = open_one(s, file, error);
    }
    return status;
}

void soak_remove_files(soak *s)
{
    for (unsigned i = 0; i < SOAK_SHARED; i++)
        if (s->file[i].path[0] != '\0')
            unlink(s->file[i].path);
    if (s->directory[0] != '\0')
        rmdir(s->directory);
}

tw_status soak_truncate(soak *s, tw_error *error)
{
    tw_error why = {0};
    soak_file *file = &s->file[SOAK_DATA + soak_below(s, 2)];
    uint64_t bytes = 1 + soak_below(s, file->most);
    if (soak_percent(s, 40))
        bytes = file->most;
    tw_status got = user_truncate(s->u, file->path, bytes, &why);
    if (got == TW_OK)
        file->bytes = bytes;
    return soak_judge(s, SOAK_TRUNCATE, 0, (uint64_t)(file - s->file), bytes, MAY_DO, got, &why,
                      error);
}

/* Whoever has mapped it has it still; of shared memory there is another one then. */
tw_status soak_reopen(soak *s, tw_error *error)
{
    tw_error why = {0};
    soak_file *file = &s->file[soak_below(s, SOAK_FILES)];
    tw_status got = user_close(s->u, file->object, &why);
    if (got == TW_OK)
        got = open_one(s, file, &why);
    return soak_judge(s, SOAK_REOPEN, 0, (uint64_t)(file - s->file), 0, MAY_DO, got, &why, error);
}
