/* What a fault leaves behind: its record in the queue, the interrupt, and otherwise nothing. */
#include "tests/support/fixture.h"

/* The record that software reads, and the queue's status. */
typedef struct head {
    uint64_t cause, va, info, pte, asid;
} head;

static head read_head(fixture *f)
{
    return (head){.cause = fixture_read(f, REG_FAULT_CAUSE),
                  .va = fixture_read(f, REG_FAULT_VA),
                  .info = fixture_read(f, REG_FAULT_INFO),
                  .pte = fixture_read(f, REG_FAULT_PTE),
                  .asid = fixture_read(f, REG_FAULT_ASID)};
}

static uint64_t pop(fixture *f)
{
    uint64_t va = fixture_read(f, REG_FAULT_VA);
    fixture_write(f, REG_FAULT_POP, 0);
    return va;
}

static void expect_status(fixture *f, unsigned count, unsigned overflow, unsigned dropped)
{
    uint64_t status = fixture_read(f, REG_FAULT_STATUS);
    assert_int_equal(TW_GET(status, FAULT_STATUS, COUNT), count);
    assert_int_equal(TW_GET(status, FAULT_STATUS, OVERFLOW), overflow);
    assert_int_equal(TW_GET(status, FAULT_STATUS, DROPPED), dropped);
    assert_int_equal(tw_machine_out(f->machine)->irq, count > 0);
}

/* ---- the record ---- */

/* What one cause of a fault does to the leaf or the bus, and what the x86 view says of it. */
typedef struct kind {
    tw_check check;
    uint64_t pte;
    bool present, reserved;
} kind;

static void expect_record(fixture *f, const kind *k, tw_request request, unsigned id,
                          uint64_t pte_addr, unsigned level)
{
    head h = read_head(f);
    assert_int_equal(h.cause, check_cause(k->check, request.op));
    assert_true(h.va == request.va);
    assert_true(h.pte == pte_addr);
    assert_int_equal(h.asid, FIXTURE_ASID);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, OP), request.op);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, PRIV), request.priv);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, LEVEL), level);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, PORT), port_of(request.op));
    assert_int_equal(TW_GET(h.info, FAULT_INFO, CHECK), k->check);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, ID), id);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, X86_P), k->present);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, X86_W), op_writes(request.op));
    assert_int_equal(TW_GET(h.info, FAULT_INFO, X86_U), request.priv == PRIV_U);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, X86_RSVD), k->reserved);
    assert_int_equal(TW_GET(h.info, FAULT_INFO, X86_I), request.op == OP_FETCH);
}

/* Faults once, looks at everything, and expects memory and TLB as they were. */
static void fault_once(fixture *f, const kind *k, tw_request request, uint64_t leaf, unsigned level)
{
    if (leaf != 0)
        pages_write(&f->pages, leaf, k->pte);
    if (k->check == CHECK_READ)
        assert_int_equal(tw_memory_add_bus_error(f->memory, leaf, leaf), TW_OK);
    if (k->check == CHECK_SWAP)
        assert_int_equal(tw_memory_add_read_only(f->memory, leaf, leaf), TW_OK);
    tw_port port = port_of(request.op);
    for (unsigned round = 0; round < 2; round++) {
        fixture_forget(f);
        unsigned id = fixture_ask(f, port, request);
        expect_fault(fixture_await(f, port, id), check_cause(k->check, request.op));
        expect_record(f, k, request, id, leaf, level);
        expect_status(f, 1, 0, 0);
        pop(f);
        expect_status(f, 0, 0, 0);
        assert_int_equal(f->accesses > 0, leaf != 0); /* in both rounds: nothing was filled */
    }
    if (leaf != 0)
        assert_true(pages_read(&f->pages, leaf) == k->pte);
    tw_memory_clear_faults(f->memory);
}

