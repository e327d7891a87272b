/*
 * rig.h: one engine of any kind with a memory and page tables, for tests of pins and cycles.
 * Which kind comes in the test's initial state, so that the same tests run on every engine:
 *
 *     static rig_engine model = tw_model_open;
 *     RIG_TEST(hit_is_answered_in_the_next_cycle, model)    in the list of tests
 */
#ifndef TESTS_SUPPORT_RIG_H
#define TESTS_SUPPORT_RIG_H

#include "tablewalk/driver.h"
#include "tests/support/pages.h"

typedef tw_engine *(*rig_engine)(const tw_config *config);

#define RIG_TEST(test, engine)                                       \
    {                                                                \
        .name = #test, .test_func = test, .initial_state = &(engine) \
    }

typedef struct rig {
    tw_memory *memory;
    tw_engine *engine;
    tw_machine *machine;
    page_tables tables;
    uint64_t root; /* page number */
} rig;

/* `state` is cmocka's. Memory answers after `latency` cycles. SATP holds `mode`, ASID 1 and an
 * empty root table; ADUE is on. Fails the test if anything cannot be opened. */
rig rig_open(void **state, const char *config, unsigned mode, uint32_t latency);
void rig_close(rig *r);

/* Maps one leaf under the root; returns its PTE's address. */
uint64_t rig_map(rig *r, uint64_t va, unsigned level, uint64_t pte);

/* Each fails the test if the engine or the device says no. */
void rig_clock(rig *r);
void rig_write(rig *r, unsigned offset, uint64_t value);
uint64_t rig_read(rig *r, unsigned offset);
tw_answer rig_translate(rig *r, tw_port port, tw_op op, uint64_t va);
void rig_fence(rig *r, tw_fence_kind kind, uint64_t va, unsigned asid);

/* Request pins of this cycle, as supervisor. */
void rig_data(rig *r, unsigned id, tw_op op, uint64_t va);
void rig_fetch(rig *r, unsigned id, uint64_t va);

/* Fails the test unless the data port's answer pins show this answer, or none and zeros. */
void rig_expect_data(const rig *r, unsigned id, uint64_t pa);
void rig_expect_no_data(const rig *r);

/* A register write on the pins of this cycle. */
void rig_write_pins(rig *r, unsigned offset, uint64_t value);

/* The same, of a write that waits for what is under way: fails unless in each of the `cycles` after
 * it no port is ready and the write is not answered. Ends in the last of these, that in which it
 * executes. */
void rig_write_waits(rig *r, unsigned offset, uint64_t value, unsigned cycles);

/* A stream of hits, request i in cycle i on both ports, to two pages in turn: page i % 2, at offset
 * i, with id i % 16. The first maps the pages to `frame` and the one after it, and makes both TLBs
 * know them; the other fails unless in cycle i both ports are ready, and answer request i - 1. */
void rig_know_two_pages(rig *r, const uint64_t va[2], uint64_t frame);
void rig_expect_hits(const rig *r, unsigned i, uint64_t frame);

/* Loads from `va` with id 1, and flips bits of the PTE at `pte_addr` in the cycle in which memory
 * takes its swap, the first `races` times. Returns in how many cycles it is answered; the answer's
 * pins go to *answer. */
unsigned rig_load_racing(rig *r, uint64_t va, uint64_t pte_addr, uint64_t flips, unsigned races,
                         tw_out *answer);

/* Fails unless there were so many walks, each for a request and from the root. */
void rig_expect_walks_from_the_root(rig *r, unsigned walks);

#endif
