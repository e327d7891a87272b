/* os_link.c: each function of the port is one of the machine's. */
#include "tb/os_link.h"

#include "tablewalk/memory.h"
#include "tb/host_records.h"

static tw_status register_read(void *context, unsigned offset, uint64_t *value, tw_error *error)
{
    return tw_register_read(context, offset, value, error);
}

static tw_status register_write(void *context, unsigned offset, uint64_t value, tw_error *error)
{
    return tw_register_write(context, offset, value, error);
}

static tw_status fence(void *context, tw_fence_kind kind, uint64_t va, unsigned asid,
                       tw_error *error)
{
    return tw_fence(context, kind, va, asid, error);
}

static tw_status read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value,
                           tw_error *error)
{
    (void)error;
    *value = tw_memory_read(tw_machine_memory(context), address, bytes);
    return TW_OK;
}

static tw_status written(tw_status status, tw_error *error)
{
    return status == TW_OK ? TW_OK
                           : tw_fail(error, status, "no memory for a page of simulated memory");
}

static tw_status write_word(void *context, uint64_t address, unsigned bytes, uint64_t value,
                            tw_error *error)
{
    return written(tw_memory_write(tw_machine_memory(context), address, bytes, value), error);
}

/* No clock passes between the read and the write, so nothing can come between them. */
static tw_status swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                           uint64_t desired, uint64_t *found, tw_error *error)
{
    *found = tw_memory_read(tw_machine_memory(context), address, bytes);
    return *found == expected ? write_word(context, address, bytes, desired, error) : TW_OK;
}

static tw_status read_page(void *context, uint64_t address, void *page, tw_error *error)
{
    (void)error;
    tw_memory_read_page(tw_machine_memory(context), address, page);
    return TW_OK;
}

static tw_status write_page(void *context, uint64_t address, const void *page, tw_error *error)
{
    return written(tw_memory_write_page(tw_machine_memory(context), address, page), error);
}

static uint64_t now(void *context)
{
    return tw_machine_cycle(context);
}

/* Nobody asks the MMU for anything meanwhile; walks that it makes for itself go on. */
static tw_status wait_until(void *context, uint64_t until, tw_error *error)
{
    tw_status status = TW_OK;
    while (status == TW_OK && tw_machine_cycle(context) < until)
        status = tw_machine_clock(context, error);
    return status;
}

os_port os_link(tw_machine *machine)
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
                     .wait = wait_until,
                     .records = host_records()};
}
