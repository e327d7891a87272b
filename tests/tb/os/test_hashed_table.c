/* The hashed inverted table: what the OS links and unlinks is what the golden model walks, by its
 * chains and by the search that knows none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tablewalk/hashed.h"
#include "tb/os/hashed_table.h"
#include "tb/os/page_table.h"
#include "tb/random.h"
#include "tests/support/golden_port.h"

/* The table's frame and that of the anchors come first; chains of up to LONGEST. */
enum { FRAMES = 256, BITS = 8, FIRST = 2, LONGEST = 64, ASID = 7 };

typedef struct bench {
    golden_machine *machine;
    os_port port;
    os_hashed hashed;
} bench;

static bench start(void)
{
    bench b = {.machine = golden_open_at(0)};
    b.port = golden_port(b.machine);
    b.hashed = os_hashed_at(0, FRAMES);
    assert_int_equal(os_hashed_frames(FRAMES), FIRST);
    for (size_t i = 0; i < FIRST * 512; i++)
        b.machine->word[i] = 0xa5a5a5a5a5a5a5a5;
    assert_int_equal(os_hashed_clear(&b.port, &b.hashed, NULL), TW_OK);
    return b;
}

static void stop(bench *b)
{
    free(b->machine);
}

/* The n-th page of address space ASID whose anchor is number 77: the hash keeps the low ten bits of
 * n << 10 | n ^ 77 ^ (ASID << 4), and adds the high ones. */
static uint64_t colliding(unsigned n)
{
    uint64_t vpn = ((uint64_t)n << 10 | (n ^ 77)) ^ ASID << 4;
    assert_int_equal(hashed_hash(ASID, (unsigned)vpn, BITS), 77);
    return vpn << PAGE_SHIFT;
}

static void link_page(bench *b, unsigned asid, uint64_t va, unsigned frame)
{
    assert_int_equal(os_hashed_link(&b->port, &b->hashed, asid, va, frame, OS_R | OS_W, NULL),
                     TW_OK);
}

static uint64_t *entry(bench *b, unsigned frame)
{
    return golden_word(b->machine, os_hashed_entry(&b->hashed, frame));
}

/* As the OS takes a page away: V first. */
static void unlink_page(bench *b, unsigned asid, uint64_t va, unsigned frame)
{
    *entry(b, frame) &= ~UINT64_C(1);
    assert_int_equal(os_hashed_unlink(&b->port, &b->hashed, asid, va, frame, NULL), TW_OK);
}

/* A chain of `length` pages in the frames FIRST and up; the page linked last is the first in it. */
static bench start_chain(unsigned length)
{
    bench b = start();
    for (unsigned i = 0; i < length; i++)
        link_page(&b, ASID, colliding(i), FIRST + i);
    return b;
}

static bool read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    assert_int_equal(bytes, 8);
    *value = *golden_word(context, address);
    return true;
}

static bool swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                      uint64_t desired, bool *swapped)
{
    (void)bytes;
    uint64_t *word = golden_word(context, address);
    *swapped = *word == expected;
    *word = *swapped ? desired : *word;
    return true;
}

enum { NOWHERE };

/* The frame to which a load from the page goes, or NOWHERE; *reads is what the walk takes. The
 * search must say the same. */
static unsigned walk(bench *b, unsigned asid, uint64_t va, uint64_t *reads)
{
    const tw_control control = {.satp = TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, asid),
                                .adue = true,
                                .hash_table = b->hashed.table,
                                .hash_anchors = b->hashed.anchors};
    const tw_request request = {.va = va, .op = OP_LOAD, .priv = PRIV_U};
    const tw_bus bus = {b->machine, read_word, swap_word};
    tw_translation chain, search;
    tw_translate(&control, &request, &bus, &chain);
    tw_inverted_search(&control, &request, &bus, &search);
    assert_int_equal(search.check, chain.check);
    assert_int_equal(search.pa, chain.pa);
    *reads = chain.reads;
    if (chain.check == CHECK_NONE)
        return (unsigned)(chain.pa >> PAGE_SHIFT);
    assert_int_equal(chain.check, CHECK_VALID);
    return NOWHERE;
}

