/* walk_memory.c: a linear list is enough for a test's handful of words. */
#include "tests/support/walk_memory.h"

#include <assert.h>

void walk_memory_set(walk_memory *m, uint64_t address, uint64_t value)
{
    size_t i = 0;
    while (i < m->count && m->word[i].address != address)
        i++;
    assert(i < WALK_MEMORY_WORDS);
    m->word[i].address = address;
    m->word[i].value = value;
    if (i == m->count)
        m->count++;
}

uint64_t walk_memory_get(const walk_memory *m, uint64_t address)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->word[i].address == address)
            return m->word[i].value;
    }
    return 0;
}

static void log_access(walk_memory *m, tw_access access)
{
    assert(m->accesses < TW_ACCESSES_MAX);
    m->access[m->accesses++] = access;
}

static bool read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    walk_memory *m = context;
    bool error = m->bad_read != 0 && m->bad_read == address;
    m->bytes = bytes;
    if (!error)
        *value = walk_memory_get(m, address);
    log_access(
        m, (tw_access){
               .kind = TW_READ, .error = error, .address = address, .value = error ? 0 : *value});
    return !error;
}

static bool swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                      uint64_t desired, bool *swapped)
{
    walk_memory *m = context;
    m->bytes = bytes;
    m->swaps++;
    if (m->race != NULL)
        m->race(m, address, m->swaps);
    bool error = m->bad_swap != 0 && m->bad_swap == address;
    bool holds = !error && walk_memory_get(m, address) == expected;
    if (holds)
        walk_memory_set(m, address, desired);
    if (!error)
        *swapped = holds;
    log_access(m, (tw_access){.kind = TW_SWAP,
                              .error = error,
                              .swapped = holds,
                              .address = address,
                              .value = expected,
                              .desired = desired});
    return !error;
}

tw_bus walk_memory_bus(walk_memory *m)
{
    return (tw_bus){.context = m, .read = read_word, .swap = swap_word};
}
