/*
 * Calls and accesses of three processes in any order, with too little memory for all, huge pages
 * where there is room, and all tables dropped now and then; every load is compared with the
 * oracle, and the OS is audited. In every mode. A failure tells seed and step.
 */
#include <stdlib.h>

#include "tb/random.h"
#include "tests/support/call_bench.h"
#include "tests/support/call_oracle.h"

enum { BASE = 0x40000000, STEPS = 1200, LOCKED_MAX = 24 };

static unsigned mode; /* of the tests that run */

typedef struct soak {
    call_bench *b;
    oracle o;
    os_object *shared;
    os_process *process[ORACLE_PROCESSES]; /* NULL: none */
    size_t locked;                         /* pages at most; no more than that are locked */
    uint64_t seed, random;
    unsigned step;
    unsigned forks, huge, loads, refused; /* what the test met; huge: after how many steps */
} soak;

/* What an operation is done to. */
typedef struct target {
    size_t who;
    os_process *process;
    size_t first, end; /* pages */
    uint64_t va, bytes;
} target;

static void expect(const soak *s, uint64_t want, uint64_t got, const char *what)
{
    if (want != got)
        fail_msg("%s: expected %#llx, got %#llx; seed %llu, step %u", what,
                 (unsigned long long)want, (unsigned long long)got, (unsigned long long)s->seed,
                 s->step);
}

/* A status that the oracle foresees, or that memory was out. False then. */
static bool expect_status(soak *s, tw_status want, tw_status got, const char *what)
{
    s->refused += got != TW_OK;
    if (got == TW_NO_MEMORY)
        return false;
    expect(s, want, got, what);
    return true;
}

static uint32_t below(soak *s, uint64_t n)
{
    return random_below(&s->random, n);
}

/* Few pages as a rule, and sometimes all. */
static target choose(soak *s)
{
    target t = {0};
    do
        t.who = below(s, ORACLE_PROCESSES);
    while (s->process[t.who] == NULL);
    t.process = s->process[t.who];
    const size_t most = below(s, 8) == 0 ? ORACLE_PAGES : 12;
    t.first = below(s, ORACLE_PAGES);
    t.end = t.first + 1 + below(s, most);
    if (most == ORACLE_PAGES)
        t.first = 0;
    t.end = t.end < ORACLE_PAGES ? t.end : ORACLE_PAGES;
    t.va = BASE + PAGE(t.first);
    t.bytes = PAGE(t.end - t.first);
    return t;
}

static unsigned any_permissions(soak *s)
{
    static const unsigned choice[] = {OS_R | OS_W, OS_R | OS_W, OS_R | OS_W, OS_R, 0};
    return choice[below(s, sizeof choice / sizeof *choice)];
}

/* ---- the operations -------------------------------------------------------------------------- */

static void do_map(soak *s, const target *t)
{
    const oracle_kind kind = (oracle_kind)(ORACLE_OWN + below(s, 3));
    const unsigned permissions = any_permissions(s);
    const os_map_request request = {.address = t->va,
                                    .bytes = t->bytes,
                                    .permissions = permissions,
                                    .flags = kind == ORACLE_SHARED ? OS_VMA_SHARED
                                             : below(s, 2) == 0    ? OS_VMA_HUGE
                                                                   : 0,
                                    .fixed = true,
                                    .populate = kind != ORACLE_COPIED &&
                                                below(s, 8) == 0, /* it would be copied now */
                                    .object = kind == ORACLE_OWN ? NULL : s->shared,
                                    .offset = kind == ORACLE_OWN ? 0 : PAGE(t->first)};
    uint64_t va;
    if (expect_status(s, TW_OK, os_mmap(s->b->system, t->process, &request, &va, NULL), "mmap"))
        call_oracle_map(&s->o, t->who, t->first, t->end, kind, permissions);
}

/* All of the window, so that huge pages can come. */
static void do_map_all(soak *s, const target *t)
{
    const unsigned permissions = OS_R | OS_W;
    const os_map_request request = {.address = BASE,
                                    .bytes = PAGE(ORACLE_PAGES),
                                    .permissions = permissions,
                                    .flags = OS_VMA_HUGE,
                                    .fixed = true};
    uint64_t va;
    if (expect_status(s, TW_OK, os_mmap(s->b->system, t->process, &request, &va, NULL), "mmap"))
        call_oracle_map(&s->o, t->who, 0, ORACLE_PAGES, ORACLE_OWN, permissions);
}

