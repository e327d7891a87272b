/*
 * memory.c: memory.h on top of a page_store.
 *
 * Requests in flight stand in `waiting`, oldest first, with their result already in them: a request
 * is performed when it is taken. Between two clocks `answer` is what the response pins show.
 */
#include "tablewalk/memory.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "tb/page_store.h"
#include "tb/random.h"

enum { WAITING_MAX = 16 }; /* twice what all walkers together can ask for */

struct range {
    uint64_t low, high;
};

struct ranges {
    struct range *range;
    size_t count;
};

struct response {
    uint64_t due; /* cycle in which the pins may show it */
    uint64_t data;
    uint8_t id;
    bool swapped, error;
};

struct tw_memory {
    struct page_store *pages;
    struct ranges bus_errors, read_only;
    tw_memory_options options;
    uint64_t random, cycle;
    struct response waiting[WAITING_MAX];
    unsigned waiting_count;
    tw_memory_distance *distance; /* or NULL */
    void *distance_context;
    struct response answer;
    bool answer_valid, ready;
};

/* ---- software's view ------------------------------------------------------------------------- */

static const uint64_t PA_MASK = (UINT64_C(1) << TW_PA_BITS) - 1;

static uint64_t page_number(uint64_t address)
{
    return (address & PA_MASK) >> PAGE_SHIFT;
}

static uint64_t load(const uint8_t *page, uint64_t address, unsigned bytes)
{
    uint64_t value = 0;
    memcpy(&value, page + address % PAGE_BYTES, bytes);
    return le64toh(value);
}

static void store(uint8_t *page, uint64_t address, unsigned bytes, uint64_t value)
{
    uint64_t little = htole64(value);
    memcpy(page + address % PAGE_BYTES, &little, bytes);
}

uint64_t tw_memory_read(const tw_memory *memory, uint64_t address, unsigned bytes)
{
    assert(bytes <= 8 && address % bytes == 0);
    const uint8_t *page = page_find(memory->pages, page_number(address));
    return page == NULL ? 0 : load(page, address, bytes);
}

tw_status tw_memory_write(tw_memory *memory, uint64_t address, unsigned bytes, uint64_t value)
{
    assert(bytes <= 8 && address % bytes == 0);
    uint8_t *page = page_make(memory->pages, page_number(address));
    if (page == NULL)
        return TW_NO_MEMORY;
    store(page, address, bytes, value);
    return TW_OK;
}

void tw_memory_read_page(const tw_memory *memory, uint64_t address, void *bytes)
{
    assert(address % PAGE_BYTES == 0);
    const uint8_t *page = page_find(memory->pages, page_number(address));
    if (page == NULL)
        memset(bytes, 0, PAGE_BYTES);
    else
        memcpy(bytes, page, PAGE_BYTES);
}

tw_status tw_memory_write_page(tw_memory *memory, uint64_t address, const void *bytes)
{
    assert(address % PAGE_BYTES == 0);
    uint8_t *page = page_make(memory->pages, page_number(address));
    if (page == NULL)
        return TW_NO_MEMORY;
    memcpy(page, bytes, PAGE_BYTES);
    return TW_OK;
}

/* ---- faults ---------------------------------------------------------------------------------- */

static tw_status ranges_add(struct ranges *ranges, uint64_t low, uint64_t high)
{
    struct range *grown = realloc(ranges->range, (ranges->count + 1) * sizeof *grown);
    if (grown == NULL)
        return TW_NO_MEMORY;
    ranges->range = grown;
    grown[ranges->count++] = (struct range){low, high};
    return TW_OK;
}

static bool ranges_hold(const struct ranges *ranges, uint64_t address, unsigned bytes)
{
    for (size_t i = 0; i < ranges->count; i++) {
        const struct range *range = &ranges->range[i];
        if (address + bytes - 1 >= range->low && address <= range->high)
            return true;
    }
    return false;
}

static void ranges_clear(struct ranges *ranges)
{
    free(ranges->range);
    *ranges = (struct ranges){0};
}

tw_status tw_memory_add_bus_error(tw_memory *memory, uint64_t low, uint64_t high)
{
    return ranges_add(&memory->bus_errors, low, high);
}

tw_status tw_memory_add_read_only(tw_memory *memory, uint64_t low, uint64_t high)
{
    return ranges_add(&memory->read_only, low, high);
}

void tw_memory_clear_faults(tw_memory *memory)
{
    ranges_clear(&memory->bus_errors);
    ranges_clear(&memory->read_only);
}

/* ---- the walker's view ----------------------------------------------------------------------- */

/* False if the bus refuses every access there. Else *page is the page, NULL if it reads as
 * zeros. */
static bool reach(const tw_memory *memory, uint64_t address, unsigned bytes, uint8_t **page)
{
    *page = page_find(memory->pages, page_number(address));
    return address % bytes == 0 && address <= PA_MASK &&
           (*page != NULL || !memory->options.strict) &&
           !ranges_hold(&memory->bus_errors, address, bytes);
}

