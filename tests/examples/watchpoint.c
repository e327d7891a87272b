/*
 * A watchpoint without debug registers: the page of the watched word is made read-only, so every
 * store to the page faults. Only a store to the word itself is reported; in either case the store
 * is let through alone (single step), and the page is read-only again.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "tablewalk/memory.h"
#include "tablewalk/translate.h"

enum { TABLE = 0x80000, LEAVES = 0x80002, FRAME = 0x80010, PAGE = 4096 };

enum { V = 1 << PTE_V, RWU = 1 << PTE_R | 1 << PTE_W | 1 << PTE_U, AD = 1 << PTE_A | 1 << PTE_D };

static const uint64_t WATCHED = 0x1010;

static uint64_t leaf(uint64_t page)
{
    return (uint64_t)LEAVES * PAGE + page * 8;
}

/* Two pages, 1 and 2, which may be read and written, in a table of three levels. */
static tw_memory *make_pages(void)
{
    const tw_memory_options options = {.latency_min = 1, .latency_max = 1};
    tw_memory *memory = tw_memory_open(&options);
    for (uint64_t page = TABLE; memory != NULL && page < LEAVES; page++)
        tw_memory_write(memory, page * PAGE, 8, (page + 1) << PTE_PPN | V);
    for (uint64_t page = 1; memory != NULL && page < 3; page++)
        tw_memory_write(memory, leaf(page), 8, (FRAME + page) << PTE_PPN | V | RWU | AD);
    return memory;
}

/* W of the watched page. Hardware that caches PTEs needs a fence of the address after it. */
static void allow_stores(tw_memory *memory, bool allowed)
{
    uint64_t address = leaf(WATCHED / PAGE), w = UINT64_C(1) << PTE_W;
    uint64_t pte = tw_memory_read(memory, address, 8);
    tw_memory_write(memory, address, 8, allowed ? pte | w : pte & ~w);
}

static tw_translation translate(tw_memory *memory, uint64_t va)
{
    const tw_bus bus = tw_memory_bus(memory);
    const tw_control control = {.satp = UINT64_C(8) << 60 | TABLE, .adue = true};
    const tw_request request = {.va = va, .op = OP_STORE, .priv = PRIV_U};
    tw_translation result;
    tw_translate(&control, &request, &bus, &result);
    return result;
}

/* A store of the program. True if it faulted. */
static bool store(tw_memory *memory, uint64_t va, uint64_t value)
{
    tw_translation t = translate(memory, va);
    bool faulted = t.cause == CAUSE_STORE_PAGE;
    if (faulted) {
        allow_stores(memory, true);
        t = translate(memory, va);
    }
    uint64_t before = tw_memory_read(memory, t.pa, 8);
    tw_memory_write(memory, t.pa, 8, value);
    if (faulted)
        allow_stores(memory, false);
    if (faulted && va == WATCHED)
        printf("0x%" PRIx64 ": %" PRIu64 " becomes %" PRIu64 "\n", va, before, value);
    return faulted;
}

int main(void)
{
    static const uint64_t program[][2] = {{0x1008, 1}, {0x1010, 2}, {0x2010, 3},
                                          {0x1018, 4}, {0x1010, 5}, {0x1ff8, 6}};
    unsigned stores = sizeof program / sizeof *program, faults = 0;
    tw_memory *memory = make_pages();
    if (memory == NULL)
        return 1;
    allow_stores(memory, false);
    for (unsigned i = 0; i < stores; i++)
        faults += store(memory, program[i][0], program[i][1]);
    printf("%u stores, %u faults\n", stores, faults);
    tw_memory_close(memory);
    return 0;
}