static void do_unmap(soak *s, const target *t)
{
    if (expect_status(s, TW_OK, os_munmap(s->b->system, t->process, t->va, t->bytes, NULL),
                      "munmap"))
        call_oracle_unmap(&s->o, t->who, t->first, t->end);
}

static void do_protect(soak *s, const target *t)
{
    const unsigned permissions = any_permissions(s);
    const bool can = call_oracle_protect(&s->o, t->who, t->first, t->end, permissions);
    expect_status(s, can ? TW_OK : TW_USAGE,
                  os_mprotect(s->b->system, t->process, t->va, t->bytes, permissions, NULL),
                  "mprotect");
}

static void do_not_needed(soak *s, const target *t)
{
    const bool can = call_oracle_not_needed(&s->o, t->who, t->first, t->end);
    expect_status(s, can ? TW_OK : TW_USAGE,
                  os_madvise(s->b->system, t->process, t->va, t->bytes, OS_ADVISE_DONTNEED, NULL),
                  "madvise");
}

static void do_will_need(soak *s, const target *t)
{
    const tw_status got =
        os_madvise(s->b->system, t->process, t->va, t->bytes, OS_ADVISE_WILLNEED, NULL);
    bool gap = false;
    for (size_t i = t->first; i < t->end; i++)
        gap |= s->o.page[t->who][i].kind == ORACLE_NOTHING;
    expect_status(s, gap ? TW_USAGE : TW_OK, got, "will need");
}

/* Pages that mlock would copy now, as many as come: the oracle cannot know. */
static bool has_copied(const soak *s, const target *t)
{
    bool any = false;
    for (size_t i = t->first; i < t->end; i++)
        any |= s->o.page[t->who][i].kind == ORACLE_COPIED;
    return any;
}

static void do_lock(soak *s, const target *t)
{
    const size_t pages = t->end - t->first;
    if (has_copied(s, t))
        return;
    if (s->locked + pages > LOCKED_MAX) {
        s->locked = 0;
        for (size_t who = 0; who < ORACLE_PROCESSES; who++)
            for (size_t i = 0; i < ORACLE_PAGES && s->process[who] != NULL; i++)
                if (call_oracle_lock(&s->o, who, i, i + 1, false))
                    expect(s, TW_OK,
                           os_munlock(s->b->system, s->process[who], BASE + PAGE(i), 1, NULL),
                           "munlock");
        return;
    }
    const tw_status got = os_mlock(s->b->system, t->process, t->va, t->bytes, NULL);
    if (got == TW_NO_MEMORY)
        return;
    const bool can = call_oracle_lock(&s->o, t->who, t->first, t->end, true);
    expect(s, can ? TW_OK : TW_USAGE, got, "mlock");
    s->locked += can ? pages : 0;
}

static void do_fork(soak *s, const target *t)
{
    size_t who = 0;
    while (who < ORACLE_PROCESSES && s->process[who] != NULL)
        who++;
    if (who == ORACLE_PROCESSES) { /* there is no room: one ends */
        expect(s, TW_OK, os_end(s->b->system, t->process, NULL), "end");
        call_oracle_unmap(&s->o, t->who, 0, ORACLE_PAGES);
        s->process[t->who] = NULL;
        return;
    }
    os_process *child = NULL;
    if (!expect_status(s, TW_OK, os_fork(s->b->system, t->process, &child, NULL), "fork"))
        return;
    s->process[who] = child;
    s->forks++;
    call_oracle_fork(&s->o, t->who, who);
}

static void do_collapse(soak *s, const target *t)
{
    const uint64_t bytes = os_huge_bytes(mode);
    size_t made = 0;
    if (bytes == 0)
        return;
    expect_status(s, TW_OK, os_collapse(s->b->system, t->process, BASE, bytes, &made, NULL),
                  "collapse");
}

