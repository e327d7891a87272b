/*
 * A program's heap in pages that the MMU translates: RTL and model in lockstep, every word of the
 * heap a load or a store. Pages stand in scattered frames, and are absent until they are touched.
 */
#include <inttypes.h>

#include "tb/random.h"
#include "tests/support/every_mode.h"
#include "tests/support/heap_bench.h"

enum { PAGES = 16, BREAK = 4 /* pages before it grows */ };

typedef struct program {
    fixture *f;
    uint64_t base;
    unsigned usable, faults; /* pages up to the break; pages that were touched */
    heap heap;
} program;

/* What the OS does at a page fault: gives a frame, not the one beside the last. */
static void repair(program *p, uint64_t va)
{
    const uint64_t page = (va - p->base) >> PAGE_SHIFT;
    assert_true(va >= p->base && page < p->usable);
    map_nth(p->f, p->base + (page << PAGE_SHIFT), page * 7 % PAGES, F_V | F_RWX);
    p->faults++;
}

/* The physical address, after a fault that the OS repairs. */
static uint64_t reach(program *p, tw_op op, uint64_t va)
{
    const unsigned page_fault = op == OP_LOAD ? CAUSE_LOAD_PAGE : CAUSE_STORE_PAGE;
    tw_answer answer = fixture_translate(p->f, request_of(op, va));
    if (answer.fault == page_fault) {
        repair(p, va);
        answer = fixture_translate(p->f, request_of(op, va));
    }
    assert_int_equal(answer.fault, CAUSE_NONE);
    return answer.pa;
}

static tw_status read_word(void *context, uint64_t va, uint32_t *word, tw_error *error)
{
    program *p = context;
    (void)error;
    *word = (uint32_t)tw_memory_read(p->f->memory, reach(p, OP_LOAD, va), 4);
    return TW_OK;
}

static tw_status write_word(void *context, uint64_t va, uint32_t word, tw_error *error)
{
    program *p = context;
    (void)error;
    return tw_memory_write(p->f->memory, reach(p, OP_STORE, va), 4, word);
}

static tw_status grow(void *context, uint64_t bytes, tw_error *error)
{
    program *p = context;
    if (bytes > (uint64_t)(PAGES - p->usable) << PAGE_SHIFT)
        return tw_fail(error, TW_NO_MEMORY, "no more pages");
    p->usable += (unsigned)(bytes >> PAGE_SHIFT);
    return TW_OK;
}

static heap_options options_at(uint64_t base)
{
    return (heap_options){
        .base = base, .bytes = BREAK << PAGE_SHIFT, .header = 8, .align = 4, .coalesce = true};
}

static void program_open(program *p, fixture *f, uint64_t va, bool coalesce)
{
    tw_error error = {0};
    const heap_memory memory = {p, read_word, write_word, grow};
    *p = (program){.f = f, .base = va & ~UINT64_C(0xfff), .usable = BREAK};
    heap_options options = options_at(p->base);
    options.coalesce = coalesce;
    if (heap_open(&p->heap, &memory, &options, &error) != TW_OK)
        fail_msg("%s", error.text);
}

static uint64_t must_malloc(program *p, uint64_t bytes)
{
    uint64_t address = 0;
    tw_error error = {0};
    if (heap_malloc(&p->heap, bytes, &address, &error) != TW_OK)
        fail_msg("malloc(%" PRIu64 "): %s", bytes, error.text);
    return address;
}

/* ---- the tests ---- */

/* Memory as a debugger sees it, at the address that the MMU says: no function of the heap. */
static uint64_t raw(program *p, uint64_t offset)
{
    return tw_memory_read(p->f->memory, reach(p, OP_LOAD, p->base + offset), 4);
}

MODE_TEST(links_of_the_free_list_are_inside_the_free_memory)
{
    program p;
    uint64_t block[3];
    program_open(&p, f, va, false);
    for (int i = 0; i < 3; i++)
        block[i] = must_malloc(&p, 100);
    const uint64_t in_use = raw(&p, 112);
    assert_int_equal(heap_free(&p.heap, block[1], NULL), TW_OK);
    assert_true(p.heap.head == p.base + 108);
    assert_int_equal(raw(&p, 108), 108);     /* bytes of the free chunk in the middle */
    assert_int_equal(raw(&p, 108 + 4), 324); /* offset of the next free one */
    assert_int_equal(raw(&p, 324), (BREAK << PAGE_SHIFT) - 324);
    assert_true(raw(&p, 112) != in_use); /* which stood where a seal was */
}

