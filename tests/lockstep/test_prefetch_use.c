/* A page that was read ahead is there for whoever may use it, and for nobody else. */
#include "tests/support/prefetch.h"

typedef struct use {
    unsigned flags;
    tw_request allowed, refused;
} use;

#define AS(operation, privilege, s, m)                                 \
    {                                                                  \
        .op = (operation), .priv = (privilege), .sum = (s), .mxr = (m) \
    }

static const use USES[] = {
    {F_PAGE | F_U, AS(OP_LOAD, PRIV_U, 0, 0), AS(OP_LOAD, PRIV_S, 0, 0)},
    {F_PAGE | F_U, AS(OP_STORE, PRIV_S, 1, 0), AS(OP_STORE, PRIV_S, 0, 0)},
    {F_PAGE | F_U, AS(OP_FETCH, PRIV_U, 0, 0), AS(OP_FETCH, PRIV_S, 1, 1)},
    {F_PAGE, AS(OP_FETCH, PRIV_S, 0, 0), AS(OP_FETCH, PRIV_U, 1, 1)},
    {F_PAGE, AS(OP_LOAD, PRIV_S, 0, 0), AS(OP_LOAD, PRIV_U, 1, 1)},
    {F_V | F_X | F_A | F_D, AS(OP_FETCH, PRIV_S, 0, 0), AS(OP_LOAD, PRIV_S, 1, 0)},
    {F_V | F_X | F_A | F_D, AS(OP_LOAD, PRIV_S, 0, 1), AS(OP_STORE, PRIV_S, 0, 1)},
    {F_V | F_X | F_A | F_D | F_U, AS(OP_FETCH, PRIV_U, 0, 0), AS(OP_LOAD, PRIV_S, 0, 1)},
    {F_V | F_R | F_A | F_D, AS(OP_LOAD, PRIV_S, 0, 0), AS(OP_AMO, PRIV_S, 0, 0)},
    {F_V | F_R | F_W | F_A | F_D, AS(OP_STORE, PRIV_S, 0, 0), AS(OP_FETCH, PRIV_S, 0, 1)},
};

/* Read ahead of a supervisor's load, whoever may use it; judged when it is used. */
PREFETCH_TEST(permission_of_a_page_read_ahead_is_judged_at_the_hit)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    for (unsigned n = 0; n < sizeof USES / sizeof *USES; n++) {
        tw_request allowed = USES[n].allowed, refused = USES[n].refused;
        allowed.va = refused.va = nth_va(f, 1);
        uint64_t ahead = map_number(f, 1, USES[n].flags);
        prefetch_page_1(f);
        expect_reads_of(f, ahead, 1);
        expect_faults(f, 0);
        expect_fault(fixture_translate(f, refused), page_fault(refused.op));
        expect_reads_of(f, ahead, 2);
        quiet(f);
        expect_faults(f, 1);
        fixture_write(f, REG_FAULT_POP, 0);
        expect_l2_hit(f, allowed, nth_pa(f, 1));
        quiet(f);
    }
}

PREFETCH_TEST(a_page_read_ahead_is_of_its_address_space)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    uint64_t first = f->root;
    prefetch_page_1(f);
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
    map_nth(f, nth_va(f, 1), 7, F_PAGE);
    expect_reads(f, load(nth_va(f, 1)), nth_pa(f, 7), cold_reads(f, 0));
    fixture_enter(f, first, FIXTURE_ASID);
    expect_l2_hit(f, fetch(nth_va(f, 1)), nth_pa(f, 1));
}

/* Global by its own PTE, or by a pointer above, which the walk cache has to remember. */
PREFETCH_TEST(a_global_page_read_ahead_is_of_every_address_space)
{
    uint64_t first = f->root;
    for (unsigned above = 0; above < 2; above++) {
        fixture_enter(f, first, FIXTURE_ASID);
        map_number(f, 0, F_PAGE);
        map_number(f, 1, above ? F_PAGE : F_PAGE | F_G);
        uint64_t pointer = pages_pte_at(&f->pages, f->root, va, 1);
        uint64_t global = above ? F_G : 0;
        pages_write(&f->pages, pointer, (pages_read(&f->pages, pointer) & ~(uint64_t)F_G) | global);
        prefetch_page_1(f);
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1 + above);
        expect_l2_hit(f, fetch(nth_va(f, 1)), nth_pa(f, 1));
    }
}

PREFETCH_TEST(a_page_read_ahead_keeps_its_memory_type)
{
    (void)va;
    if (f->pages.mode == MODE_SV32)
        return;
    map_number(f, 0, F_PAGE);
    for (unsigned pbmt = 0; pbmt <= 2; pbmt++) {
        uint64_t ahead = map_number(f, 1, F_PAGE);
        pages_write(&f->pages, ahead, pages_read(&f->pages, ahead) | (uint64_t)pbmt << PTE_PBMT);
        prefetch_page_1(f);
        expect_l2_hit(f, fetch(nth_va(f, 1)), nth_pa(f, 1));
        assert_int_equal(fixture_translate(f, fetch(nth_va(f, 1))).pbmt, pbmt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permission_of_a_page_read_ahead_is_judged_at_the_hit),
        cmocka_unit_test(a_page_read_ahead_is_of_its_address_space),
        cmocka_unit_test(a_global_page_read_ahead_is_of_every_address_space),
        cmocka_unit_test(a_page_read_ahead_keeps_its_memory_type),
    };
    return fixture_run("prefetch_use", tests);
}