static void access_page(soak *s, const target *t, size_t page)
{
    const oracle_page *p = &s->o.page[t->who][page];
    const uint64_t va = BASE + PAGE(page);
    if (p->kind == ORACLE_NOTHING || (p->permissions & OS_R) == 0)
        return;
    bench_switch(s->b, t->process);
    expect(s, call_oracle_load(&s->o, t->who, page), bench_load(s->b, va), "load");
    s->loads++;
    if ((p->permissions & OS_W) == 0 || below(s, 2) == 0)
        return;
    const uint64_t value = random_next(&s->random);
    bench_store(s->b, va, value);
    call_oracle_store(&s->o, t->who, page, value);
}

static void do_accesses(soak *s, const target *t)
{
    for (size_t i = t->first; i < t->end; i++)
        access_page(s, t, i);
}

static void do_drop(soak *s, const target *t)
{
    tw_error error = {0};
    (void)t;
    expect(s, TW_OK, os_drop_tables(s->b->system, &error), "drop tables");
    if (os_audit(s->b->system, &error) != TW_OK)
        fail_msg("%s; seed %llu, step %u", error.text, (unsigned long long)s->seed, s->step);
}

static void step(soak *s)
{
    static void (*const operations[])(soak *, const target *) = {
        do_map,      do_map_all,  do_unmap,    do_protect,  do_not_needed, do_will_need,
        do_lock,     do_fork,     do_fork,     do_collapse, do_drop,       do_accesses,
        do_accesses, do_accesses, do_accesses, do_accesses, do_accesses,   do_accesses,
        do_accesses, do_accesses, do_accesses};
    const target t = choose(s);
    tw_error error = {0};
    if (s->step == 0) { /* while there are frames in a row */
        do_map_all(s, &t);
        access_page(s, &t, 0);
    }
    operations[below(s, sizeof operations / sizeof *operations)](s, &t);
    for (size_t who = 0; who < ORACLE_PROCESSES; who++)
        s->huge += s->process[who] != NULL && !RB_EMPTY(&s->process[who]->space->huge);
    if (s->step % 16 == 0 && os_audit(s->b->system, &error) != TW_OK)
        fail_msg("%s; seed %llu, step %u", error.text, (unsigned long long)s->seed, s->step);
}

static void soak_with(os_disk_times disk)
{
    const char *wish = getenv("SEED");
    soak *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->seed = s->random = wish != NULL ? strtoull(wish, NULL, 0) : 1;
    const os_options options = {.adue = true, .swap_slots = 8192, .zero_page = true, .disk = disk};
    s->b = call_bench_open(mode, 1, mode == MODE_SV32 ? 1500 : 1080, &options);
    s->process[0] = s->b->process;
    tw_error error = {0};
    bench_ok(os_object_shared(s->b->system, "memory", ORACLE_PAGES, &s->shared, &error), &error);
    for (s->step = 0; s->step < STEPS; s->step++) {
        const bool alive = s->process[0] != NULL || s->process[1] != NULL || s->process[2] != NULL;
        if (!alive)
            bench_ok(os_spawn(s->b->system, &s->process[0], &error), &error);
        step(s);
    }
    assert_true(s->forks > 0 && s->loads > STEPS && s->refused > 0);
    assert_true(s->huge > 0 || os_huge_bytes(mode) == 0);
    assert_true(os_statistics(s->b->system)->swap_in > 0);
    assert_true(os_statistics(s->b->system)->copies > 0);
    assert_int_equal(os_object_drop(s->b->system, s->shared, NULL), TW_OK);
    call_bench_close(s->b);
    free(s);
}

static void whatever_is_called_everyone_sees_what_it_should(void **state)
{
    (void)state;
    soak_with((os_disk_times){0});
}

static void and_so_they_do_if_the_disk_takes_time(void **state)
{
    (void)state;
    soak_with((os_disk_times){.seek = 500, .transfer = 50});
}

int main(void)
{
    const struct CMUnitTest random[] = {
        cmocka_unit_test(whatever_is_called_everyone_sees_what_it_should),
        cmocka_unit_test(and_so_they_do_if_the_disk_takes_time),
    };
    return golden_in_every_mode("calls_random", random, sizeof random / sizeof *random, &mode);
}
