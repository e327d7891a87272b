/*
 * Which pages does a program use? The A bits of their PTEs say it: cleared every now and then, they
 * show what was touched since; and D what was stored to.
 */
#include <stdio.h>

#include "tablewalk/memory.h"
#include "tablewalk/translate.h"

enum { TABLE = 0x80000, LEAVES = 0x80002, FRAME = 0x80010, PAGE = 4096, PAGES = 8, PERIODS = 3 };
enum { V = 1 << PTE_V, RWU = 1 << PTE_R | 1 << PTE_W | 1 << PTE_U };

static uint64_t leaf(uint64_t page)
{
    return (uint64_t)LEAVES * PAGE + page * 8;
}

/* Pages 0 to 7, in a table of three levels. */
static tw_memory *make_pages(void)
{
    const tw_memory_options options = {.latency_min = 1, .latency_max = 1};
    tw_memory *memory = tw_memory_open(&options);
    for (uint64_t page = TABLE; memory != NULL && page < LEAVES; page++)
        tw_memory_write(memory, page * PAGE, 8, (page + 1) << PTE_PPN | V);
    for (uint64_t page = 0; memory != NULL && page < PAGES; page++)
        tw_memory_write(memory, leaf(page), 8, (FRAME + page) << PTE_PPN | V | RWU);
    return memory;
}

/* A letter for each page: stored to, loaded from, or '.', and forgets it. Hardware that caches PTEs
 * needs a fence now, or it sets A no more. */
static void show_and_clear(tw_memory *memory)
{
    const uint64_t a = 1 << PTE_A, d = 1 << PTE_D;
    for (uint64_t page = 0; page < PAGES; page++) {
        uint64_t pte = tw_memory_read(memory, leaf(page), 8);
        putchar((pte & d) != 0 ? 'D' : (pte & a) != 0 ? 'A' : '.');
        tw_memory_write(memory, leaf(page), 8, pte & ~(a | d));
    }
    putchar('\n');
}

int main(void)
{
    static const struct {
        uint64_t va;
        tw_op op;
    } program[PERIODS][3] = {{{0x0000, OP_LOAD}, {0x1008, OP_STORE}, {0x0ff8, OP_LOAD}},
                             {{0x1000, OP_LOAD}, {0x4000, OP_STORE}, {0x5000, OP_LOAD}},
                             {{0x4000, OP_LOAD}, {0x5000, OP_STORE}, {0x7ff8, OP_STORE}}};
    const tw_control control = {.satp = UINT64_C(8) << 60 | TABLE, .adue = true};
    tw_memory *memory = make_pages();
    if (memory == NULL)
        return 1;
    const tw_bus bus = tw_memory_bus(memory);
    for (int period = 0; period < PERIODS; period++) {
        for (int i = 0; i < 3; i++) {
            tw_request request = {program[period][i].va, program[period][i].op, PRIV_U, false,
                                  false};
            tw_translation t;
            tw_translate(&control, &request, &bus, &t);
        }
        show_and_clear(memory);
    }
    tw_memory_close(memory);
    return 0;
}
