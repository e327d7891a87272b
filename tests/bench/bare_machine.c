/*
 * bare_machine.c. Invariant: a frame without memory of the host holds zeros. What a frame gave up
 * is kept for the next that needs some, so that the host's allocator costs nothing.
 */
#include "tests/bench/bare_machine.h"

#include <stdlib.h>
#include <string.h>

#include "tablewalk/pte.h"
#include "tablewalk/registers.h"
#include "tb/host_records.h"

struct bare_machine {
    uint64_t **frame; /* NULL: zeros */
    size_t frames;
    uint64_t *spare; /* a page that no frame needs, whose first word leads to the next; or NULL */
    uint64_t satp, control;
    bool pending; /* the fault below was not popped */
    tw_translation fault;
    uint64_t fault_va;
};

/* A page of junk, or NULL. */
static uint64_t *take_spare(bare_machine *m)
{
    uint64_t *page = m->spare;
    if (page == NULL)
        return malloc(OS_PAGE_BYTES);
    memcpy(&m->spare, page, sizeof m->spare);
    return page;
}

static void give_spare(bare_machine *m, uint64_t **frame)
{
    if (*frame == NULL)
        return;
    memcpy(*frame, &m->spare, sizeof m->spare);
    m->spare = *frame;
    *frame = NULL;
}

bare_machine *bare_open(size_t frames)
{
    bare_machine *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->frames = frames;
    m->frame = calloc(frames, sizeof *m->frame);
    if (m->frame != NULL)
        return m;
    free(m);
    return NULL;
}

void bare_close(bare_machine *machine)
{
    if (machine == NULL)
        return;
    for (size_t i = 0; i < machine->frames; i++)
        free(machine->frame[i]);
    while (machine->spare != NULL)
        free(take_spare(machine));
    free(machine->frame);
    free(machine);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Where the frame of an address is kept; NULL if there is none. */
static uint64_t **slot(bare_machine *m, uint64_t address)
{
    uint64_t index = (address >> PAGE_SHIFT) - BARE_FIRST;
    return index < m->frames ? &m->frame[index] : NULL;
}

static tw_status no_memory(uint64_t address, tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY, "no memory for the bytes at %#llx",
                   (unsigned long long)address);
}

/* Where the word is: Sv39 has words of 8 bytes alone. NULL, and *error is TW_NO_MEMORY: no such
 * frame, or no memory of the host. */
static uint64_t *find_word(bare_machine *m, uint64_t address, tw_error *error)
{
    uint64_t **frame = slot(m, address);
    if (frame != NULL && *frame == NULL && (*frame = take_spare(m)) != NULL)
        memset(*frame, 0, OS_PAGE_BYTES);
    if (frame != NULL && *frame != NULL)
        return *frame + address % OS_PAGE_BYTES / 8;
    no_memory(address, error);
    return NULL;
}

static tw_status read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value,
                           tw_error *error)
{
    const uint64_t *word = find_word(context, address, error);
    (void)bytes;
    if (word == NULL)
        return TW_NO_MEMORY;
    *value = *word;
    return TW_OK;
}

static tw_status write_word(void *context, uint64_t address, unsigned bytes, uint64_t value,
                            tw_error *error)
{
    uint64_t *word = find_word(context, address, error);
    (void)bytes;
    if (word == NULL)
        return TW_NO_MEMORY;
    *word = value;
    return TW_OK;
}

static tw_status swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                           uint64_t desired, uint64_t *found, tw_error *error)
{
    tw_status status = read_word(context, address, bytes, found, error);
    return status == TW_OK && *found == expected
               ? write_word(context, address, bytes, desired, error)
               : status;
}

static tw_status read_page(void *context, uint64_t address, void *page, tw_error *error)
{
    uint64_t **frame = slot(context, address);
    if (frame == NULL)
        return no_memory(address, error);
    if (*frame == NULL)
        memset(page, 0, OS_PAGE_BYTES);
    else
        memcpy(page, *frame, OS_PAGE_BYTES);
    return TW_OK;
}

static bool is_zeros(const void *page)
{
    const unsigned char *byte = page;
    return byte[0] == 0 && memcmp(byte, byte + 1, OS_PAGE_BYTES - 1) == 0;
}

static tw_status write_page(void *context, uint64_t address, const void *page, tw_error *error)
{
    uint64_t **frame = slot(context, address);
    if (frame == NULL)
        return no_memory(address, error);
    if (is_zeros(page)) {
        give_spare(context, frame);
        return TW_OK;
    }
    if (*frame == NULL && (*frame = take_spare(context)) == NULL)
        return no_memory(address, error);
    memcpy(*frame, page, OS_PAGE_BYTES);
    return TW_OK;
}

/* ---- registers, fences, time ----------------------------------------------------------------- */

static tw_status register_read(void *context, unsigned offset, uint64_t *value, tw_error *error)
{
    const bare_machine *m = context;
    (void)error;
    *value = offset == REG_FAULT_STATUS  ? TW_PUT(FAULT_STATUS, COUNT, m->pending)
             : offset == REG_FAULT_CAUSE ? m->fault.cause
             : offset == REG_FAULT_VA    ? m->fault_va
             : offset == REG_FAULT_PTE   ? m->fault.pte_addr
             : offset == REG_FAULT_ASID  ? satp_asid(m->satp)
                                         : 0;
    return TW_OK;
}

static tw_status register_write(void *context, unsigned offset, uint64_t value, tw_error *error)
{
    bare_machine *m = context;
    (void)error;
    if (offset == REG_SATP)
        m->satp = value;
    else if (offset == REG_CONTROL)
        m->control = value;
    else if (offset == REG_FAULT_POP)
        m->pending = false;
    return TW_OK;
}

static tw_status fence(void *context, tw_fence_kind kind, uint64_t va, unsigned asid,
                       tw_error *error)
{
    (void)context, (void)kind, (void)va, (void)asid, (void)error;
    return TW_OK;
}

static uint64_t now(void *context)
{
    (void)context;
    return 0;
}

static tw_status wait(void *context, uint64_t until, tw_error *error)
{
    (void)context, (void)until, (void)error;
    return TW_OK;
}

os_port bare_port(bare_machine *machine)
{
    return (os_port){.context = machine,
                     .register_read = register_read,
                     .register_write = register_write,
                     .fence = fence,
                     .read = read_word,
                     .write = write_word,
                     .swap = swap_word,
                     .read_page = read_page,
                     .write_page = write_page,
                     .now = now,
                     .wait = wait,
                     .records = host_records()};
}

/* ---- the processor --------------------------------------------------------------------------- */

static bool bus_read(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    return read_word(context, address, bytes, value, NULL) == TW_OK;
}

static bool bus_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                     uint64_t desired, bool *swapped)
{
    uint64_t found = 0;
    if (swap_word(context, address, bytes, expected, desired, &found, NULL) != TW_OK)
        return false;
    *swapped = found == expected;
    return true;
}

unsigned bare_access(bare_machine *machine, tw_op op, uint64_t va)
{
    tw_control control = {.satp = machine->satp,
                          .adue = TW_GET(machine->control, CONTROL, ADUE) != 0};
    tw_request request = {.va = va, .op = op, .priv = PRIV_U};
    tw_bus bus = {machine, bus_read, bus_swap};
    tw_translation t;
    tw_translate(&control, &request, &bus, &t);
    if (t.cause != CAUSE_NONE) {
        machine->fault = t;
        machine->fault_va = va;
        machine->pending = true;
    }
    return t.cause;
}
