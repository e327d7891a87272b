/* Areas against linear scans: random operations, everything compared after each. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/random.h"
#include "tests/support/vma_oracle.h"

enum { OPERATIONS = 100000, SEEDS = 2, LEAST_EACH = 500, HEAP = 40 * OS_PAGE_BYTES };

typedef enum operation {
    MAP,
    MAP_NEW,
    PLACE,
    UNMAP,
    PROTECT,
    LOCK,
    UNLOCK,
    HUGE,
    NO_HUGE,
    WILLNEED,
    DONTNEED,
    GAP,
    BRK,
    GROW,
    OPERATION_KINDS
} operation;

static const char *const name[] = {"map",      "map_new", "place", "unmap",   "protect",
                                   "lock",     "unlock",  "huge",  "no_huge", "willneed",
                                   "dontneed", "gap",     "brk",   "grow"};

static int file[ORACLE_FILES]; /* references of each */

static void hold(void *f)
{
    ++*(int *)f;
}

static void drop(void *f)
{
    --*(int *)f;
}

static tw_status see(void *context, const os_vma *part, tw_error *error)
{
    (void)error;
    oracle_seen *seen = context;
    seen->parts++;
    for (uint64_t va = part->start; va < part->end; va += OS_PAGE_BYTES)
        seen->page[va / OS_PAGE_BYTES] = true;
    return TW_OK;
}

/* The arguments of one operation. */
typedef struct step {
    operation kind;
    uint64_t seed;
    unsigned number;
    os_vma area;
    os_vma_window window;
    uint64_t va;
} step;

static void wrong(const step *s, const char *what)
{
    fail_msg("seed %" PRIu64 ", operation %u, %s [%#" PRIx64 ", %#" PRIx64 ") va %#" PRIx64 ": %s",
             s->seed, s->number, name[s->kind], s->area.start, s->area.end, s->va, what);
}

static uint64_t random_page(uint64_t *state)
{
    return random_below(state, ORACLE_PAGES) * (uint64_t)OS_PAGE_BYTES;
}

/* Short ranges mostly, few kinds of areas, so that neighbours are often alike. */
static step random_step(uint64_t *state, uint64_t seed, unsigned number)
{
    step s = {.kind = random_below(state, OPERATION_KINDS), .seed = seed, .number = number};
    uint64_t pages = 1 + random_below(state, random_percent(state, 10) ? 60 : 8);
    s.area.start = random_page(state);
    s.area.end = s.area.start + pages * OS_PAGE_BYTES;
    if (random_percent(state, 2))
        s.area.end += 1;
    s.area.permissions = random_percent(state, 50) ? OS_R | OS_W : OS_R;
    unsigned kind = random_below(state, 10);
    if (kind < 3)
        s.area.file = &file[kind % ORACLE_FILES];
    if (kind >= 2 && kind < 5)
        s.area.flags = kind == 4 ? OS_VMA_SHARED : OS_VMA_GROWS_DOWN;
    s.area.offset = random_percent(state, 80) ? s.area.start : 0;
    s.window = (os_vma_window){random_page(state), 0, random_percent(state, 50)};
    s.window.high = s.window.low + random_page(state);
    s.va = random_page(state) + random_below(state, OS_PAGE_BYTES);
    if (s.kind == BRK)
        s.va = HEAP + random_below(state, 16 * OS_PAGE_BYTES);
    return s;
}

static tw_status change(os_vmas *areas, vma_oracle *o, const step *s, tw_status *want,
                        const os_vma_visitor *v)
{
    uint64_t start = s->area.start, end = s->area.end;
    switch (s->kind) {
    case PROTECT:
        *want = oracle_protect(o, start, end, s->area.permissions);
        return os_vmas_protect(areas, start, end, s->area.permissions, v, NULL);
    case LOCK:
        *want = oracle_mark(o, start, end, 0, OS_VMA_LOCKED);
        return os_vmas_lock(areas, start, end, v, NULL);
    case UNLOCK:
        *want = oracle_mark(o, start, end, OS_VMA_LOCKED, 0);
        return os_vmas_unlock(areas, start, end, v, NULL);
    case HUGE:
        *want = oracle_mark(o, start, end, 0, OS_VMA_HUGE);
        return os_vmas_advise(areas, start, end, OS_ADVISE_HUGE, v, NULL);
    case NO_HUGE:
        *want = oracle_mark(o, start, end, OS_VMA_HUGE, 0);
        return os_vmas_advise(areas, start, end, OS_ADVISE_NO_HUGE, v, NULL);
    case WILLNEED:
        *want = oracle_show(o, start, end, false);
        return os_vmas_advise(areas, start, end, OS_ADVISE_WILLNEED, v, NULL);
    default:
        *want = oracle_show(o, start, end, true);
        return os_vmas_advise(areas, start, end, OS_ADVISE_DONTNEED, v, NULL);
    }
}

/* `place`: the same gap, and the same area there. */
static tw_status place(os_vmas *areas, vma_oracle *o, const step *s, tw_status *want)
{
    os_vma area = s->area, expected = s->area;
    *want = oracle_gap(o, area.end - area.start, s->window, &expected.start);
    expected.end = expected.start + (area.end - area.start);
    if (*want == TW_OK)
        *want = oracle_map(o, &expected);
    tw_status got = os_vmas_place(areas, &area, s->window, NULL);
    if (got == TW_OK && area.start != expected.start)
        wrong(s, "went to another gap");
    return got;
}