MODE_TEST(a_page_without_words_of_the_heap_is_not_touched)
{
    program p;
    program_open(&p, f, va, true);
    assert_int_equal(p.faults, 1);
    must_malloc(&p, 3 << PAGE_SHIFT); /* its header in page 0, and what is left in page 3 */
    assert_int_equal(p.faults, 2);
    must_malloc(&p, 5 << PAGE_SHIFT); /* 6 pages more: words in 4, merged with the rest, and in 8 */
    assert_int_equal(p.usable, BREAK + 6);
    assert_int_equal(p.faults, 4);
}

typedef struct live {
    uint64_t address, bytes;
    uint32_t value;
} live;

static void each_word(program *p, const live *l, bool store)
{
    for (uint64_t at = 0; at + 4 <= l->bytes; at += 4) {
        uint32_t word = l->value;
        if (store)
            write_word(p, l->address + at, word, NULL);
        else
            read_word(p, l->address + at, &word, NULL);
        if (word != l->value)
            fail_msg("block at %" PRIx64 ", byte %" PRIu64 ": expected %" PRIx32 ", got %" PRIx32,
                     l->address, at, l->value, word);
    }
}

/* All chunks of both heaps, in memory and in the list. */
static void expect_equal(const heap *got, const heap *want)
{
    heap_chunk g, w;
    assert_true(got->head == want->head);
    assert_true(heap_end(got) == heap_end(want));
    for (uint64_t at = want->options.base; at != heap_end(want); at += w.bytes) {
        assert_int_equal(heap_chunk_at(got, at, &g, NULL), TW_OK);
        assert_int_equal(heap_chunk_at(want, at, &w, NULL), TW_OK);
        if (g.bytes != w.bytes || g.taken != w.taken || (!g.taken && g.next != w.next))
            fail_msg("chunk at %" PRIx64 ": expected %" PRIu64 " bytes, taken %d; got %" PRIu64
                     ", %d",
                     at, w.bytes, w.taken, g.bytes, g.taken);
    }
}

MODE_TEST(a_heap_behind_an_mmu_equals_one_in_an_array_and_blocks_keep_their_contents)
{
    enum { OPERATIONS = 240, LIVES = 40 };
    program p;
    live l[LIVES];
    unsigned lives = 0;
    uint64_t random = 1, refused = 0;
    program_open(&p, f, va, true);
    const heap_options options = options_at(p.base);
    heap_bench *twin = heap_bench_open(&options);
    heap_bench_may_grow(twin, (PAGES - BREAK) << PAGE_SHIFT);
    for (unsigned n = 0; n < OPERATIONS; n++) {
        if (lives < LIVES && random_percent(&random, n < OPERATIONS / 2 ? 80 : 35)) {
            live *new = &l[lives];
            *new = (live){.bytes = 1 + random_below(&random, 3000), .value = n};
            uint64_t want = 0;
            tw_status status = heap_malloc(&twin->heap, new->bytes, &want, NULL);
            assert_int_equal(heap_malloc(&p.heap, new->bytes, &new->address, NULL), status);
            refused += status != TW_OK;
            if (status != TW_OK)
                continue;
            assert_true(new->address == want);
            each_word(&p, new, true);
            lives++;
        } else if (lives > 0) {
            const unsigned i = random_below(&random, lives);
            each_word(&p, &l[i], false);
            heap_bench_free(twin, l[i].address);
            assert_int_equal(heap_free(&p.heap, l[i].address, NULL), TW_OK);
            l[i] = l[--lives];
        }
    }
    expect_equal(&p.heap, &twin->heap);
    assert_true(refused > 0 && p.faults == PAGES);
    heap_bench_close(twin);
}

int main(void)
{
    const struct CMUnitTest heap_mmu[] = {
        cmocka_unit_test(links_of_the_free_list_are_inside_the_free_memory),
        cmocka_unit_test(a_page_without_words_of_the_heap_is_not_touched),
        cmocka_unit_test(
            a_heap_behind_an_mmu_equals_one_in_an_array_and_blocks_keep_their_contents),
    };
    return fixture_run("heap_mmu", heap_mmu);
}
