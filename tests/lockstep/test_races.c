/*
 * What happens when another agent changes a PTE between the walker's read and its compare.
 *
 * The same mapping is built in two memories. The golden model walks the one through a bus that
 * changes the PTE right after it was read; the machine walks the other, whose PTE changes in each
 * cycle from the read to the compare in turn. Answer, PTE reads and swaps in order, fault record
 * and memory must agree.
 */
#include "tests/support/fixture.h"

typedef struct race race;

typedef struct agent {
    const char *name;
    uint64_t (*change)(const race *r, uint64_t pte);
    bool for_ever;  /* after every read, not the first alone */
    bool read_only; /* the bus refuses the compare-and-swap from then on */
} agent;

struct race {
    const agent *agent;
    page_tables *pages;
    uint64_t leaf; /* address of the PTE that changes */
    uint64_t other_table;
    unsigned level;
    tw_op op;
    bool done;
    tw_bus bus; /* the golden model's */
};

/* ---- what the other agent does ---- */

static uint64_t new_ppn(const race *r, uint64_t pte)
{
    return pte ^ UINT64_C(1) << (PTE_PPN + 20) ^ (uint64_t)(r->level == 0) << PTE_PPN;
}

static uint64_t clear_v(const race *r, uint64_t pte)
{
    (void)r;
    return pte & ~(uint64_t)F_V;
}

/* W and R: a store may no longer, nor a load, and a fetch finds X gone. */
static uint64_t revoke(const race *r, uint64_t pte)
{
    switch (r->op) {
    case OP_FETCH:
        return pte & ~(uint64_t)F_X;
    case OP_LOAD:
        return pte & ~(uint64_t)(F_R | F_W);
    default:
        return pte & ~(uint64_t)F_W;
    }
}

static uint64_t set_a(const race *r, uint64_t pte)
{
    (void)r;
    return pte | F_A;
}

static uint64_t to_pointer(const race *r, uint64_t pte)
{
    (void)pte;
    return pages_pte(r->other_table, F_V);
}

static uint64_t flip_rsw(const race *r, uint64_t pte)
{
    (void)r;
    return pte ^ F_RSW;
}

static uint64_t keep(const race *r, uint64_t pte)
{
    (void)r;
    return pte;
}

static const agent NEW_PPN = {"new PPN", new_ppn, false, false};
static const agent V_CLEARED = {"V cleared", clear_v, false, false};
static const agent REVOKED = {"permission revoked", revoke, false, false};
static const agent A_SET = {"A set", set_a, false, false};
static const agent TO_POINTER = {"leaf turned into pointer", to_pointer, false, false};
static const agent FOR_EVER = {"changed for ever", flip_rsw, true, false};
static const agent BUS_ERROR = {"bus error on the swap", keep, false, true};

static void act(race *r)
{
    if (r->done && !r->agent->for_ever)
        return;
    r->done = true;
    pages_write(r->pages, r->leaf, r->agent->change(r, pages_read(r->pages, r->leaf)));
    if (r->agent->read_only)
        assert_int_equal(tw_memory_add_read_only(r->pages->memory, r->leaf, r->leaf + 7), TW_OK);
}

/* ---- the golden model's run ---- */

static bool racing_read(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    race *r = context;
    bool ok = r->bus.read(r->bus.context, address, bytes, value);
    if (address == r->leaf)
        act(r);
    return ok;
}

static bool racing_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                        uint64_t desired, bool *swapped)
{
    race *r = context;
    return r->bus.swap(r->bus.context, address, bytes, expected, desired, swapped);
}

/* ---- the run on the machine ---- */

/* Acts `delay` cycles after each one in which memory took the read of the leaf. */
static tw_answer run(fixture *f, race *r, tw_request request, unsigned delay)
{
    tw_port port = port_of(request.op);
    unsigned id = fixture_ask(f, port, request), count = 0;
    while (!f->asked[port][id].answered) {
        fixture_clock(f);
        if (fixture_took(f, r->leaf, false))
            count = delay + 1;
        if (count > 0 && --count == 0)
            act(r);
    }
    return f->asked[port][id].answer;
}

/* The mapping of every race: a leaf at `level` that wants A and D, and a table to point to
 * instead. */
static race prepare(page_tables *pages, uint64_t root, const agent *who, unsigned level, tw_op op)
{
    uint64_t va = pages_va(pages->mode);
    race r = {.agent = who, .pages = pages, .level = level, .op = op};
    r.leaf =
        pages_map(pages, root, va, level, pages_pte(pages_frame(pages->mode, level), F_V | F_RWX));
    r.other_table = pages_table(pages);
    if (level > 0) {
        uint64_t pte = pages_pte(pages_frame(pages->mode, level - 1), F_V | F_RWX);
        pages_write(pages, pte_address(pages->mode, r.other_table, va, level - 1), pte);
    }
    r.bus = tw_memory_bus(pages->memory);
    return r;
}

static void expect_same_accesses(const fixture *f, const tw_translation *golden)
{
    assert_int_equal(f->accesses, golden->accesses);
    for (unsigned i = 0; i < f->accesses; i++) {
        assert_true(f->access[i].address == golden->access[i].address);
        assert_int_equal(f->access[i].swap, golden->access[i].kind == TW_SWAP);
    }
}

static void expect_fault_record(fixture *f, const tw_translation *golden, const tw_request *request)
{
    assert_int_equal(TW_GET(fixture_read(f, REG_FAULT_STATUS), FAULT_STATUS, COUNT), 1);
    assert_int_equal(fixture_read(f, REG_FAULT_CAUSE), golden->cause);
    assert_true(fixture_read(f, REG_FAULT_VA) == request->va);
    assert_true(fixture_read(f, REG_FAULT_PTE) == golden->pte_addr);
    uint64_t info = fixture_read(f, REG_FAULT_INFO);
    assert_int_equal(TW_GET(info, FAULT_INFO, CHECK), golden->check);
    assert_int_equal(TW_GET(info, FAULT_INFO, LEVEL), golden->level);
}

