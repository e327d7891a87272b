/*
 * kernel_map.c: low memory under the kernel's addresses. Invariant: the kernel's entries of every
 * root are those of its own, which are written before the first space is made and never again.
 */
#include "tb/os/kernel_map.h"

#include <assert.h>
#include <inttypes.h>

#define NARROW_START UINT64_C(0xC0000000)

static bool is_tree(unsigned mode)
{
    return mode_levels(mode) > 1;
}

/* ---- where it lies --------------------------------------------------------------------------- */

static unsigned root_level(unsigned mode)
{
    assert(is_tree(mode));
    return mode_levels(mode) - 1;
}

/* The lowest address of the upper half. */
static uint64_t upper_half(unsigned mode)
{
    return -(UINT64_C(1) << (level_size(mode, mode_levels(mode)) - 1));
}

uint64_t os_kernel_start(unsigned mode)
{
    if (!is_tree(mode))
        return 0;
    return mode_narrow(mode) ? NARROW_START : upper_half(mode);
}

uint64_t os_kernel_end(unsigned mode)
{
    if (!is_tree(mode))
        return 0;
    return mode_narrow(mode)
               ? UINT64_C(1) << 32
               : upper_half(mode) + (UINT64_C(1) << level_size(mode, root_level(mode)));
}

uint64_t os_user_end(unsigned mode, bool kernel_map)
{
    if (!kernel_map || !is_tree(mode))
        return -(uint64_t)OS_PAGE_BYTES;
    return mode_narrow(mode) ? NARROW_START : -upper_half(mode);
}

/* Low memory in page numbers, and what os_kernel_start leads to; no window yet. */
static struct os_kernel layout_of(const os_options *o)
{
    const uint64_t last = o->first_frame + o->frames;
    struct os_kernel k = {.table.mode = o->mode, .first = o->first_frame, .end = last};
    if (o->zones == NULL) {
        k.base = o->first_frame >> mode_index_bits(o->mode) << mode_index_bits(o->mode);
        return k;
    }
    k.base = o->zones->base >> PAGE_SHIFT;
    const uint64_t low_end = k.base + (o->zones->low_limit >> PAGE_SHIFT);
    if (low_end < last)
        k.end = low_end > k.first ? low_end : k.first;
    return k;
}

static bool has_high(const os_options *o, const struct os_kernel *k)
{
    return k->end < o->first_frame + o->frames;
}

/* ---- building -------------------------------------------------------------------------------- */

/* The tables in which the way to the address of the moment ends; addresses only rise. Without a
 * system they are counted and not made. */
typedef struct builder {
    os *system;
    unsigned mode;
    size_t tables;
    uint64_t ppn[LEVELS_MAX];
    uint64_t reached[LEVELS_MAX]; /* part of the address that leads to the table, of the root 1;
                                   * 0: none yet */
} builder;

/* A table more at `level`, in the one above it. */
static tw_status add_table(builder *b, unsigned level, uint64_t va, tw_error *error)
{
    os *system = b->system;
    const unsigned mode = b->mode;
    b->tables++;
    if (system == NULL)
        return TW_OK;
    tw_status status = os_frames_take(system->frames, OS_FRAME_KERNEL, 0, &b->ppn[level], error);
    if (status == TW_OK)
        os_note_taken(system, OS_FRAME_TABLE, 0, b->ppn[level], 1);
    if (status == TW_OK)
        status = os_table_clear(&system->port, mode, b->ppn[level], error);
    if (status != TW_OK || level == root_level(mode))
        return status;
    const os_table table = {mode, b->ppn[root_level(mode)]};
    return os_pte_write(&system->port, &table, pte_address(mode, b->ppn[level + 1], va, level + 1),
                        b->ppn[level] << PTE_PPN | 1u << PTE_V, error);
}

/* Makes what is missing of the tables from the root down to `level` on the way to `va`. */
static tw_status reach(builder *b, uint64_t va, unsigned level, tw_error *error)
{
    const unsigned mode = b->mode, top = root_level(mode);
    tw_status status = TW_OK;
    for (unsigned i = top + 1; status == TW_OK && i-- > level;) {
        const uint64_t part = i == top ? 1 : va >> level_size(mode, i + 1);
        if (b->reached[i] == part)
            continue;
        b->reached[i] = part;
        status = add_table(b, i, va, error);
    }
    return status;
}

/* The level of the largest leaf that begins at this frame and this address, and ends by `end`. */
static unsigned leaf_level(unsigned mode, uint64_t ppn, uint64_t va, uint64_t end)
{
    unsigned level = root_level(mode);
    for (; level > 0; level--) {
        const uint64_t pages = UINT64_C(1) << (level_size(mode, level) - PAGE_SHIFT);
        if (ppn % pages == 0 && (va >> PAGE_SHIFT) % pages == 0 && end - ppn >= pages)
            break;
    }
    return level;
}

static uint64_t linear_address(const struct os_kernel *k, uint64_t ppn)
{
    return os_kernel_start(k->table.mode) + ((ppn - k->base) << PAGE_SHIFT);
}

