/*
 * swap.c: the backing store. Invariant: somebody holds slot s if and only if s is below `touched`
 * and not in `given`, and `used` is the number of such slots.
 */
#include "tb/os/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/os/bit_tree.h"
#include "tb/os/port.h"

struct os_swap {
    os_records records;
    int file;
    size_t slots, used;
    size_t touched; /* slots that were ever taken: those below it */
    bit_tree given; /* that were given back, and are free */
    char name[128];
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

/* Room for the books of an empty swap file; NULL if record memory is out. */
static os_swap *make(const os_records *records, size_t slots)
{
    os_swap *swap = os_records_take(records, 1, sizeof *swap);
    if (swap == NULL)
        return NULL;
    *swap = (os_swap){.records = *records, .file = -1, .slots = slots};
    if (bit_tree_open(&swap->given, records, slots > 0 ? slots : 1))
        return swap;
    os_records_give(records, swap);
    return NULL;
}

os_swap *os_swap_open(const os_records *records, const char *path, size_t slots, tw_error *error)
{
    if (slots > OS_NO_SLOT) {
        tw_fail(error, TW_USAGE, "a swap file of %zu slots: give it at most %u", slots,
                (unsigned)OS_NO_SLOT);
        return NULL;
    }
    os_swap *swap = make(records, slots);
    if (swap == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for a swap file of %zu slots", slots);
        return NULL;
    }
    snprintf(swap->name, sizeof swap->name, "%s%s", path != NULL ? "" : "in ",
             path != NULL ? path : temporary_folder());
    swap->file =
        path == NULL ? temporary_file() : open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (swap->file < 0) {
        tw_fail(error, TW_IO, "swap file %s: %s; choose another place with --swap", swap->name,
                strerror(errno));
        os_swap_close(swap);
        return NULL;
    }
    return swap;
}

void os_swap_close(os_swap *swap)
{
    if (swap == NULL)
        return;
    if (swap->file >= 0)
        close(swap->file);
    bit_tree_close(&swap->given);
    os_records_give(&swap->records, swap);
}

static bool is_taken(const os_swap *swap, size_t slot)
{
    return slot < swap->touched && !bit_tree_has(&swap->given, slot);
}

/* Takes the lowest free slot, or returns OS_NO_SLOT. */
static os_slot take(os_swap *swap)
{
    if (os_swap_full(swap))
        return OS_NO_SLOT;
    size_t slot = swap->touched;
    if (swap->used < swap->touched) {
        slot = bit_tree_next(&swap->given, 0);
        bit_tree_remove(&swap->given, slot);
    } else {
        swap->touched++;
    }
    swap->used++;
    return (os_slot)slot;
}

static tw_status check_taken(const os_swap *swap, os_slot slot, tw_error *error)
{
    if (is_taken(swap, slot))
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
    bit_tree_add(&swap->given, slot);
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

bool os_swap_full(const os_swap *swap)
{
    return swap->used == swap->slots;
}