static bool bus_read(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    uint8_t *page;
    if (!reach(context, address, bytes, &page))
        return false;
    *value = page == NULL ? 0 : load(page, address, bytes);
    return true;
}

static bool bus_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                     uint64_t desired, bool *swapped)
{
    tw_memory *memory = context;
    uint8_t *page;
    if (!reach(memory, address, bytes, &page) || ranges_hold(&memory->read_only, address, bytes))
        return false;
    *swapped = (page == NULL ? 0 : load(page, address, bytes)) == expected;
    return !*swapped || tw_memory_write(memory, address, bytes, desired) == TW_OK;
}

tw_bus tw_memory_bus(tw_memory *memory)
{
    return (tw_bus){.context = memory, .read = bus_read, .swap = bus_swap};
}

/* ---- the pins -------------------------------------------------------------------------------- */

/* Cycles that the answer to a request for this address takes. */
static uint32_t latency_of(tw_memory *memory, uint64_t address)
{
    const uint32_t span = memory->options.latency_max - memory->options.latency_min;
    const uint32_t extra = span == 0 ? 0 : random_below(&memory->random, (uint64_t)span + 1);
    const uint32_t there =
        memory->distance != NULL ? memory->distance(memory->distance_context, address) : 0;
    return there != 0 ? there : memory->options.latency_min + extra;
}

static void take(tw_memory *memory, const tw_out *out)
{
    struct response response = {.due = memory->cycle + latency_of(memory, out->mem_req_addr),
                                .id = out->mem_req_id};
    unsigned bytes = out->mem_req_size == 0 ? 4 : 8;
    if (out->mem_req_op == 0)
        response.error = !bus_read(memory, out->mem_req_addr, bytes, &response.data);
    else
        response.error = !bus_swap(memory, out->mem_req_addr, bytes, out->mem_req_expected,
                                   out->mem_req_desired, &response.swapped);
    memory->waiting[memory->waiting_count++] = response;
}

/* The oldest that is due goes to the pins. */
static void choose_answer(tw_memory *memory)
{
    memory->answer_valid = false;
    for (unsigned i = 0; i < memory->waiting_count; i++) {
        if (memory->waiting[i].due > memory->cycle)
            continue;
        memory->answer = memory->waiting[i];
        memory->answer_valid = true;
        memory->waiting_count--;
        memmove(&memory->waiting[i], &memory->waiting[i + 1],
                (memory->waiting_count - i) * sizeof memory->waiting[0]);
        return;
    }
}

/* Decided before the request is known, so that readiness cannot depend on it. */
static void choose_ready(tw_memory *memory)
{
    unsigned stall = memory->options.stall_percent;
    memory->ready = (stall == 0 || !random_percent(&memory->random, stall)) &&
                    memory->waiting_count < WAITING_MAX;
}

void tw_memory_drive(const tw_memory *memory, tw_in *in)
{
    const struct response *answer = &memory->answer;
    bool valid = memory->answer_valid;
    in->mem_req_ready = memory->ready;
    in->mem_resp_valid = valid;
    in->mem_resp_id = valid ? answer->id : 0;
    in->mem_resp_data = valid ? answer->data : 0;
    in->mem_resp_swapped = valid && answer->swapped;
    in->mem_resp_error = valid && answer->error;
}

void tw_memory_clock(tw_memory *memory, const tw_out *out, const tw_in *in)
{
    if (in->rst_n == 0)
        memory->waiting_count = 0;
    else if (out->mem_req_valid && in->mem_req_ready)
        take(memory, out);
    memory->cycle++;
    choose_answer(memory);
    choose_ready(memory);
}

unsigned tw_memory_in_flight(const tw_memory *memory)
{
    return memory->waiting_count + memory->answer_valid;
}

/* ---- opening and closing --------------------------------------------------------------------- */

void tw_memory_set_latency(tw_memory *memory, uint32_t min, uint32_t max, uint32_t stall_percent)
{
    memory->options.latency_min = min < 1 ? 1 : min;
    memory->options.latency_max =
        max < memory->options.latency_min ? memory->options.latency_min : max;
    memory->options.stall_percent = stall_percent > 90 ? 90 : stall_percent;
}

void tw_memory_set_distance(tw_memory *memory, tw_memory_distance *distance, void *context)
{
    memory->distance = distance;
    memory->distance_context = context;
}

tw_memory *tw_memory_open(const tw_memory_options *options)
{
    if (options->latency_min < 1 || options->latency_max < options->latency_min ||
        options->stall_percent > 90)
        return NULL;
    tw_memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        return NULL;
    memory->pages = page_store_open();
    memory->options = *options;
    memory->random = options->seed;
    choose_ready(memory);
    if (memory->pages == NULL) {
        tw_memory_close(memory);
        return NULL;
    }
    return memory;
}

void tw_memory_close(tw_memory *memory)
{
    if (memory == NULL)
        return;
    tw_memory_clear_faults(memory);
    page_store_close(memory->pages);
    free(memory);
}
