/* os_link.c: each function of the port is one of the machine's. */
#include "tb/os_link.h"

#include "tablewalk/memory.h"

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

os_port os_link(tw_machine *machine)
{
    return (os_port){machine,    register_read, register_write, fence,     read_word,
                     write_word, swap_word,     read_page,      write_page};
}