static void expect_walk(bench *b, unsigned asid, uint64_t va, unsigned frame, uint64_t reads)
{
    uint64_t taken;
    assert_int_equal(walk(b, asid, va, &taken), frame);
    assert_int_equal(taken, reads);
}

/* As many as frames, up to the next power of two; no hash has more than 20 bits. */
static void there_are_never_more_than_2_20_anchors(void **state)
{
    (void)state;
    assert_int_equal(os_hashed_frames(512), 1 + 1);
    assert_int_equal(os_hashed_frames(513), 2 + 2);
    assert_int_equal(os_hashed_frames(1 << 20), 2048 + 2048);
    assert_int_equal(os_hashed_frames(1 << 21), 4096 + 2048);
}

static void every_page_of_a_chain_is_found_the_last_one_linked_first(void **state)
{
    (void)state;
    for (unsigned length = 0; length <= LONGEST; length++) {
        bench b = start_chain(length);
        for (unsigned i = 0; i < length; i++)
            expect_walk(&b, ASID, colliding(i), FIRST + i, 1 + length - i);
        expect_walk(&b, ASID, colliding(length), NOWHERE, 1 + length);
        stop(&b);
    }
}

/* First, middle, last and only are all among them. */
static void any_page_leaves_a_chain_of_any_length_and_the_others_stay(void **state)
{
    (void)state;
    for (unsigned length = 1; length <= LONGEST; length++)
        for (unsigned gone = 0; gone < length; gone++) {
            bench b = start_chain(length);
            unlink_page(&b, ASID, colliding(gone), FIRST + gone);
            for (unsigned i = 0; i < length; i++) {
                unsigned place = length - i - (i < gone);
                if (i == gone)
                    expect_walk(&b, ASID, colliding(i), NOWHERE, length);
                else
                    expect_walk(&b, ASID, colliding(i), FIRST + i, 1 + place);
            }
            stop(&b);
        }
}

static void a_chain_is_empty_when_all_have_left_it_in_any_order(void **state)
{
    (void)state;
    for (unsigned step = 1; step < LONGEST; step += 2) { /* odd: it reaches all of 64 */
        bench b = start_chain(LONGEST);
        for (unsigned i = 0; i < LONGEST; i++) {
            unsigned gone = i * step % LONGEST;
            unlink_page(&b, ASID, colliding(gone), FIRST + gone);
        }
        expect_walk(&b, ASID, colliding(0), NOWHERE, 1);
        link_page(&b, ASID, colliding(5), FIRST + 9); /* and serves again */
        expect_walk(&b, ASID, colliding(5), FIRST + 9, 2);
        stop(&b);
    }
}

/* A walk that is at the entry when it is unlinked goes on as if it were not. */
static void an_unlinked_entry_leads_on(void **state)
{
    (void)state;
    bench b = start_chain(3);
    uint64_t before = *entry(&b, FIRST + 1);
    unlink_page(&b, ASID, colliding(1), FIRST + 1);
    assert_int_equal(*entry(&b, FIRST + 1), before & ~UINT64_C(1));
    assert_int_equal(hashed_next(before), FIRST);
    stop(&b);
}

static unsigned races;

/* The hardware sets A and D of whatever the OS has just read, once. */
static void touch_once(golden_machine *machine, uint64_t address)
{
    if (races++ == 0)
        *golden_word(machine, address) |= 1u << PTE_A | 1u << PTE_D;
}

static void what_the_hardware_sets_in_the_entry_before_is_kept(void **state)
{
    (void)state;
    for (unsigned gone = 0; gone < 2; gone++) { /* the last, and one in the middle */
        bench b = start_chain(3);
        races = 0;
        b.machine->race = touch_once;
        unlink_page(&b, ASID, colliding(gone), FIRST + gone);
        assert_int_equal(races, 2);
        uint64_t before = *entry(&b, FIRST + gone + 1);
        assert_int_equal(before & 0xff & ~(1u << HASHED_END), 0xd7); /* V R W U A D */
        assert_int_equal(pte_bit(before, HASHED_END), gone == 0);
        if (gone == 1)
            assert_int_equal(hashed_next(before), FIRST);
        stop(&b);
    }
}

