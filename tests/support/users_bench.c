/* users_bench.c: the machine, the OS and the oracle of a test, and the file. */
#include "tests/support/users_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os_link.h"

enum { FRAMES = 24, SLOTS = 64 };

static void make_file(users_bench *b)
{
    uint8_t bytes[USERS_FILE_PAGES * PAGE];
    strcpy(b->path, "/tmp/test_userland-XXXXXX");
    int descriptor = mkstemp(b->path);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 251);
    assert_int_equal(write(descriptor, bytes, sizeof bytes), sizeof bytes);
    close(descriptor);
}

/* Frames for page tables that take them in rows come on top. */
users_bench *users_open(unsigned mode, uint64_t transfer)
{
    users_bench *b = calloc(1, sizeof *b);
    tw_memory_options memory = {.latency_min = 1, .latency_max = 4};
    userland_options options = {.os = {.mode = mode,
                                       .first_frame = mode == MODE_HASHED ? 0 : 0x80000,
                                       .frames = FRAMES + os_row_frames(mode, FRAMES, 3),
                                       .swap_slots = SLOTS,
                                       .adue = true,
                                       .zero_page = mode != MODE_HASHED,
                                       .disk = {.seek = transfer, .transfer = transfer}},
                                .outstanding = 4,
                                .seed = 1};
    tw_error error = {0};
    b->engine = tw_model_open(tw_config_named("default"));
    b->memory = tw_memory_open(&memory);
    b->machine = tw_machine_open(b->engine, b->memory);
    os_port port = os_link(b->machine);
    port.records = host_records();
    b->u = userland_open(b->machine, &port, &options, &error);
    if (b->u == NULL)
        fail_msg("%s", error.text);
    make_file(b);
    b->random = 1;
    return b;
}

void users_close(users_bench *b)
{
    userland_close(b->u);
    tw_machine_close(b->machine);
    tw_memory_close(b->memory);
    tw_engine_close(b->engine);
    unlink(b->path);
    free(b);
}

int users_set_up(void **state)
{
    *state = users_open(MODE_SV39, 0);
    return 0;
}

int users_set_up_slow_disk(void **state)
{
    *state = users_open(MODE_SV39, 300);
    return 0;
}

int users_tear_down(void **state)
{
    users_close(*state);
    return 0;
}

os_process *users_spawn(users_bench *b)
{
    tw_error error = {0};
    os_process *process;
    USERS_GOOD(user_spawn(b->u, &process, &error));
    return process;
}

uint64_t users_map(users_bench *b, os_process *p, uint64_t pages, os_object *object, unsigned flags)
{
    tw_error error = {0};
    const os_map_request request = {
        .bytes = pages * PAGE, .permissions = RW, .flags = flags, .object = object};
    uint64_t address;
    USERS_GOOD(user_mmap(b->u, p, &request, &address, &error));
    return address;
}

void users_put(users_bench *b, os_process *p, uint64_t va, uint64_t value)
{
    tw_error error = {0};
    user_end end;
    USERS_GOOD(user_access(b->u, p, OP_STORE, va, 8, &value, &end, &error));
    assert_int_equal(end, USER_DONE);
}

uint64_t users_get(users_bench *b, os_process *p, uint64_t va)
{
    tw_error error = {0};
    uint64_t value = 0xbad;
    user_end end;
    USERS_GOOD(user_access(b->u, p, OP_LOAD, va, 8, &value, &end, &error));
    assert_int_equal(end, USER_DONE);
    return value;
}

void users_finish(users_bench *b)
{
    tw_error error = {0};
    USERS_GOOD(user_finish(b->u, &error));
}