/* Every check on a leaf at `level`, for one operation. */
static void fault_in_every_way(fixture *f, tw_op op, uint64_t leaf, unsigned level)
{
    unsigned wrong = op == OP_FETCH ? F_R | F_W : op == OP_LOAD ? F_X : F_R | F_X;
    uint64_t va = pages_va(f->pages.mode), frame = pages_frame(f->pages.mode, level);
    const kind kinds[] = {
        {CHECK_READ, pages_pte(frame, F_PAGE), false, false},
        {CHECK_VALID, pages_pte(frame, F_PAGE & ~F_V), false, false},
        {CHECK_RESERVED, pages_pte(frame, F_V | F_W | F_A | F_D), true, true},
        {CHECK_POINTER, pages_pte(frame, F_V | F_A), true, true},
        {CHECK_ALIGNED, pages_pte(frame | 1, F_PAGE), true, true},
        {CHECK_SWAP, pages_pte(frame, F_V | F_RWX), true, false},
        {CHECK_USER, pages_pte(frame, F_PAGE | F_U), true, false},
        {CHECK_PERMISSION, pages_pte(frame, F_V | F_A | F_D | wrong), true, false},
    };
    tw_request request = request_of(op, va);
    for (unsigned n = 0; n < sizeof kinds / sizeof *kinds; n++)
        if (kinds[n].check != CHECK_ALIGNED || level > 0)
            fault_once(f, &kinds[n], request, leaf, level);
    request.va ^= UINT64_C(1) << 63;
    fault_once(f, &(kind){CHECK_CANONICAL, 0, false, false}, request, 0, 0);
    request.va = va;
    request.priv = PRIV_U;
    fault_once(f, &(kind){CHECK_USER, pages_pte(frame, F_PAGE), true, false}, request, leaf, level);
}

static void every_check_leaves_its_record(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i), level = has_pointers(mode);
        fixture *f = fixture_open(mode, 2);
        uint64_t va = pages_va(mode), frame = pages_frame(mode, level);
        uint64_t leaf = fixture_map(f, va, level, 0);
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
            fault_in_every_way(f, (tw_op)op, leaf, level);
        fixture_write(f, REG_CONTROL, 0);
        fault_once(f, &(kind){CHECK_TOUCHED, pages_pte(frame, F_V | F_RWX | F_A), true, false},
                   store(va), leaf, level);
        fault_once(f, &(kind){CHECK_TOUCHED, pages_pte(frame, F_V | F_RWX), true, false}, load(va),
                   leaf, level);
        fixture_close(f);
    }
}

/* ---- the queue ---- */

/* An address that faults: nothing is mapped. */
static uint64_t nowhere(const fixture *f, unsigned n)
{
    return pages_va_plus(f->pages.mode, pages_va(f->pages.mode), n);
}

static void faults_are_kept_in_order(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    for (unsigned n = 0; n < FAULT_QUEUE_ENTRIES; n++) {
        fixture_translate(f, load(nowhere(f, n)));
        expect_status(f, n + 1, 0, 0);
    }
    for (unsigned n = 0; n < FAULT_QUEUE_ENTRIES; n++) {
        expect_status(f, FAULT_QUEUE_ENTRIES - n, 0, 0);
        assert_true(pop(f) == nowhere(f, n));
    }
    expect_status(f, 0, 0, 0);
    head empty = read_head(f);
    assert_true((empty.cause | empty.va | empty.info | empty.pte | empty.asid) == 0);
    fixture_write(f, REG_FAULT_POP, ~UINT64_C(0)); /* of an empty queue: nothing */
    expect_status(f, 0, 0, 0);
    fixture_translate(f, load(nowhere(f, 3)));
    assert_true(pop(f) == nowhere(f, 3));
    fixture_close(f);
}

static void a_full_queue_counts_what_it_drops_and_answers_all_the_same(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    for (unsigned n = 0; n < FAULT_QUEUE_ENTRIES + 3; n++)
        expect_fault(fixture_translate(f, load(nowhere(f, n))), CAUSE_LOAD_PAGE);
    expect_status(f, FAULT_QUEUE_ENTRIES, 1, 3);
    fixture_write(f, REG_FAULT_STATUS,
                  TW_PUT(FAULT_STATUS, DROPPED, ~0u)); /* not the bit that clears */
    expect_status(f, FAULT_QUEUE_ENTRIES, 1, 3);
    fixture_write(f, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1));
    expect_status(f, FAULT_QUEUE_ENTRIES, 0, 0);
    for (unsigned n = 0; n < FAULT_QUEUE_ENTRIES; n++)
        assert_true(pop(f) == nowhere(f, n));
    expect_status(f, 0, 0, 0);
    assert_int_equal(fixture_read(f, REG_COUNT_FAULT_LOAD_PAGE), FAULT_QUEUE_ENTRIES + 3);
    fixture_close(f);
}