/* The tables and leaves of low memory, and the table of the window if there is memory above. */
static tw_status build(builder *b, const struct os_kernel *k, bool window, tw_error *error)
{
    tw_status status = reach(b, os_kernel_start(b->mode), root_level(b->mode), error);
    uint64_t pages = 0;
    for (uint64_t ppn = k->first; status == TW_OK && ppn < k->end; ppn += pages) {
        const uint64_t va = linear_address(k, ppn);
        const unsigned level = leaf_level(b->mode, ppn, va, k->end);
        pages = UINT64_C(1) << (level_size(b->mode, level) - PAGE_SHIFT);
        status = reach(b, va, level, error);
        if (status != TW_OK || b->system == NULL)
            continue;
        const os_table table = {b->mode, b->ppn[root_level(b->mode)]};
        status =
            os_pte_write(&b->system->port, &table, pte_address(b->mode, b->ppn[level], va, level),
                         os_kernel_leaf(ppn), error);
    }
    return status == TW_OK && window ? reach(b, os_kernel_window(b->mode), 0, error) : status;
}

size_t os_kernel_map_frames(const os_options *options)
{
    if (!options->kernel_map)
        return 0;
    const struct os_kernel k = layout_of(options);
    builder b = {.mode = options->mode};
    build(&b, &k, has_high(options, &k), NULL);
    return b.tables;
}

tw_status os_kernel_map_check(const os_options *options, tw_error *error)
{
    const unsigned mode = options->mode;
    if (!options->kernel_map)
        return TW_OK;
    if (!is_tree(mode))
        return tw_fail(error, TW_USAGE,
                       "the kernel has a part of every address space only where page tables are "
                       "trees, and those of %s are none: use sv32, sv39, sv48 or sv57",
                       tw_mode_name(mode));
    const struct os_kernel k = layout_of(options);
    const uint64_t most = (os_kernel_window(mode) - os_kernel_start(mode)) >> PAGE_SHIFT;
    if (k.first < k.base)
        return TW_OK; /* zones_open refuses it */
    if (k.end - k.base > most)
        return tw_fail(error, TW_USAGE,
                       "low memory up to page %#" PRIx64 " does not fit into the kernel's part of "
                       "address spaces in %s, which has room up to page %#" PRIx64
                       ": give zones with a lower limit, or fewer frames",
                       k.end, tw_mode_name(mode), k.base + most);
    const size_t tables = os_kernel_map_frames(options);
    if (has_high(options, &k) && k.end - k.first < tables)
        return tw_fail(error, TW_USAGE,
                       "the tables of the kernel's part take %zu frames of low memory, which has "
                       "%" PRIu64 ": give zones with a higher limit",
                       tables, k.end - k.first);
    return TW_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

tw_status os_kernel_map_open(os *system, tw_error *error)
{
    const os_options *options = &system->options;
    if (!options->kernel_map)
        return TW_OK;
    struct os_kernel *k = os_records_take(&system->port.records, 1, sizeof *k);
    if (k == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of the kernel's part");
    system->kernel = k;
    *k = layout_of(options);
    builder b = {.system = system, .mode = options->mode};
    tw_status status = build(&b, k, has_high(options, k), error);
    k->table.root = b.ppn[root_level(b.mode)];
    k->window_table = b.ppn[0];
    system->counts.table_frames += b.tables;
    return status == TW_OK && has_high(options, k) ? os_kernel_window_open(system, error) : status;
}

void os_kernel_map_close(os *system)
{
    if (system->kernel == NULL)
        return;
    os_frames_write_by(system->frames, NULL, NULL);
    kmap_close(system->kernel->window);
    os_records_give(&system->port.records, system->kernel);
    system->kernel = NULL;
}

/* ---- spaces ---------------------------------------------------------------------------------- */

/* The kernel's entries of a root: those of its own, or zeros. */
static tw_status write_entries(os *system, const os_table *table, bool present, tw_error *error)
{
    const struct os_kernel *k = system->kernel;
    if (k == NULL)
        return TW_OK;
    const unsigned mode = k->table.mode, level = root_level(mode);
    const uint64_t step = UINT64_C(1) << level_size(mode, level);
    tw_status status = TW_OK;
    assert(table->mode == mode);
    for (uint64_t va = os_kernel_start(mode); status == TW_OK && va != os_kernel_end(mode);
         va += step) {
        uint64_t pte = 0;
        if (present)
            status = os_pte_read(&system->port, table, pte_address(mode, k->table.root, va, level),
                                 &pte, error);
        if (status == TW_OK)
            status = os_pte_write(&system->port, table, pte_address(mode, table->root, va, level),
                                  pte, error);
    }
    return status;
}

tw_status os_kernel_map_enter(os *system, os_space *space, tw_error *error)
{
    return write_entries(system, &space->table, true, error);
}

tw_status os_kernel_map_leave(os *system, const os_space *space, tw_error *error)
{
    return write_entries(system, &space->table, false, error);
}

bool os_kernel_address(const os *system, uint64_t ppn, uint64_t *va)
{
    const struct os_kernel *k = system->kernel;
    if (k == NULL || ppn < k->first || ppn >= k->end)
        return false;
    *va = linear_address(k, ppn);
    return true;
}