static void one_page_number_of_two_address_spaces_is_two_pages(void **state)
{
    (void)state;
    bench b = start();
    uint64_t reads;
    link_page(&b, 1, 0x5000, 10);
    assert_int_equal(walk(&b, 2, 0x5000, &reads), NOWHERE);
    link_page(&b, 2, 0x5000, 11);
    assert_int_equal(walk(&b, 1, 0x5000, &reads), 10);
    assert_int_equal(walk(&b, 2, 0x5000, &reads), 11);
    stop(&b);
}

static void expect_damage(bench *b, unsigned frame)
{
    tw_error error = {0};
    assert_int_equal(os_hashed_unlink(&b->port, &b->hashed, ASID, colliding(0), frame, &error),
                     TW_MISMATCH);
}

static void a_chain_that_does_not_lead_to_the_page_is_a_mismatch(void **state)
{
    (void)state;
    bench b = start_chain(3);
    expect_damage(&b, FIRST + 5); /* the chain ends */
    *entry(&b, FIRST + 1) = hashed_word(ASID, 0, FIRST + 2, 1);
    expect_damage(&b, FIRST); /* it loops */
    *entry(&b, FIRST + 1) = hashed_word(ASID, 0, FRAMES, 1);
    expect_damage(&b, FRAMES); /* it leads out of the table */
    stop(&b);
    b = start();
    expect_damage(&b, 0); /* it is empty */
    stop(&b);
}

/* Pages of three address spaces come and go at random; frames as an OS gives them out. */
static void random_pages_agree_with_a_plain_list(void **state)
{
    (void)state;
    enum { PAGES = 512, STEPS = 20000 };
    static unsigned held[PAGES]; /* frame of each page, or NOWHERE */
    bool taken[FRAMES] = {false};
    bench b = start();
    uint64_t random = 3, reads;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned page = random_below(&random, PAGES), asid = 1 + page % 3;
        uint64_t va = (uint64_t)page * 0x1fff % 0x100000 << PAGE_SHIFT;
        unsigned frame = FIRST + random_below(&random, FRAMES - FIRST);
        if (held[page] != NOWHERE) {
            unlink_page(&b, asid, va, held[page]);
            taken[held[page]] = false;
            held[page] = NOWHERE;
        } else if (!taken[frame]) {
            link_page(&b, asid, va, frame);
            taken[frame] = true;
            held[page] = frame;
        }
        unsigned other = random_below(&random, PAGES);
        va = (uint64_t)other * 0x1fff % 0x100000 << PAGE_SHIFT;
        if (walk(&b, 1 + other % 3, va, &reads) != held[other])
            fail_msg("step %u: page %u is not in frame %u", step, other, held[other]);
    }
    stop(&b);
}

int main(void)
{
    const struct CMUnitTest hashed_table[] = {
        cmocka_unit_test(there_are_never_more_than_2_20_anchors),
        cmocka_unit_test(every_page_of_a_chain_is_found_the_last_one_linked_first),
        cmocka_unit_test(any_page_leaves_a_chain_of_any_length_and_the_others_stay),
        cmocka_unit_test(a_chain_is_empty_when_all_have_left_it_in_any_order),
        cmocka_unit_test(an_unlinked_entry_leads_on),
        cmocka_unit_test(what_the_hardware_sets_in_the_entry_before_is_kept),
        cmocka_unit_test(one_page_number_of_two_address_spaces_is_two_pages),
        cmocka_unit_test(a_chain_that_does_not_lead_to_the_page_is_a_mismatch),
        cmocka_unit_test(random_pages_agree_with_a_plain_list),
    };
    return cmocka_run_group_tests(hashed_table, NULL, NULL);
}
