/* files.c: the folder of a script's own, and what is put there: files, programs, and the
 * swap file. It is gone when the script has ended. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

static tw_status refused(const char *what, const char *path, tw_error *error)
{
    return tw_fail(error, TW_IO, "%s %.100s: %s", what, path, strerror(errno));
}

static tw_status make_folder(script_world *w, tw_error *error)
{
    const char *where = getenv("TMPDIR");
    if (w->folder[0] != '\0')
        return TW_OK;
    int length = snprintf(w->folder, sizeof w->folder, "%s/tablewalk-script-XXXXXX",
                          where != NULL && where[0] != '\0' ? where : "/tmp");
    if (length + SCRIPT_NAME_BYTES < SCRIPT_PATH_MAX && mkdtemp(w->folder) != NULL)
        return TW_OK;
    w->folder[0] = '\0';
    return refused("cannot make a folder in", where != NULL ? where : "/tmp", error);
}

tw_status script_path(script_world *w, const char *name, char path[SCRIPT_PATH_MAX],
                      tw_error *error)
{
    tw_status status = make_folder(w, error);
    if (status != TW_OK)
        return status;
    size_t length = strlen(w->folder);
    memcpy(path, w->folder, length);
    path[length] = '/';
    snprintf(path + length + 1, SCRIPT_PATH_MAX - length - 1, "%.40s", name);
    return TW_OK;
}

void script_folder_remove(const script_world *w)
{
    DIR *folder = w->folder[0] != '\0' ? opendir(w->folder) : NULL;
    if (folder == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(w->folder);
}

/* A file of so many bytes, of which the word at byte n holds n, or zeros. */
static tw_status make(const char *path, uint64_t bytes, bool zeros, tw_error *error)
{
    FILE *to = fopen(path, "wbe");
    if (to == NULL)
        return refused("cannot make", path, error);
    for (uint64_t at = 0; at < bytes; at += 8) {
        uint8_t word[8];
        for (unsigned i = 0; i < 8; i++)
            word[i] = (uint8_t)(zeros ? 0 : at >> 8 * i);
        fwrite(word, 1, bytes - at < 8 ? bytes - at : 8, to);
    }
    bool failed = ferror(to) != 0;
    return fclose(to) == 0 && !failed ? TW_OK : refused("cannot write", path, error);
}

static tw_status copy(const char *from, const char *path, tw_error *error)
{
    char block[4096];
    FILE *in = fopen(from, "rbe"), *to = in != NULL ? fopen(path, "wbe") : NULL;
    bool failed = to == NULL;
    for (size_t n; !failed && (n = fread(block, 1, sizeof block, in)) > 0;)
        failed = fwrite(block, 1, n, to) != n;
    failed |= in != NULL && ferror(in) != 0;
    if (to != NULL)
        failed |= fclose(to) != 0;
    tw_status status = failed ? refused("cannot copy", from, error) : TW_OK;
    if (in != NULL)
        fclose(in);
    return status;
}

/* Refuses a size that makes no sense, and makes the path of a new file. */
static tw_status new_file(script_world *w, const script_statement *st, uint64_t bytes,
                          const char *name, char path[SCRIPT_PATH_MAX], script_complaint *complaint)
{
    enum { BYTES_MAX = 1 << 28 };
    tw_error error = {0};
    if (bytes > BYTES_MAX)
        return script_complain(st->at, complaint, TW_USAGE, "expected at most 256M, found %llu",
                               (unsigned long long)bytes);
    return script_called(st, script_path(w, name, path, &error), &error, complaint);
}

tw_status script_set_file(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    const script_argument *name = script_argument_of(&st->phrase, "FILENAME");
    uint64_t bytes = script_number(w, &st->phrase, "BYTES", 0);
    char *path = w->file[name->index].path;
    if (new_file(w, st, bytes, name->text, path, complaint) != TW_OK)
        return complaint->status;
    return script_called(st, make(path, bytes, script_given(&st->phrase, "zeros"), &error), &error,
                         complaint);
}

tw_status script_set_copy(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    const script_argument *name = script_argument_of(&st->phrase, "FILENAME");
    char *path = w->file[name->index].path;
    if (new_file(w, st, 0, name->text, path, complaint) != TW_OK)
        return complaint->status;
    tw_status status = copy(script_argument_of(&st->phrase, "PATH")->text, path, &error);
    return status == TW_OK
               ? TW_OK
               : script_complain(st->at, complaint, TW_USAGE,
                                 "expected a file that can be read, got: %s", error.text);
}

/* ---- programs -------------------------------------------------------------------------------- */

enum { TEXT_START = 0x10000, STACK_TOP = 0x7fffc000 };

static void part(os_image *image, uint64_t start, uint64_t bytes, uint64_t offset,
                 unsigned permissions)
{
    if (bytes > 0)
        image->part[image->parts++] = (struct os_image_part){start, bytes, offset, permissions};
}

/* $NAME.text and so on; the parser made the variables. */
static void bind(script_world *w, const char *program, const char *what, uint64_t value)
{
    char name[SCRIPT_NAME_BYTES + 8];
    snprintf(name, sizeof name, "%s.%s", program, what);
    int index = script_names_find(&w->script->variables, name, strlen(name));
    if (index >= 0)
        w->variable[index] = value;
}

/* Text, data, heap and stack one after the other, each on pages of its own; the file has text and
 * data. */
tw_status script_set_program(script_world *w, const script_statement *st,
                             script_complaint *complaint)
{
    tw_error error = {0};
    const script_argument *name = script_argument_of(&st->phrase, "PROGRAMNAME");
    script_program *p = &w->program[name->index];
    const uint64_t page = OS_PAGE_BYTES;
    uint64_t text = script_number(w, &st->phrase, "text", 0);
    uint64_t data = script_number(w, &st->phrase, "data", 0);
    uint64_t whole = (text + page - 1) / page * page, all = (data + page - 1) / page * page;
    if (text == 0 || text > STACK_TOP || data > STACK_TOP)
        return script_complain(st->at, complaint, TW_USAGE,
                               "expected a program with text, of less than 256M");
    char file[SCRIPT_PATH_MAX]; /* no file of the script's has a dash in its name */
    snprintf(file, sizeof file, "program-%s", name->text);
    if (new_file(w, st, whole + data, file, p->file.path, complaint) != TW_OK)
        return complaint->status;
    p->image = (os_image){.heap = TEXT_START + whole + all,
                          .stack_top = STACK_TOP,
                          .stack_bytes = script_number(w, &st->phrase, "stack", page)};
    part(&p->image, TEXT_START, text, 0, OS_R | OS_X);
    part(&p->image, TEXT_START + whole, data, whole, OS_R | OS_W);
    bind(w, name->text, "text", TEXT_START);
    bind(w, name->text, "data", TEXT_START + whole);
    bind(w, name->text, "heap", p->image.heap);
    bind(w, name->text, "stack", STACK_TOP);
    return script_called(st, make(p->file.path, whole + data, false, &error), &error, complaint);
}
