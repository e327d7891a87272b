/*
 * hashed_bench.h: a pin bench (pin_bench.h) in hashed mode, with two tables of small numbers.
 */
#ifndef TESTS_SUPPORT_HASHED_BENCH_H
#define TESTS_SUPPORT_HASHED_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tablewalk/hashed.h"
#include "tablewalk/registers.h"
#include "tests/support/pin_bench.h"

#define NO_WALK "no walk in progress leads there"

/* Page numbers of the two tables. Pages 0x21 and 0x31 of space ASID have one anchor, HASH. */
enum { TABLE = 0x500, ANCHORS = 0x600, LAST_FRAME = 15, BITS = 4, PAGE = 0x21, OTHER_PAGE = 0x31 };
enum { HASH = 1, HELD = 1 << PTE_V | 1 << PTE_R | 1 << PTE_W | 1 << PTE_A | 1 << PTE_D };
enum { END = 1 << HASHED_END, CLEAN = HELD & ~(1 << PTE_D) };

static inline uint64_t va_of(unsigned page)
{
    return (uint64_t)page << PAGE_SHIFT;
}

static inline void set_table(struct pin_bench *b, unsigned last)
{
    bench_write(b, REG_HASH_TABLE, TW_PUT(HASH_TABLE, PPN, TABLE) | TW_PUT(HASH_TABLE, LAST, last));
    bench_write(b, REG_HASH_ANCHORS,
                TW_PUT(HASH_ANCHORS, PPN, ANCHORS) | TW_PUT(HASH_ANCHORS, BITS, BITS));
}

/* Setup of a test; the teardown is bench_close. */
static inline int open_hashed(void **state)
{
    bench_open(state);
    set_table(*state, LAST_FRAME);
    bench_space(*state, MODE_HASHED, ASID);
    assert_int_equal(hashed_hash(ASID, PAGE, BITS), HASH);
    assert_int_equal(hashed_hash(ASID, OTHER_PAGE, BITS), HASH);
    return 0;
}

static inline void read_anchor(struct pin_bench *b, unsigned first)
{
    bench_read(b, 0, ANCHORS, HASH, hashed_word(0, 0, first, 1));
}

static inline void read_entry(struct pin_bench *b, unsigned frame, uint64_t word)
{
    bench_read(b, 0, TABLE, frame, word);
}

/* A request for PAGE, whose anchor leads to frame 5, which holds another page and leads to 9. */
static inline void walk_to_9(struct pin_bench *b, tw_op op)
{
    bench_take(b, 0, op, va_of(PAGE));
    read_anchor(b, 5);
    read_entry(b, 5, hashed_word(ASID, OTHER_PAGE, 9, HELD));
}

static inline void answer_frame(struct pin_bench *b, unsigned id, unsigned frame)
{
    bench_answer(b, id, (uint64_t)frame << PAGE_SHIFT);
}

static inline void fault(struct pin_bench *b, unsigned id, unsigned cause)
{
    b->out.data_resp_valid = 1;
    b->out.data_resp_id = (uint8_t)id;
    b->out.data_resp_fault = (uint8_t)cause;
}

/* The entry of frame 9 that holds PAGE and lacks D; and a store that has come to it. */
static inline uint64_t clean(void)
{
    return hashed_word(ASID, PAGE, 3, CLEAN);
}

static inline void find_clean(struct pin_bench *b)
{
    walk_to_9(b, OP_STORE);
    read_entry(b, 9, clean());
}

#endif