/* One race: this agent, leaf level, operation and delay. */
static void race_once(unsigned mode, unsigned m, const agent *who, unsigned level, tw_op op,
                      unsigned delay)
{
    fixture *f = fixture_open(mode, m);
    tw_memory *memory =
        tw_memory_open(&(tw_memory_options){.seed = 1, .latency_min = 1, .latency_max = 1});
    assert_non_null(memory);
    page_tables golden_pages = pages_in(memory, mode);
    assert_true(pages_table(&golden_pages) == f->root);
    race machine = prepare(&f->pages, f->root, who, level, op);
    race model = prepare(&golden_pages, f->root, who, level, op);
    assert_true(machine.leaf == model.leaf);

    tw_request request = request_of(op, pages_va(mode));
    tw_control control = fixture_control(f, true);
    tw_bus racing = {&model, racing_read, racing_swap};
    tw_translation golden;
    tw_translate(&control, &request, &racing, &golden);

    fixture_forget(f);
    tw_answer answer = run(f, &machine, request, delay);
    if (answer.fault != golden.cause || answer.pa != golden.pa)
        fail_msg(
            "%s, %s, level %u, %s, M = %u, %u cycles after the read: expected fault %u pa 0x%llx, "
            "got fault %u pa 0x%llx",
            who->name, tw_mode_name(mode), level, tw_op_name(op), m, delay, golden.cause,
            (unsigned long long)golden.pa, answer.fault, (unsigned long long)answer.pa);
    expect_same_accesses(f, &golden);
    assert_true(pages_read(&f->pages, machine.leaf) == pages_read(&golden_pages, model.leaf));
    if (golden.cause != CAUSE_NONE) {
        expect_fault_record(f, &golden, &request);
        fixture_forget(f); /* and nothing was filled: the next access reads again */
        fixture_translate(f, request);
        assert_true(f->accesses > 0);
    }
    tw_memory_close(memory);
    fixture_close(f);
}

/* The read is taken, its data comes M cycles later, the swap is asked for in the cycle after. */
static void race_everywhere(const agent *who)
{
    for (unsigned i = 0; i < fixture_modes(); i++)
        for (unsigned m = 1; m <= 3; m += 2)
            for (unsigned level = 0; level < mode_levels(fixture_mode(i)); level++)
                for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
                    for (unsigned delay = 0; delay <= m; delay++)
                        race_once(fixture_mode(i), m, who, level, (tw_op)op, delay);
}

static void the_new_frame_is_used_and_touched(void **state)
{
    (void)state;
    race_everywhere(&NEW_PPN);
}

static void a_page_unmapped_meanwhile_faults_and_stays_clean(void **state)
{
    (void)state;
    race_everywhere(&V_CLEARED);
}

static void a_permission_revoked_meanwhile_faults_and_stays_clean(void **state)
{
    (void)state;
    race_everywhere(&REVOKED);
}

static void an_accessed_bit_set_meanwhile_is_kept(void **state)
{
    (void)state;
    race_everywhere(&A_SET);
}

static void a_pointer_put_there_meanwhile_is_followed(void **state)
{
    (void)state;
    race_everywhere(&TO_POINTER);
}

static void a_pte_that_never_stands_still_ends_as_a_page_fault(void **state)
{
    (void)state;
    race_everywhere(&FOR_EVER);
}

static void a_refused_swap_is_an_access_fault_of_the_access(void **state)
{
    (void)state;
    race_everywhere(&BUS_ERROR);
}

/* The compare fails because the leaf changed; the pointer above it changed as well. Only a walk
 * from the root finds the new table. */
static void a_retry_starts_from_the_root(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        if (!has_pointers(mode))
            continue;
        fixture *f = fixture_open(mode, 2);
        uint64_t va = pages_va(mode), frame = pages_frame(mode, 0);
        uint64_t old = fixture_map(f, va, 0, pages_pte(frame, F_V | F_RWX));
        uint64_t table = pages_table(&f->pages);
        uint64_t fresh = pte_address(mode, table, va, 0);
        pages_write(&f->pages, fresh, pages_pte(frame + 1, F_V | F_RWX));
        unsigned id = fixture_ask(f, TW_DATA, store(va));
        fixture_await_read(f, old);
        pages_write(&f->pages, old, pages_pte(frame + 2, F_V | F_RWX));
        fixture_map(f, va, 1, pages_pte(table, F_V));
        expect_pa(fixture_await(f, TW_DATA, id), (frame + 1) << PAGE_SHIFT | (va & 0xfff));
        assert_true(pages_read(&f->pages, old) == pages_pte(frame + 2, F_V | F_RWX));
        assert_true(pages_read(&f->pages, fresh) == pages_pte(frame + 1, F_PAGE));
        assert_int_equal(fixture_read(f, REG_COUNT_RETRIES), 1);
        fixture_close(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_new_frame_is_used_and_touched),
        cmocka_unit_test(a_page_unmapped_meanwhile_faults_and_stays_clean),
        cmocka_unit_test(a_permission_revoked_meanwhile_faults_and_stays_clean),
        cmocka_unit_test(an_accessed_bit_set_meanwhile_is_kept),
        cmocka_unit_test(a_pointer_put_there_meanwhile_is_followed),
        cmocka_unit_test(a_pte_that_never_stands_still_ends_as_a_page_fault),
        cmocka_unit_test(a_refused_swap_is_an_access_fault_of_the_access),
        cmocka_unit_test(a_retry_starts_from_the_root),
    };
    return fixture_run("races", tests);
}
