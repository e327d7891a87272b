/* data_monitor.c: between simulated memory and the oracle. Invariant: what is stored goes to both,
 * or to none. */
#include "tb/data_monitor.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "tb/page_store.h"
#include "tb/random.h"

struct data_monitor {
    tw_machine *machine;
    tw_memory *memory; /* the machine's */
    shadow *oracle;
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
                        .oracle = shadow_open(),
                        .random = seed};
    if (m->oracle == NULL) {
        free(m);
        return NULL;
    }
    return m;
}

void data_monitor_close(data_monitor *m)
{
    if (m == NULL)
        return;
    shadow_close(m->oracle);
    free(m);
}

shadow *data_monitor_shadow(data_monitor *m)
{
    return m->oracle;
}

/* The widest aligned access at `address` that does not go beyond `left` bytes. */
static unsigned chunk(uint64_t address, unsigned left)
{
    unsigned bytes = 8;
    while (bytes > left || address % bytes != 0)
        bytes /= 2;
    return bytes;
}

static uint64_t little_endian(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static void spread(uint64_t value, uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* Whether this is the first error; its sentence is m->first. */
static bool count_error(data_monitor *m)
{
    if (m->errors++ != 0)
        return false;
    m->first_cycle = tw_machine_cycle(m->machine);
    return true;
}

/* Pages keep the offset: an answer that does not is counted, and memory is left alone. */
static bool same_offset(data_monitor *m, unsigned space, uint64_t va, uint64_t pa)
{
    uint64_t mask = PAGE_BYTES - 1;
    if ((va & mask) == (pa & mask))
        return true;
    if (count_error(m))
        tw_fail(&m->first, TW_MISMATCH,
                "page offset of process %u at VA %#" PRIx64 " (PA %#" PRIx64 "): expected %#" PRIx64
                ", got %#" PRIx64,
                space, va, pa, va & mask, pa & mask);
    return false;
}

/* ---- stores ---------------------------------------------------------------------------------- */

tw_status data_monitor_store_bytes(data_monitor *m, unsigned space, uint64_t va, uint64_t pa,
                                   const void *bytes, unsigned count, tw_error *error)
{
    const uint8_t *values = bytes;
    if (!same_offset(m, space, va, pa))
        return TW_OK;
    for (unsigned done = 0, step; done < count; done += step) {
        step = chunk(va + done, count - done);
        tw_status status =
            tw_memory_write(m->memory, pa + done, step, little_endian(values + done, step));
        if (status != TW_OK)
            return tw_fail(error, status, "no memory for a page of simulated memory");
    }
    return shadow_store(m->oracle, space, va, bytes, count, error);
}

tw_status data_monitor_store(data_monitor *m, unsigned space, uint64_t va, uint64_t pa,
                             unsigned bytes, tw_error *error)
{
    uint8_t values[PAGE_BYTES];
    assert(bytes <= PAGE_BYTES - va % PAGE_BYTES);
    for (unsigned done = 0, step; done < bytes; done += step) {
        step = chunk(va + done, bytes - done);
        spread(random_next(&m->random), values + done, step);
    }
    return data_monitor_store_bytes(m, space, va, pa, values, bytes, error);
}

/* ---- loads ----------------------------------------------------------------------------------- */

static bool differ(const uint8_t *expected, const uint8_t *known, const uint8_t *got,
                   unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (known[i] && expected[i] != got[i])
            return true;
    return false;
}

static void compare(data_monitor *m, unsigned space, uint64_t va, uint64_t pa, const uint8_t *got,
                    unsigned count)
{
    uint8_t expected[PAGE_BYTES], known[PAGE_BYTES];
    assert(count <= PAGE_BYTES - va % PAGE_BYTES);
    m->checks++;
    shadow_load(m->oracle, space, va, expected, known, count);
    unsigned i = 0, step = 0;
    for (; i < count; i += step) {
        step = chunk(va + i, count - i);
        if (differ(expected + i, known + i, got + i, step))
            break;
    }
    if (i == count || !count_error(m))
        return;
    tw_fail(&m->first, TW_MISMATCH,
            "load of process %u at VA %#" PRIx64 " (PA %#" PRIx64 "): expected %#" PRIx64
            ", got %#" PRIx64,
            space, va + i, pa + i, little_endian(expected + i, step), little_endian(got + i, step));
}

void data_monitor_load_bytes(data_monitor *m, unsigned space, uint64_t va, uint64_t pa, void *bytes,
                             unsigned count)
{
    for (unsigned done = 0, step; done < count; done += step) {
        step = chunk(pa + done, count - done);
        spread(tw_memory_read(m->memory, pa + done, step), (uint8_t *)bytes + done, step);
    }
    if (same_offset(m, space, va, pa))
        compare(m, space, va, pa, bytes, count);
    else
        m->checks++;
}

tw_status data_monitor_load(data_monitor *m, unsigned space, uint64_t va, uint64_t pa,
                            unsigned bytes, tw_error *error)
{
    uint8_t got[PAGE_BYTES];
    (void)error;
    assert(bytes <= PAGE_BYTES - va % PAGE_BYTES);
    data_monitor_load_bytes(m, space, va, pa, got, bytes);
    return TW_OK;
}

/* ---- as a data path, and what was found ------------------------------------------------------ */

static tw_status path_load(void *context, unsigned space, uint64_t va, uint64_t pa, unsigned bytes,
                           tw_error *error)
{
    return data_monitor_load(context, space, va, pa, bytes, error);
}

static tw_status path_store(void *context, unsigned space, uint64_t va, uint64_t pa, unsigned bytes,
                            tw_error *error)
{
    return data_monitor_store(context, space, va, pa, bytes, error);
}

cpu_data data_monitor_path(data_monitor *m)
{
    return (cpu_data){m, path_load, path_store};
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