static tw_status gap(const os_vmas *areas, const vma_oracle *o, const step *s, tw_status *want)
{
    uint64_t expected = 0, start = 0, bytes = s->area.end - s->area.start;
    *want = oracle_gap(o, bytes, s->window, &expected);
    tw_status got = os_vmas_gap(areas, bytes, s->window, &start, NULL);
    if (got == TW_OK && *want == TW_OK && start != expected)
        wrong(s, "found another gap");
    return got;
}

static tw_status play(os_vmas *areas, vma_oracle *o, const step *s, tw_status *want,
                      const os_vma_visitor *v)
{
    switch (s->kind) {
    case MAP:
        *want = oracle_map(o, &s->area);
        return os_vmas_map(areas, &s->area, v, NULL);
    case MAP_NEW:
        *want = oracle_map_new(o, &s->area);
        return os_vmas_map_new(areas, &s->area, NULL);
    case PLACE:
        return place(areas, o, s, want);
    case UNMAP:
        *want = oracle_unmap(o, s->area.start, s->area.end);
        return os_vmas_unmap(areas, s->area.start, s->area.end, v, NULL);
    case GAP:
        return gap(areas, o, s, want);
    case BRK:
        *want = oracle_brk(o, s->va);
        return os_vmas_brk(areas, s->va, v, NULL);
    case GROW:
        *want = oracle_grow(o, s->va);
        return os_vmas_grow(areas, s->va, NULL);
    default:
        return change(areas, o, s, want, v);
    }
}

static bool equal(const os_vma *a, const os_vma *b)
{
    return a->start == b->start && a->end == b->end && a->permissions == b->permissions &&
           a->flags == b->flags && a->file == b->file && a->offset == b->offset;
}

/* Every area and every file; the area at a random address. */
static void compare(os_vmas *areas, const vma_oracle *o, const step *s)
{
    os_vma want;
    int held[ORACLE_FILES] = {0};
    const os_vma *area = os_vmas_first(areas), *found = os_vmas_find(areas, s->va), *hit = NULL;
    for (size_t at = 0; oracle_area(o, &at, &want); area = os_vmas_next(area)) {
        if (area == NULL || !equal(area, &want)) {
            wrong(s, "the areas differ");
            return;
        }
        if (area->file != NULL)
            held[(int *)area->file - file]++;
        if (area->start <= s->va && s->va < area->end)
            hit = area;
    }
    if (area != NULL)
        wrong(s, "there are more areas");
    if (found != hit)
        wrong(s, "another area was found at va");
    if (memcmp(held, file, sizeof held) != 0)
        wrong(s, "a file is not held once by each of its areas");
    tw_error error;
    if (os_vmas_check(areas, &error) != TW_OK)
        wrong(s, error.text);
}

static void run(uint64_t seed, unsigned done[OPERATION_KINDS])
{
    static const os_vma_files files = {hold, drop, NULL};
    vma_oracle *o = calloc(1, sizeof *o);
    assert_non_null(o);
    o->options = (os_vmas_options){.low = 4 * OS_PAGE_BYTES,
                                   .high = (ORACLE_PAGES - 70) * OS_PAGE_BYTES,
                                   .limit = OS_VMAS_MAX,
                                   .guard_pages = 3,
                                   .stack_pages = 24,
                                   .files = &files};
    const os_records records = host_records();
    os_vmas *areas = os_vmas_open(&records, &o->options, NULL);
    o->heap_start = o->heap_end = HEAP;
    assert_int_equal(os_vmas_heap(areas, HEAP, NULL), TW_OK);
    uint64_t state = seed;
    for (unsigned i = 0; i < OPERATIONS; i++) {
        step s = random_step(&state, seed, i);
        oracle_seen seen = {0};
        os_vma_visitor visitor = {see, &seen};
        tw_status want = TW_OK;
        o->want = (oracle_seen){0};
        tw_status got = play(areas, o, &s, &want, &visitor);
        if (got != want)
            wrong(&s, want == TW_OK ? "was refused" : "was not refused as it should");
        if (s.kind != MAP_NEW && s.kind != PLACE && s.kind != GROW && got == TW_OK &&
            memcmp(&seen, &o->want, sizeof seen) != 0)
            wrong(&s, "the visitor saw other parts");
        compare(areas, o, &s);
        done[s.kind] += got == TW_OK;
    }
    os_vmas_close(areas);
    for (int i = 0; i < ORACLE_FILES; i++)
        assert_int_equal(file[i], 0);
    free(o);
}

static void random_operations_leave_what_linear_scans_say(void **state)
{
    (void)state;
    unsigned done[OPERATION_KINDS] = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, done);
    for (unsigned i = 0; i < OPERATION_KINDS; i++)
        if (done[i] < LEAST_EACH)
            fail_msg("expected at least %d of %s that succeed, got %u", LEAST_EACH, name[i],
                     done[i]);
}

int main(void)
{
    const struct CMUnitTest vma[] = {
        cmocka_unit_test(random_operations_leave_what_linear_scans_say),
    };
    return cmocka_run_group_tests(vma, NULL, NULL);
}
