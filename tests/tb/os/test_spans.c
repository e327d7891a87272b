/* Spans: the tree against a list that is searched from its beginning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/spans.h"
#include "tb/random.h"

enum { LOW = 1000, LAST = 3999, SPANS = 200, ROUNDS = 100000 };

typedef struct list {
    os_spans spans;
    os_span span[SPANS];
    int used[SPANS];
} list;

/* The oracle: what span, by number, an address is in; -1 for none. */
static int owner(const list *l, uint64_t address)
{
    for (int i = 0; i < SPANS; i++)
        if (l->used[i] && l->span[i].first <= address && address <= l->span[i].last)
            return i;
    return -1;
}

/* Walks all addresses: where the first gap of `bytes` begins, and how long the longest one is. */
static int walk(const list *l, uint64_t bytes, uint64_t *at, uint64_t *longest)
{
    uint64_t run = 0;
    int found = 0;
    *longest = 0;
    for (uint64_t address = LOW; address <= LAST; address++) {
        const int in = owner(l, address);
        run = in < 0 ? run + 1 : 0;
        *longest = run > *longest ? run : *longest;
        if (run == bytes && !found) {
            *at = address - bytes + 1;
            found = 1;
        }
        if (in >= 0)
            address = l->span[in].last;
    }
    return found;
}

static void compare_gaps(const list *l, uint64_t bytes, uint64_t seed, int round)
{
    uint64_t want = 0, got = 0, longest = 0;
    const int fits = walk(l, bytes, &want, &longest);
    if (os_spans_fit(&l->spans, LOW, LAST, bytes, &got) != fits || (fits && got != want))
        fail_msg("gap of %u: expected %u, got %u (seed %u, round %d)", (unsigned)bytes,
                 fits ? (unsigned)want : 0, (unsigned)got, (unsigned)seed, round);
    assert_int_equal(os_spans_longest_gap(&l->spans, LOW, LAST), longest);
}

static void compare_owner(const list *l, uint64_t address)
{
    const int want = owner(l, address);
    uint64_t next = address;
    while (next <= LAST && owner(l, next) < 0)
        next++;
    const os_span *after = next <= LAST ? &l->span[owner(l, next)] : NULL;
    assert_ptr_equal(os_spans_find(&l->spans, address), want < 0 ? NULL : &l->span[want]);
    assert_ptr_equal(os_spans_next(&l->spans, address), after);
}

/* Adds a span somewhere, which may overlap another one, or takes one away. */
static void change(list *l, uint64_t *random)
{
    const size_t i = random_below(random, SPANS);
    os_span *s = &l->span[i];
    if (l->used[i]) {
        os_spans_remove(&l->spans, s);
        l->used[i] = 0;
        return;
    }
    s->first = LOW + random_below(random, LAST - LOW - 40);
    s->last = s->first + random_below(random, 40);
    int overlaps = 0;
    for (uint64_t address = s->first; address <= s->last; address++)
        overlaps |= owner(l, address) >= 0;
    const os_span *other = os_spans_add(&l->spans, s);
    assert_int_equal(other != NULL, overlaps);
    l->used[i] = other == NULL;
}

static void spans_and_gaps_are_those_that_a_search_finds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t random = seed;
        list *l = calloc(1, sizeof *l);
        assert_non_null(l);
        for (int round = 0; round < ROUNDS / 3; round++) {
            change(l, &random);
            if (round % 20 == 0) {
                compare_gaps(l, 1 + random_below(&random, 60), seed, round);
                compare_owner(l, LOW + random_below(&random, LAST - LOW));
            }
        }
        free(l);
    }
}

static void spans_reach_to_the_last_address(void **state)
{
    (void)state;
    os_spans spans = {0};
    os_span top = {.first = UINT64_MAX - 9, .last = UINT64_MAX};
    uint64_t at = 0;
    assert_true(os_spans_fit(&spans, UINT64_MAX - 99, UINT64_MAX, 100, &at));
    assert_null(os_spans_add(&spans, &top));
    assert_false(os_spans_fit(&spans, UINT64_MAX - 99, UINT64_MAX, 91, &at));
    assert_true(os_spans_fit(&spans, UINT64_MAX - 99, UINT64_MAX, 90, &at));
    assert_true(at == UINT64_MAX - 99);
    assert_ptr_equal(os_spans_find(&spans, UINT64_MAX), &top);
    assert_null(os_spans_find(&spans, UINT64_MAX - 10));
}

/* Levels from the root to the lowest span. */
static unsigned depth(const os_span *span)
{
    if (span == NULL)
        return 0;
    const unsigned left = depth(RB_LEFT(span, link)), right = depth(RB_RIGHT(span, link));
    return 1 + (left > right ? left : right);
}

static void a_hundred_thousand_spans_in_order_are_at_most_34_levels(void **state)
{
    (void)state;
    enum { MANY = 100000 }; /* 2 log2(n + 1) = 33.2 */
    os_spans spans = {0};
    os_span *span = calloc(MANY, sizeof *span);
    assert_non_null(span);
    for (uint64_t i = 0; i < MANY; i++) {
        span[i].first = span[i].last = 2 * i;
        assert_null(os_spans_add(&spans, &span[i]));
    }
    assert_in_range(depth(RB_ROOT(&spans)), 17, 34);
    free(span);
}

int main(void)
{
    const struct CMUnitTest spans[] = {
        cmocka_unit_test(spans_and_gaps_are_those_that_a_search_finds),
        cmocka_unit_test(spans_reach_to_the_last_address),
        cmocka_unit_test(a_hundred_thousand_spans_in_order_are_at_most_34_levels),
    };
    return cmocka_run_group_tests(spans, NULL, NULL);
}
