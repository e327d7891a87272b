/*
 * Distributed shared memory: two machines that share nothing but messages, and a page that both
 * see. On each it is modified (may be written, and the other has none), shared (may be read), or
 * invalid; page faults move it (the protocol MSI). The machines take turns to count.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tablewalk/memory.h"
#include "tablewalk/translate.h"

enum { TABLE = 0x80000, FRAME = 0x80010, PAGE = 4096, TURNS = 20 };
enum { INVALID = 0, SHARED = 1 << PTE_V | 1 << PTE_R, MODIFIED = SHARED | 1 << PTE_W };
enum { USED = 1 << PTE_U | 1 << PTE_A | 1 << PTE_D };

/* Page 0 is the one that is shared: a table of three levels, whose leaf says its state. */
static const uint64_t LEAF = (TABLE + UINT64_C(2)) * PAGE, BYTES = (uint64_t)FRAME * PAGE;

typedef struct cluster {
    tw_memory *machine[2];
    unsigned faults, copies;
} cluster;

static void set(tw_memory *memory, uint64_t state)
{
    tw_memory_write(memory, LEAF, 8,
                    state == INVALID ? 0 : (uint64_t)FRAME << PTE_PPN | USED | state);
}

static uint64_t get(const tw_memory *memory)
{
    return tw_memory_read(memory, LEAF, 8) & MODIFIED;
}

static tw_memory *make_machine(uint64_t state)
{
    const tw_memory_options options = {.latency_min = 1, .latency_max = 1};
    tw_memory *memory = tw_memory_open(&options);
    for (uint64_t page = TABLE; memory != NULL && page < TABLE + 2; page++)
        tw_memory_write(memory, page * PAGE, 8, (page + 1) << PTE_PPN | 1 << PTE_V);
    if (memory != NULL)
        set(memory, state);
    return memory;
}

/* A fault of machine `me`: the page comes if it has none, and is left to it alone for a store. */
static void repair(cluster *c, unsigned me, tw_op op)
{
    unsigned char page[PAGE];
    tw_memory *here = c->machine[me], *there = c->machine[1 - me];
    if (get(here) == INVALID) {
        tw_memory_read_page(there, BYTES, page);
        tw_memory_write_page(here, BYTES, page);
        c->copies++;
    }
    set(there, op == OP_STORE ? INVALID : SHARED);
    set(here, op == OP_STORE ? MODIFIED : SHARED);
    c->faults++;
}

/* Where the word of address 0x10 is, for a load or a store by machine `me`. */
static uint64_t find(cluster *c, unsigned me, tw_op op)
{
    const tw_bus bus = tw_memory_bus(c->machine[me]);
    const tw_control control = {.satp = UINT64_C(8) << 60 | TABLE, .adue = true};
    const tw_request request = {.va = 0x10, .op = op, .priv = PRIV_U};
    tw_translation t;
    tw_translate(&control, &request, &bus, &t);
    if (t.cause != CAUSE_NONE) {
        repair(c, me, op);
        tw_translate(&control, &request, &bus, &t);
    }
    return t.pa;
}

int main(void)
{
    cluster c = {.machine = {make_machine(MODIFIED), make_machine(INVALID)}};
    if (c.machine[0] == NULL || c.machine[1] == NULL)
        return 1;
    uint64_t counter = 0;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        tw_memory *memory = c.machine[turn % 2];
        counter = tw_memory_read(memory, find(&c, turn % 2, OP_LOAD), 8) + 1;
        tw_memory_write(memory, find(&c, turn % 2, OP_STORE), 8, counter);
    }
    printf("counter %" PRIu64 ", %u faults, %u copies\n", counter, c.faults, c.copies);
    tw_memory_close(c.machine[0]);
    tw_memory_close(c.machine[1]);
    return 0;
}
