/*
 * users_bench.h: processes on the OS with the oracle beside them, on the cycle model, and a file
 * for them. Whatever is not TW_OK fails the test with its sentence.
 */
#ifndef TESTS_SUPPORT_USERS_BENCH_H
#define TESTS_SUPPORT_USERS_BENCH_H

#include "tb/userland/userland.h"

enum { PAGE = OS_PAGE_BYTES, USERS_FILE_PAGES = 10, RW = OS_R | OS_W };

typedef struct users_bench {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    userland *u;
    char path[40]; /* a file whose byte i is i modulo 251 */
    uint64_t random;
} users_bench;

/* A seek takes `transfer` cycles, and so does a transfer; 0: the disk takes no time. */
users_bench *users_open(unsigned mode, uint64_t transfer);
void users_close(users_bench *b);

/* Sv39, and the disk takes no time, or some. */
int users_set_up(void **state);
int users_set_up_slow_disk(void **state);
int users_tear_down(void **state);

#define USERS_TEST(name) cmocka_unit_test_setup_teardown(name, users_set_up, users_tear_down)
#define USERS_SLOW(name) \
    cmocka_unit_test_setup_teardown(name, users_set_up_slow_disk, users_tear_down)

/* `error` must be in scope. */
#define USERS_GOOD(call)                           \
    do {                                           \
        if ((call) != TW_OK)                       \
            fail_msg("%s: %s", #call, error.text); \
    } while (0)

os_process *users_spawn(users_bench *b);
uint64_t users_map(users_bench *b, os_process *p, uint64_t pages, os_object *object,
                   unsigned flags);
void users_put(users_bench *b, os_process *p, uint64_t va, uint64_t value); /* 8 bytes */
uint64_t users_get(users_bench *b, os_process *p, uint64_t va);
void users_finish(users_bench *b); /* user_finish */

#endif
