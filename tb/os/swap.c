/*
 * swap.c: the backing store. Invariant: bit s of `taken` is set if and only if somebody holds slot
 * s, and `used` is the number of such bits.
 */
#include "tb/os/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/os/port.h"

struct os_swap {
    int file;
    size_t slots, used;
    size_t search; /* where the search for a free slot starts */
    char name[128];
    uint8_t taken[];
};

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

/* A file without a name: the kernel removes it however the program ends. */
static int temporary_file(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s/tablewalk-swap-XXXXXX", temporary_folder());
    int file = mkstemp(path);
    if (file >= 0)
        unlink(path);
    return file;
}

os_swap *os_swap_open(const char *path, size_t slots, tw_error *error)
{
    os_swap *swap = calloc(1, sizeof *swap + (slots + 7) / 8);
    if (swap == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for a swap file of %zu slots", slots);
        return NULL;
    }
    swap->slots = slots;
    snprintf(swap->name, sizeof swap->name, "%s%s", path != NULL ? "" : "in ",
             path != NULL ? path : temporary_folder());
    swap->file =
        path == NULL ? temporary_file() : open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (swap->file < 0) {
        tw_fail(error, TW_IO, "swap file %s: %s; choose another place with --swap", swap->name,
                strerror(errno));
        free(swap);
        return NULL;
    }
    return swap;
}

void os_swap_close(os_swap *swap)
{
    if (swap == NULL)
        return;
    close(swap->file);
    free(swap);
}

static bool is_taken(const os_swap *swap, size_t slot)
{
    return (swap->taken[slot / 8] >> slot % 8) & 1;
}

/* Takes a free slot, or returns OS_NO_SLOT. */
static os_slot take(os_swap *swap)
{
    for (size_t i = 0; i < swap->slots; i++) {
        size_t slot = (swap->search + i) % swap->slots;
        if (is_taken(swap, slot))
            continue;
        swap->taken[slot / 8] |= (uint8_t)(1u << slot % 8);
        swap->search = slot + 1;
        swap->used++;
        return (os_slot)slot;
    }
    return OS_NO_SLOT;
}

static tw_status check_taken(const os_swap *swap, os_slot slot, tw_error *error)
{
    if (slot < swap->slots && is_taken(swap, slot))
        return TW_OK;
    return tw_fail(error, TW_MISMATCH, "swap slot %u holds no page", (unsigned)slot);
}

tw_status os_swap_give(os_swap *swap, os_slot slot, tw_error *error)
{
    if (slot == OS_NO_SLOT)
        return TW_OK;
    tw_status status = check_taken(swap, slot, error);
    if (status != TW_OK)
        return status;
    swap->taken[slot / 8] &= (uint8_t) ~(1u << slot % 8);
    swap->search = slot;
    swap->used--;
    return TW_OK;
}

/* All of the page, however many calls the kernel makes of it. */
static tw_status write_all(const os_swap *swap, const void *page, off_t offset, tw_error *error)
{
    size_t done = 0;
    while (done < OS_PAGE_BYTES) {
        ssize_t n = pwrite(swap->file, (const char *)page + done, OS_PAGE_BYTES - done,
                           offset + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return tw_fail(error, TW_IO,
                           "swap file %s: write of a page failed: %s; choose another place with "
                           "--swap",
                           swap->name, strerror(n < 0 ? errno : ENOSPC));
        done += (size_t)n;
    }
    return TW_OK;
}

tw_status os_swap_out(os_swap *swap, const void *page, os_slot *slot, tw_error *error)
{
    os_slot target = *slot != OS_NO_SLOT ? *slot : take(swap);
    if (target == OS_NO_SLOT)
        return tw_fail(error, TW_IO, "swap file %s: all %zu slots are full", swap->name,
                       swap->slots);
    tw_status status = write_all(swap, page, (off_t)target * OS_PAGE_BYTES, error);
    if (status != TW_OK) {
        if (*slot == OS_NO_SLOT)
            os_swap_give(swap, target, NULL);
        return status;
    }
    *slot = target;
    return TW_OK;
}

tw_status os_swap_in(os_swap *swap, os_slot slot, void *page, tw_error *error)
{
    tw_status status = check_taken(swap, slot, error);
    if (status != TW_OK)
        return status;
    off_t offset = (off_t)slot * OS_PAGE_BYTES;
    size_t done = 0;
    while (done < OS_PAGE_BYTES) {
        ssize_t n =
            pread(swap->file, (char *)page + done, OS_PAGE_BYTES - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return tw_fail(error, TW_IO, "swap file %s: read of slot %u failed: %s", swap->name,
                           (unsigned)slot, n < 0 ? strerror(errno) : "the file is too short");
        done += (size_t)n;
    }
    return TW_OK;
}

size_t os_swap_used(const os_swap *swap)
{
    return swap->used;
}