/* Both ports fault in one cycle: fetch first; with one place left, only fetch. */
static void two_faults_in_one_cycle_go_fetch_first(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    uint64_t bad = UINT64_C(1) << 63;
    for (unsigned n = 0; n + 1 < FAULT_QUEUE_ENTRIES; n += 2) {
        fixture_offer(f, TW_FETCH, fetch(bad + 8 * n));
        fixture_offer(f, TW_DATA, load(bad + 8 * n + 8));
        fixture_clock(f);
        fixture_settle(f);
    }
    expect_status(f, FAULT_QUEUE_ENTRIES, 0, 0);
    for (unsigned n = 0; n < FAULT_QUEUE_ENTRIES; n++) {
        assert_int_equal(fixture_read(f, REG_FAULT_CAUSE),
                         n % 2 ? CAUSE_LOAD_PAGE : CAUSE_FETCH_PAGE);
        assert_true(pop(f) == bad + 8 * n);
        if (n == 0) { /* one place free */
            fixture_offer(f, TW_FETCH, fetch(bad + 8 * FAULT_QUEUE_ENTRIES));
            fixture_offer(f, TW_DATA, load(bad));
            fixture_clock(f);
            fixture_settle(f);
            expect_status(f, FAULT_QUEUE_ENTRIES, 1, 1);
        }
    }
    assert_true(pop(f) == bad + 8 * FAULT_QUEUE_ENTRIES);
    expect_status(f, 0, 1, 1);
    fixture_close(f);
}

/* The pop and the clear meet a fault in their very cycle, and in those around it. */
static void no_fault_is_lost_to_a_pop_or_a_clear_in_its_cycle(void **state)
{
    (void)state;
    const unsigned offsets[] = {REG_FAULT_POP, REG_FAULT_STATUS};
    for (unsigned which = 0; which < 2; which++)
        for (unsigned full = 0; full < 2; full++)
            for (unsigned delay = 0; delay < 4; delay++) {
                fixture *f = fixture_open(fixture_mode(0), 1);
                unsigned before = full ? FAULT_QUEUE_ENTRIES : 2;
                for (unsigned n = 0; n < before; n++)
                    fixture_translate(f, load(nowhere(f, n)));
                for (unsigned n = 0; n < 4; n++) {
                    if (n == delay)
                        fixture_offer(f, TW_DATA, load(UINT64_C(1) << 63));
                    if (n == 1)
                        fixture_offer_write(f, offsets[which], TW_PUT(FAULT_STATUS, OVERFLOW, 1));
                    fixture_clock(f);
                }
                fixture_idle(f, 4);
                uint64_t status = fixture_read(f, REG_FAULT_STATUS);
                unsigned kept = (unsigned)TW_GET(status, FAULT_STATUS, COUNT);
                unsigned dropped = (unsigned)TW_GET(status, FAULT_STATUS, DROPPED);
                if (which == 0) /* a pop frees its place for the cycle after */
                    assert_int_equal(kept + dropped, before);
                else
                    assert_int_equal(kept, full ? before : before + 1);
                assert_int_equal(TW_GET(status, FAULT_STATUS, OVERFLOW), dropped != 0);
                if (!full)
                    assert_int_equal(dropped, 0);
                fixture_close(f);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_check_leaves_its_record),
        cmocka_unit_test(faults_are_kept_in_order),
        cmocka_unit_test(a_full_queue_counts_what_it_drops_and_answers_all_the_same),
        cmocka_unit_test(two_faults_in_one_cycle_go_fetch_first),
        cmocka_unit_test(no_fault_is_lost_to_a_pop_or_a_clear_in_its_cycle),
    };
    return fixture_run("faults", tests);
}
