/*
 * fixture.h: RTL and cycle model in lockstep on one memory, with every monitor watching, for
 * directed tests.
 *
 *     fixture *f = fixture_open(MODE_SV39, 2);              memory answers after 2 cycles
 *     fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
 *     tw_answer a = fixture_translate(f, load(va));
 *     fixture_close(f);
 *
 * A divergence, a monitor's complaint or a wait without end fails the test, and prints what to look
 * at. With WAVE=FILE.fst in the environment the last fixture opened leaves its waveform there; with
 * TEST=PATTERN only the tests of that name run.
 */
#ifndef TESTS_SUPPORT_FIXTURE_H
#define TESTS_SUPPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tablewalk/machine.h"
#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tb/monitors.h"
#include "tests/support/pages.h"

enum { FIXTURE_IDS = 1 << TW_REQUEST_ID_BITS, FIXTURE_ACCESSES = 256, FIXTURE_ASID = 0x1234 };

/* One request: when it was taken and when it was answered, in cycles of the machine. */
typedef struct asked {
    bool taken, answered;
    uint64_t taken_at;
    tw_answer answer;
} asked;

/* One access to memory that was taken. */
typedef struct accessed {
    uint64_t cycle, address;
    bool swap;
} accessed;

typedef struct fixture {
    tw_memory *memory;
    tw_engine *engine;
    tw_machine *machine;
    struct monitors *monitors;
    page_tables pages;
    uint64_t root;                     /* page number of the tree that fixture_map adds to */
    unsigned asid;                     /* the running address space */
    uint64_t hash_table, hash_anchors; /* what fixture_hash wrote */
    uint8_t segment;                   /* selector of the requests that are offered from now on */
    asked asked[2][FIXTURE_IDS];
    unsigned next_id[2];
    accessed access[FIXTURE_ACCESSES]; /* since fixture_forget */
    unsigned accesses;
    tw_out out; /* pins of the cycle that ended last */
    tw_in in;
} fixture;

/* Opens everything, makes an empty root table and enters `mode` with FIXTURE_ASID, ADUE and PBMTE
 * on. */
fixture *fixture_open(unsigned mode, unsigned latency);
void fixture_close(fixture *f);

/* The modes with page tables that the RTL was built with: fixture_mode(i) for i below
 * fixture_modes(). The hashed one is not among them: hashed_bucket.h. */
unsigned fixture_modes(void);
unsigned fixture_mode(unsigned i);

/* Its tables point to others. A linear one does not: it has no superpages, nothing for the walk
 * cache, nothing to be fetched ahead. */
static inline bool has_pointers(unsigned mode)
{
    return mode_levels(mode) > 1;
}

/* What else it was built with. */
static inline bool has_l2(void)
{
    return tw_rtl_built()->l2_entries > 0;
}

static inline bool has_walk_cache(void)
{
    return tw_rtl_built()->walk_cache > 0;
}

static inline bool has_many_walkers(void)
{
    return tw_rtl_built()->walkers > 1;
}

static inline bool has_prefetch(void)
{
    return tw_rtl_built()->prefetch != 0;
}

static inline bool has_segments(void)
{
    return tw_rtl_built()->segments > 0;
}

static inline bool has_linear(void)
{
    return (tw_rtl_built()->modes >> MODE_LINEAR & 1) != 0;
}

static inline bool has_hashed(void)
{
    return (tw_rtl_built()->modes >> MODE_HASHED & 1) != 0;
}

/* One cycle, or many. */
void fixture_clock(fixture *f);
void fixture_idle(fixture *f, unsigned cycles);
uint64_t fixture_cycle(const fixture *f);

/* ---- page tables ---- */

uint64_t fixture_map(fixture *f, uint64_t va, unsigned level, uint64_t pte);

/* Makes `root` the tree of fixture_map, and writes SATP. */
void fixture_enter(fixture *f, uint64_t root, unsigned asid);

