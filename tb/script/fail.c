/* fail.c: what a disk, a bus, and the memory for records refuse because the script says so.
 * The disk is a file of the host: each open number of this process that leads to it is made one
 * that only reads, or only writes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tablewalk/memory.h"
#include "tb/script/do.h"
#include "tb/script/world.h"

static bool leads_to(int number, const struct stat *file)
{
    struct stat status;
    return fstat(number, &status) == 0 && status.st_ino == file->st_ino &&
           status.st_dev == file->st_dev;
}

/* Opens anew, with these flags, whatever this process has open of the file. */
static tw_status reopen(const char *path, int flags, tw_error *error)
{
    struct stat file;
    int as = open(path, flags | O_CLOEXEC);
    DIR *folder = as >= 0 ? opendir("/proc/self/fd") : NULL;
    bool good = folder != NULL && fstat(as, &file) == 0;
    for (const struct dirent *entry; good && (entry = readdir(folder)) != NULL;) {
        int number = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && number != as && leads_to(number, &file))
            good = dup3(as, number, O_CLOEXEC) == number;
    }
    tw_status status =
        good ? TW_OK : tw_fail(error, TW_IO, "cannot open %.100s anew: %s", path, strerror(errno));
    if (folder != NULL)
        closedir(folder);
    if (as >= 0)
        close(as);
    return status;
}

static int flags_of(const script_statement *st)
{
    return script_argument_of(&st->phrase, "reads")->index == 0 ? O_WRONLY : O_RDONLY;
}

tw_status script_fail_swap(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    return script_called(st, reopen(w->swap_path, flags_of(st), &error), &error, complaint);
}

tw_status script_fail_file(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    const script_file *file = &w->file[script_argument_of(&st->phrase, "FILE")->index];
    return script_called(st, reopen(file->path, flags_of(st), &error), &error, complaint);
}

tw_status script_fail_records(script_world *w, const script_statement *st,
                              script_complaint *complaint)
{
    (void)complaint;
    w->records.fails = script_number(w, &st->phrase, "NUMBER", 1);
    return TW_OK;
}

/* The whole page of the table, so that the walk meets it whichever PTE of it is asked for. */
tw_status script_fail_bus(script_world *w, const script_statement *st, script_complaint *complaint)
{
    os_process *p = script_process_of(w, st);
    tw_translation t;
    tw_error error = {0};
    tw_status status =
        script_translate(w, p, script_number(w, &st->phrase, "ADDRESS", 0), NULL, &t, &error);
    if (status == TW_OK && t.pte_addr == 0)
        return script_unmet(st, complaint, "expected a PTE at the address, got none");
    uint64_t page = t.pte_addr / OS_PAGE_BYTES * OS_PAGE_BYTES;
    if (status == TW_OK)
        status = tw_memory_add_bus_error(w->memory, page, page + OS_PAGE_BYTES - 1);
    return script_called(st, status, &error, complaint);
}

tw_status script_fail_nothing(script_world *w, const script_statement *st,
                              script_complaint *complaint)
{
    tw_error error = {0};
    w->records.fails = 0;
    tw_memory_clear_faults(w->memory);
    tw_status status = reopen(w->swap_path, O_RDWR, &error);
    for (unsigned i = 0; status == TW_OK && i < w->script->files.count; i++)
        status = reopen(w->file[i].path, O_RDWR, &error);
    return script_called(st, status, &error, complaint);
}
