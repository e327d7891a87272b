/* test_hashed_golden.c: the cycle model against the golden model on tables of random words, good
 * and bad, of a few frames and a few pages, so that chains meet, end, leave the table and loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tb/random.h"
#include "tests/support/chains.h"

enum { SEED = 1, CASES = 20000, FRAMES = 8, BITS = 2, WORDS = FRAMES + (1 << BITS), CHECKS = 16 };

static uint64_t random_state;

static unsigned below(unsigned limit)
{
    return random_below(&random_state, limit);
}

static uint64_t word_at(unsigned i)
{
    return i < FRAMES ? entry_at(i) : hashed_address(ANCHORS, i - FRAMES);
}

static unsigned random_vpn(void)
{
    static const unsigned vpn[] = {0x87654, 0x87655, 0x7654, 0x87254};
    return vpn[below(4)];
}

/* All flags but G, or one fewer; next is seldom beyond the table. */
static uint64_t random_word(void)
{
    const unsigned flags = (F_PAGE | F_U) & ~(below(2) ? 0 : 1u << below(8));
    const unsigned next = below(8) ? below(FRAMES) : FRAMES + below(2);
    return hashed_word(below(5) ? CHAIN_ASID : CHAIN_ASID + 1, random_vpn(), next,
                       flags | (below(4) ? 0 : F_E));
}

static tw_request random_request(void)
{
    return (tw_request){.va = (uint64_t)random_vpn() << PAGE_SHIFT | below(1 << PAGE_SHIFT),
                        .op = (tw_op)below(4),
                        .priv = below(8) ? PRIV_U : PRIV_S,
                        .sum = below(2),
                        .mxr = below(2)};
}

/* Takes the words of memory, or puts them there. */
static void take(const rig *r, uint64_t *words)
{
    for (unsigned i = 0; i < WORDS; i++)
        words[i] = pages_read(&r->tables, word_at(i));
}

static void put(const rig *r, const uint64_t *words)
{
    for (unsigned i = 0; i < WORDS; i++)
        pages_write(&r->tables, word_at(i), words[i]);
}

static void expect(const char *what, unsigned number, uint64_t want, uint64_t got)
{
    if (want != got)
        fail_msg("seed %u, case %u, %s: expected 0x%llx, got 0x%llx", SEED, number, what,
                 (unsigned long long)want, (unsigned long long)got);
}

static void expect_same(rig *r, unsigned number, const tw_request *request,
                        const tw_translation *want)
{
    const uint64_t reads = rig_read(r, REG_COUNT_READS);
    tw_answer got = {0};
    tw_error error = {.text = ""};
    if (tw_translate_va(r->machine, TW_DATA, request, &got, &error) != TW_OK)
        fail_msg("seed %u, case %u: %s", SEED, number, error.text);
    expect("cause", number, want->cause, got.fault);
    expect("address", number, want->pa, got.pa);
    expect("size", number, want->size, got.size);
    expect("reads", number, want->reads, rig_read(r, REG_COUNT_READS) - reads);
    if (want->cause == CAUSE_NONE)
        return;
    const uint64_t info = rig_read(r, REG_FAULT_INFO);
    expect("check", number, want->check, TW_GET(info, FAULT_INFO, CHECK));
    expect("level", number, want->level, TW_GET(info, FAULT_INFO, LEVEL));
    expect("last word", number, want->pte_addr, rig_read(r, REG_FAULT_PTE));
    rig_write(r, REG_FAULT_POP, 0);
}

/* One table and one request; returns which check failed. */
static tw_check run_case(rig *r, unsigned number)
{
    uint64_t before[WORDS], golden[WORDS], after[WORDS];
    const tw_control control = {.satp = rig_read(r, REG_SATP),
                                .adue = below(2),
                                .hash_table = rig_read(r, REG_HASH_TABLE),
                                .hash_anchors = rig_read(r, REG_HASH_ANCHORS)};
    const tw_request request = random_request();
    const tw_bus bus = tw_memory_bus(r->memory);
    static tw_translation want;
    for (unsigned i = 0; i < WORDS; i++)
        before[i] = random_word();
    put(r, before);
    tw_translate(&control, &request, &bus, &want);
    take(r, golden);
    put(r, before);
    rig_write(r, REG_CONTROL, TW_PUT(CONTROL, ADUE, control.adue));
    rig_fence(r, TW_FENCE_ALL, 0, 0);
    expect_same(r, number, &request, &want);
    take(r, after);
    for (unsigned i = 0; i < WORDS; i++)
        expect("memory", number, golden[i], after[i]);
    return want.check;
}

static void random_tables_are_walked_as_the_golden_model_walks_them(void **state)
{
    static const tw_check must[] = {CHECK_NONE,  CHECK_VALID,      CHECK_RESERVED, CHECK_USER,
                                    CHECK_CHAIN, CHECK_PERMISSION, CHECK_TOUCHED};
    unsigned met[CHECKS] = {0};
    rig r = chains_open(state, "default", 1);
    rig_write(&r, REG_HASH_ANCHORS,
              TW_PUT(HASH_ANCHORS, PPN, ANCHORS) | TW_PUT(HASH_ANCHORS, BITS, BITS));
    chains_last(&r, FRAMES - 1);
    random_state = SEED;
    for (unsigned number = 0; number < CASES; number++)
        met[run_case(&r, number)]++;
    for (unsigned i = 0; i < sizeof must / sizeof must[0]; i++) {
        if (met[must[i]] < 20)
            fail_msg("seed %u: %s in %u cases, expected 20 at least", SEED, tw_check_name(must[i]),
                     met[must[i]]);
    }
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(random_tables_are_walked_as_the_golden_model_walks_them, model),
    };
    return cmocka_run_group_tests_name("model_cycle_hashed_golden", tests, NULL, NULL);
}