/* Writes HASH_TABLE and HASH_ANCHORS. */
void fixture_hash(fixture *f, uint64_t table, uint64_t anchors);

/* What the registers hold by now, for the golden model. */
tw_control fixture_control(const fixture *f, bool adue);

/* ---- requests ---- */

static inline tw_request request_of(tw_op op, uint64_t va)
{
    return (tw_request){.va = va, .op = op, .priv = PRIV_S};
}

static inline tw_request load(uint64_t va)
{
    return request_of(OP_LOAD, va);
}

static inline tw_request store(uint64_t va)
{
    return request_of(OP_STORE, va);
}

static inline tw_request fetch(uint64_t va)
{
    return request_of(OP_FETCH, va);
}

/* The port that an operation uses. */
static inline tw_port port_of(tw_op op)
{
    return op == OP_FETCH ? TW_FETCH : TW_DATA;
}

/* Puts a request on the pins of this cycle under a free id, which it returns; clocks nothing. */
unsigned fixture_offer(fixture *f, tw_port port, tw_request request);

/* Offers and clocks until the request is taken; its id. The answer may be there already. */
unsigned fixture_ask(fixture *f, tw_port port, tw_request request);

/* Clocks until the request is answered. */
tw_answer fixture_await(fixture *f, tw_port port, unsigned id);

/* Ask and await on the operation's port. */
tw_answer fixture_translate(fixture *f, tw_request request);

/* Clocks until nothing that was asked is unanswered. */
void fixture_settle(fixture *f);

/* ---- memory accesses ---- */

void fixture_forget(fixture *f); /* the accesses so far */
unsigned fixture_reads(const fixture *f);
unsigned fixture_swaps(const fixture *f);

/* The cycle that ended last is the one in which memory took a read (a swap) at `address`. */
bool fixture_took(const fixture *f, uint64_t address, bool swap);

/* Clocks to the end of the cycle in which memory takes a read at `address`. */
void fixture_await_read(fixture *f, uint64_t address);

/* PTE reads of a walk to a leaf at `level`: when nothing is known, when another walk has been
 * through the same tables, and to a 4-KiB page that the other port has just walked for. */
static inline unsigned cold_reads(const fixture *f, unsigned level)
{
    return mode_levels(f->pages.mode) - level;
}

static inline unsigned warm_reads(const fixture *f, unsigned level)
{
    return has_walk_cache() ? 1 : cold_reads(f, level);
}

static inline unsigned shared_reads(const fixture *f)
{
    return has_l2() ? 0 : warm_reads(f, 0);
}

/* What obs_walker_state says of a walker: its state, and whether its walk is a prefetch. */
static inline unsigned walker_state(const tw_out *out, unsigned walker)
{
    return (unsigned)out->obs_walker_state >> (4 * walker) & (WALK_PREFETCH - 1);
}

static inline bool walker_prefetches(const tw_out *out, unsigned walker)
{
    return ((unsigned)out->obs_walker_state >> (4 * walker) & WALK_PREFETCH) != 0;
}

/* ---- registers ---- */

uint64_t fixture_read(fixture *f, unsigned offset);
void fixture_write(fixture *f, unsigned offset, uint64_t value);
void fixture_fence(fixture *f, tw_fence_kind kind, uint64_t va, unsigned asid);

/* Gives segment `number` these values. */
void fixture_segment(fixture *f, unsigned number, tw_segment segment);

/* Puts a register write on the pins of this cycle; clocks nothing. */
void fixture_offer_write(fixture *f, unsigned offset, uint64_t value);

/* Fails unless the answer is this physical address, or this fault. */
void expect_pa(tw_answer answer, uint64_t pa);
void expect_fault(tw_answer answer, unsigned cause);

/* Runs a group of cmocka tests, or those that TEST=PATTERN names: what main returns. */
#define fixture_run(group, tests)            \
    (cmocka_set_test_filter(getenv("TEST")), \
     cmocka_run_group_tests_name(group, tests, NULL, NULL) != 0)

#endif
