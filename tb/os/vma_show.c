/* vma_show.c: areas as Linux shows them (proc(5), /proc/PID/maps). */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

enum { NAME_COLUMN = 73 };

/* By its file, or by what it is for; "" if it has no name. */
static os_file_identity identity_of(const os_vmas *areas, const os_vma *area)
{
    os_file_identity none = {.name = ""};
    if (area->file != NULL)
        return areas->options.files != NULL ? areas->options.files->identify(area->file) : none;
    if ((area->flags & OS_VMA_GROWS_DOWN) != 0)
        none.name = "[stack]";
    else if (area->start < areas->heap_end && area->end > areas->heap_start)
        none.name = "[heap]";
    return none;
}

static void print_area(const os_vma *area, os_file_identity file, FILE *to)
{
    int column = fprintf(
        to, "%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08" PRIx64 " %02x:%02x %" PRIu64 " ",
        area->start, area->end, area->permissions & OS_R ? 'r' : '-',
        area->permissions & OS_W ? 'w' : '-', area->permissions & OS_X ? 'x' : '-',
        area->flags & OS_VMA_SHARED ? 's' : 'p', area->offset, file.major, file.minor, file.inode);
    if (file.name[0] != '\0')
        fprintf(to, "%*s%s", column < NAME_COLUMN ? NAME_COLUMN - column : 0, "", file.name);
    fputc('\n', to);
}

void os_vmas_print(const os_vmas *areas, FILE *to)
{
    for (const os_vma *area = os_vmas_first(areas); area != NULL; area = os_vmas_next(area))
        print_area(area, identity_of(areas, area), to);
}
