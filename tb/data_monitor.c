/*
 * data_monitor.c: a shadow of each address space, by virtual page. Invariant: the shadow holds,
 * byte for byte, what the process stored last; pages never stored to are absent and count as 0.
 */
#include "tb/data_monitor.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tb/page_store.h"
#include "tb/random.h"

struct data_monitor {
    tw_machine *machine;
    tw_memory *memory; /* the machine's */
    struct page_store *shadow;
    uint64_t random; /* of the values stored */
    uint64_t checks, errors, first_cycle;
    tw_error first;
};

data_monitor *data_monitor_open(tw_machine *machine, uint64_t seed)
{
    data_monitor *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    *m = (data_monitor){.machine = machine,
                        .memory = tw_machine_memory(machine),
                        .shadow = page_store_open(),
                        .random = seed};
    if (m->shadow == NULL) {
        free(m);
        return NULL;
    }
    return m;
}

void data_monitor_close(data_monitor *m)
{
    if (m == NULL)
        return;
    page_store_close(m->shadow);
    free(m);
}

/* Sv57's page numbers are sign-extended from 45 bits, so 48 bits of them and the space make a
 * key. */
static uint64_t key(unsigned space, uint64_t va)
{
    return (uint64_t)space << 48 | (va >> PAGE_SHIFT & ((UINT64_C(1) << 48) - 1));
}

/* The widest aligned access at `address` that does not go beyond `left` bytes. */
static unsigned chunk(uint64_t address, unsigned left)
{
    unsigned bytes = 8;
    while (bytes > left || address % bytes != 0)
        bytes /= 2;
    return bytes;
}

static void count_error(data_monitor *m, const char *what, unsigned space, uint64_t va, uint64_t pa,
                        uint64_t expected, uint64_t got)
{
    if (m->errors++ != 0)
        return;
    m->first_cycle = tw_machine_cycle(m->machine);
    tw_fail(&m->first, TW_MISMATCH,
            "%s of process %u at VA %#" PRIx64 " (PA %#" PRIx64 "): expected %#" PRIx64
            ", got %#" PRIx64,
            what, space, va, pa, expected, got);
}

/* Pages keep the offset: an answer that does not is counted, and memory is left alone. */
static bool same_offset(data_monitor *m, unsigned space, uint64_t va, uint64_t pa)
{
    uint64_t mask = PAGE_BYTES - 1;
    if ((va & mask) == (pa & mask))
        return true;
    count_error(m, "page offset", space, va, pa, va & mask, pa & mask);
    return false;
}

tw_status data_monitor_store(data_monitor *m, unsigned space, uint64_t va, uint64_t pa,
                             unsigned bytes, tw_error *error)
{
    uint8_t *page = page_make(m->shadow, key(space, va));
    if (page == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the data monitor's shadow");
    if (!same_offset(m, space, va, pa))
        return TW_OK;
    for (unsigned done = 0, step; done < bytes; done += step) {
        uint64_t at = (va + done) % PAGE_BYTES, value = random_next(&m->random);
        step = chunk(at, bytes - done);
        tw_status status = tw_memory_write(m->memory, pa + done, step, value);
        if (status != TW_OK)
            return tw_fail(error, status, "no memory for a page of simulated memory");
        for (unsigned i = 0; i < step; i++)
            page[at + i] = (uint8_t)(value >> 8 * i);
    }
    return TW_OK;
}

static uint64_t remembered(const uint8_t *page, uint64_t at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; page != NULL && i < bytes; i++)
        value |= (uint64_t)page[at + i] << 8 * i;
    return value;
}

tw_status data_monitor_load(data_monitor *m, unsigned space, uint64_t va, uint64_t pa,
                            unsigned bytes, tw_error *error)
{
    (void)error;
    m->checks++;
    if (!same_offset(m, space, va, pa))
        return TW_OK;
    const uint8_t *page = page_find(m->shadow, key(space, va));
    for (unsigned done = 0, step; done < bytes; done += step) {
        uint64_t at = (va + done) % PAGE_BYTES;
        step = chunk(at, bytes - done);
        uint64_t expected = remembered(page, at, step);
        uint64_t got = tw_memory_read(m->memory, pa + done, step);
        if (got != expected) {
            count_error(m, "load", space, va + done, pa + done, expected, got);
            break;
        }
    }
    return TW_OK;
}

uint64_t data_monitor_checks(const data_monitor *m)
{
    return m->checks;
}

uint64_t data_monitor_errors(const data_monitor *m)
{
    return m->errors;
}

const char *data_monitor_first_error(const data_monitor *m)
{
    return m->first.text;
}

uint64_t data_monitor_first_cycle(const data_monitor *m)
{
    return m->first_cycle;
}
