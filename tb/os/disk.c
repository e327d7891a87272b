/* disk.c. Invariant: `free_at` is the cycle in which the request issued last is done, and requests
 * are done in the order in which they were issued. */
#include "tb/os/disk.h"

/* The head is at the place of the request before, and moves on by one without a seek. */
static bool is_near(const os_disk *disk, uint64_t place)
{
    return disk->reads + disk->writes > 0 && place + 1 - disk->last_place <= 2;
}

uint64_t os_disk_issue(os_disk *disk, uint64_t now, bool write, uint64_t place, uint64_t *starts)
{
    const uint64_t start = disk->free_at > now ? disk->free_at : now;
    const uint64_t cycles = (is_near(disk, place) ? 0 : disk->times.seek) + disk->times.transfer;
    if (starts != NULL)
        *starts = start;
    disk->waited += start - now;
    disk->busy += cycles;
    disk->free_at = start + cycles;
    disk->last_place = place;
    disk->reads += !write;
    disk->writes += write;
    return disk->free_at;
}

tw_status os_disk_check(os_disk_times times, tw_error *error)
{
    return times.seek <= OS_DISK_CYCLES_MAX && times.transfer <= OS_DISK_CYCLES_MAX
               ? TW_OK
               : tw_fail(error, TW_USAGE,
                         "a disk takes at most %llu cycles to seek, and to transfer",
                         (unsigned long long)OS_DISK_CYCLES_MAX);
}
