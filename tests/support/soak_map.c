/* soak_map.c: mmap of a soak. */
#include "tests/support/soak_inside.h"

static unsigned draw_permissions(soak *s)
{
    static const unsigned choice[] = {OS_R | OS_W, OS_R | OS_W, OS_R | OS_W,        OS_R,
                                      OS_R | OS_X, OS_X,        OS_R | OS_W | OS_X, 0};
    return choice[soak_below(s, sizeof choice / sizeof *choice)];
}

/* In the window, or wherever the OS likes. */
static void draw_place(soak *s, os_map_request *r)
{
    const uint64_t first = soak_below(s, s->window_pages);
    uint64_t pages = 1 + soak_below(s, soak_percent(s, 80) ? 8 : 20);
    r->address = WINDOW + first * PAGE;
    if (s->huge_pages > 0 && soak_percent(s, 30)) {
        const uint64_t bytes = s->huge_pages * PAGE;
        r->address = WINDOW + soak_below(s, 2) * bytes;
        pages = s->huge_pages + soak_below(s, 2) * soak_below(s, 64);
        r->flags |= OS_VMA_HUGE;
        r->fixed = true;
        r->permissions |= OS_R | OS_W;
    }
    r->bytes = pages * PAGE - (soak_percent(s, 20) ? soak_below(s, PAGE) : 0);
    r->fixed = r->fixed || soak_percent(s, 70);
    if (!r->fixed && soak_percent(s, 50))
        r->address = 0;
}

/* Much of memory at once: others have to go to the disk. */
static void draw_hog(soak *s, os_map_request *r)
{
    *r = (os_map_request){
        .bytes = s->hog_pages * PAGE, .permissions = OS_R | OS_W, .populate = true};
}

/* A file or shared memory, from some page on; now and then beyond its end. */
static soak_file *draw_file(soak *s, os_map_request *r)
{
    if ((r->flags & OS_VMA_HUGE) != 0 || soak_percent(s, 45))
        return NULL;
    soak_file *file = &s->file[soak_percent(s, 40) ? SOAK_DATA : soak_below(s, SOAK_FILES)];
    r->object = file->object;
    r->offset = soak_below(s, file->most / PAGE) * (uint64_t)PAGE;
    if (file->path[0] != '\0' && file->writable && soak_percent(s, 60)) { /* it is to be written */
        r->permissions = OS_R | OS_W;
        r->flags |= OS_VMA_SHARED;
    }
    return file;
}

tw_status soak_mmap(soak *s, soak_process *p, tw_error *error)
{
    tw_error why = {0};
    uint64_t address = 0;
    os_map_request r = {.permissions = draw_permissions(s)};
    draw_place(s, &r);
    const bool hog = s->hog_pages > 0 && soak_percent(s, 5);
    if (hog)
        draw_hog(s, &r);
    soak_file *file = hog ? NULL : draw_file(s, &r);
    r.flags |= !hog && (r.flags & OS_VMA_HUGE) == 0 && soak_percent(s, 45) ? OS_VMA_SHARED : 0;
    r.populate = hog || soak_percent(s, 10);
    if ((r.flags & OS_VMA_SHARED) == 0 && file == NULL && soak_percent(s, 4))
        r.flags |= OS_VMA_GROWS_DOWN;
    const bool refuse = file != NULL && (r.flags & OS_VMA_SHARED) != 0 && !file->writable &&
                        (r.permissions & OS_W) != 0;
    const bool beside = s->mode == MODE_HASHED && file != NULL; /* itself, in a row: refused */
    tw_status got = user_mmap(s->u, p->process, &r, &address, &why);
    tw_status status =
        soak_judge(s, SOAK_MMAP, p->process->pid, got == TW_OK ? address : r.address, r.bytes,
                   refuse   ? MAY_REFUSE
                   : beside ? MAY_DO | MAY_REFUSE
                            : MAY_DO,
                   got, &why, error);
    if (s->options->calls != NULL)
        fprintf(s->options->calls, "%u:   %s%s, permissions %u, flags %u, file %d from %#llx on\n",
                p->process->pid, r.fixed ? "fixed" : "anywhere", r.populate ? ", populated" : "",
                r.permissions, r.flags, file != NULL ? (int)(file - s->file) : -1,
                (unsigned long long)r.offset);
    if (status != TW_OK || got != TW_OK)
        return status;
    if (r.fixed && address != r.address)
        return tw_fail(error, TW_MISMATCH, "fixed mmap: expected %#llx, got %#llx",
                       (unsigned long long)r.address, (unsigned long long)address);
    const soak_area area = {.start = address,
                            .end = address + (r.bytes + PAGE - 1) / PAGE * PAGE,
                            .permissions = r.permissions,
                            .flags = r.flags,
                            .file = file,
                            .offset = r.offset};
    const soak_area *there = soak_areas_after(&p->space->areas, area.start);
    if (!r.fixed && there != NULL && there->start < area.end)
        return tw_fail(error, TW_MISMATCH, "mmap: expected free addresses, got %#llx",
                       (unsigned long long)address);
    soak_areas_map(&p->space->areas, &area);
    return TW_OK;
}
