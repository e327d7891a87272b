/* page_bench.c: an os that was opened by hand. */
#include "tests/support/page_bench.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint8_t *bench_frame(page_bench *bench, uint64_t ppn)
{
    assert_in_range(ppn, BENCH_FIRST, BENCH_FIRST + BENCH_FRAMES - 1);
    return (uint8_t *)&bench->word[(ppn - BENCH_FIRST) * 512];
}

/* ---- the port -------------------------------------------------------------------------------- */

static uint64_t *word_at(page_bench *bench, uint64_t address)
{
    return (uint64_t *)(void *)(bench_frame(bench, address >> PAGE_SHIFT) +
                                address % OS_PAGE_BYTES);
}

static tw_status read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value,
                           tw_error *error)
{
    (void)error;
    assert_int_equal(bytes, 8);
    *value = *word_at(context, address);
    return TW_OK;
}

static tw_status write_word(void *context, uint64_t address, unsigned bytes, uint64_t value,
                            tw_error *error)
{
    (void)error;
    assert_int_equal(bytes, 8);
    *word_at(context, address) = value;
    return TW_OK;
}

static tw_status swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                           uint64_t desired, uint64_t *found, tw_error *error)
{
    tw_status status = read_word(context, address, bytes, found, error);
    return *found == expected ? write_word(context, address, bytes, desired, error) : status;
}

static tw_status refuse(const page_bench *bench, tw_error *error)
{
    return bench->bus_error ? tw_fail(error, TW_TIMEOUT, "the bus says no") : TW_OK;
}

static tw_status read_page(void *context, uint64_t address, void *page, tw_error *error)
{
    memcpy(page, bench_frame(context, address >> PAGE_SHIFT), OS_PAGE_BYTES);
    return refuse(context, error);
}

static tw_status write_page(void *context, uint64_t address, const void *page, tw_error *error)
{
    tw_status status = refuse(context, error);
    if (status == TW_OK)
        memcpy(bench_frame(context, address >> PAGE_SHIFT), page, OS_PAGE_BYTES);
    return status;
}

static tw_status fence(void *context, tw_fence_kind kind, uint64_t va, unsigned asid,
                       tw_error *error)
{
    (void)kind;
    (void)va;
    (void)asid;
    (void)error;
    ((page_bench *)context)->fences++;
    return TW_OK;
}

static uint64_t now(void *context)
{
    return ((page_bench *)context)->now;
}

static void event(void *context, const os_event *seen)
{
    page_bench *bench = context;
    bench->event[bench->events++ % BENCH_EVENTS] = *seen;
}

/* ---- the bench ------------------------------------------------------------------------------- */

int bench_set_up(void **state)
{
    page_bench *bench = calloc(1, sizeof *bench);
    os *system = &bench->system;
    file_make(bench->path, 4);
    assert_int_equal(truncate(bench->path, 3 * OS_PAGE_BYTES + 100), 0);
    file_make(bench->swap_path, 0);
    system->port = (os_port){.context = bench,
                             .read = read_word,
                             .write = write_word,
                             .swap = swap_word,
                             .read_page = read_page,
                             .write_page = write_page,
                             .fence = fence,
                             .now = now,
                             .event = event,
                             .event_context = bench,
                             .records = counted_records_of(&bench->records)};
    system->options = (os_options){
        .mode = MODE_SV39, .first_frame = BENCH_FIRST, .frames = BENCH_FRAMES, .swap_slots = 4};
    system->frames = os_frames_open(&system->port, BENCH_FIRST, BENCH_FRAMES, NULL, NULL);
    system->swap = os_swap_open(&system->port.records, bench->swap_path, 4, NULL);
    *state = bench;
    return system->frames == NULL || system->swap == NULL || os_clock_open(system, NULL) != TW_OK;
}

int bench_tear_down(void **state)
{
    page_bench *bench = *state;
    for (os_object *object; (object = os_object_next(&bench->system, NULL)) != NULL;)
        os_object_drop(&bench->system, object, NULL);
    os_pages_end_late(&bench->system, UINT64_MAX);
    os_clock_close(&bench->system);
    os_frames_close(bench->system.frames);
    os_swap_close(bench->system.swap);
    assert_int_equal(bench->records.alive, 0);
    unlink(bench->path);
    unlink(bench->swap_path);
    free(bench);
    return 0;
}

uint64_t bench_take_frame(page_bench *bench)
{
    uint64_t ppn = 0;
    assert_int_equal(os_frames_take(bench->system.frames, OS_FRAME_USER, 0, &ppn, NULL), TW_OK);
    return ppn;
}

static const os_event *event_at(const page_bench *bench, size_t index)
{
    return &bench->event[index % BENCH_EVENTS];
}

unsigned bench_count(const page_bench *bench, os_event_kind kind)
{
    unsigned count = 0;
    assert_true(bench->events <= BENCH_EVENTS);
    for (size_t i = 0; i < bench->events; i++)
        count += event_at(bench, i)->kind == kind;
    return count;
}

const os_event *bench_last(const page_bench *bench, os_event_kind kind)
{
    for (size_t i = bench->events; i-- > 0;)
        if (event_at(bench, i)->kind == kind)
            return event_at(bench, i);
    fail_msg("no event of kind %d", (int)kind);
    return NULL;
}
