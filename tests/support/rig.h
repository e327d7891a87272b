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

#endif
