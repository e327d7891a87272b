/*
 * drive.c: the player.
 *
 * Invariant between two cycles: the accesses before `next` have been presented; `in_flight` of them
 * are not answered, each of which has an id, free for no other; `held[port]` is the id that the
 * port has to keep on its pins because it met no ready, or NO_ID.
 */
#include "tb/drive.h"

#include <inttypes.h>

#include "tablewalk/driver.h"
#include "tablewalk/machine.h"
#include "tablewalk/registers.h"
#include "tb/drive_pages.h"
#include "tb/observer.h"
#include "tb/patience.h"

enum { NO_ID = IDS };

struct player {
    tw_machine *machine;
    const drive_list *list;
    drive_pages pages;
    unsigned outstanding;
    size_t next;
    const drive_access *flight[IDS]; /* by id; NULL: free */
    unsigned in_flight;
    unsigned held[PORTS];
    uint64_t first_request, last_answer; /* cycles of the machine */
    patience patience;
    drive_result *result;
    tw_error wrong; /* the first wrong answer */
};

static unsigned port_of(tw_op op)
{
    return op == OP_FETCH ? TW_FETCH : TW_DATA;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void judge(struct player *p, const drive_access *access, const struct answer_pins *answer)
{
    uint64_t pa = drive_pages_pa(&p->pages, access->va);
    if (answer->fault == CAUSE_NONE && answer->pa == pa && answer->size == PAGE_SHIFT)
        return;
    if (p->result->mismatches++ == 0)
        tw_fail(&p->wrong, TW_MISMATCH,
                "%s of 0x%" PRIx64 ", access %zu: expected 0x%" PRIx64
                " in a page of %d bits, got 0x%" PRIx64 " in one of %u with cause %u",
                tw_op_name(access->op), access->va, (size_t)(access - p->list->access) + 1, pa,
                PAGE_SHIFT, answer->pa, answer->size, answer->fault);
}

/* True if the port has presented the access of this id, and the MMU has taken it. */
static bool expects(const struct player *p, unsigned port, unsigned id)
{
    return p->flight[id] != NULL && port_of(p->flight[id]->op) == port && p->held[port] != id;
}

static tw_status collect(struct player *p, tw_error *error)
{
    const tw_out *out = tw_machine_out(p->machine);
    for (unsigned port = TW_FETCH; port <= TW_DATA; port++) {
        struct answer_pins answer = observer_answer(out, port);
        if (!answer.valid)
            continue;
        if (!expects(p, port, answer.id)) {
            p->result->mismatches++;
            return tw_fail(error, TW_MISMATCH, "the %s port answers id %u, which has not asked",
                           port == TW_FETCH ? "fetch" : "data", answer.id);
        }
        judge(p, p->flight[answer.id], &answer);
        p->flight[answer.id] = NULL;
        p->in_flight--;
        p->result->accesses++;
        p->last_answer = tw_machine_cycle(p->machine);
        patience_progress(&p->patience, p->last_answer);
    }
    return TW_OK;
}

/* ---- requests -------------------------------------------------------------------------------- */

static unsigned free_id(const struct player *p)
{
    unsigned id = 0;
    while (p->flight[id] != NULL)
        id++;
    return id;
}

/* Takes accesses from the list as far as they may be presented in this cycle. */
static void choose(struct player *p)
{
    while (p->next < p->list->count && p->in_flight < p->outstanding) {
        const drive_access *access = &p->list->access[p->next];
        unsigned port = port_of(access->op);
        if (p->held[port] != NO_ID)
            return;
        p->held[port] = free_id(p);
        p->flight[p->held[port]] = access;
        p->in_flight++;
        p->next++;
    }
}

static void present(struct player *p, unsigned port)
{
    tw_in *in = tw_machine_in(p->machine);
    unsigned id = p->held[port];
    if (id == NO_ID)
        return;
#define DRIVE(side)                                 \
    in->side##_req_valid = 1;                       \
    in->side##_req_id = (uint8_t)id;                \
    in->side##_req_va = p->flight[id]->va;          \
    in->side##_req_op = (uint8_t)p->flight[id]->op; \
    in->side##_req_priv = PRIV_S;
    if (port == TW_FETCH) {
        DRIVE(fetch)
    } else {
        DRIVE(data)
    }
#undef DRIVE
    if (observer_request(tw_machine_out(p->machine), in, port).ready)
        p->held[port] = NO_ID;
}

/* Until everything is answered. The machine stands in the cycle of the last answer then. */
static tw_status play(struct player *p, tw_error *error)
{
    char long_time[PATIENCE_TEXT];
    p->first_request = p->last_answer = tw_machine_cycle(p->machine);
    patience_progress(&p->patience, p->first_request);
    for (;;) {
        tw_status status = collect(p, error);
        if (status != TW_OK || p->result->accesses == p->list->count)
            return status;
        if (patience_over(&p->patience, tw_machine_cycle(p->machine), long_time))
            return tw_fail(error, TW_TIMEOUT, "no answer in %s, after %" PRIu64 " of %zu",
                           long_time, p->result->accesses, p->list->count);
        choose(p);
        present(p, TW_FETCH);
        present(p, TW_DATA);
        patience_look(&p->patience, p->machine);
        status = tw_machine_clock(p->machine, error);
        if (status != TW_OK) {
            p->result->mismatches += status == TW_MISMATCH;
            return status;
        }
    }
}

/* ---- a run ----------------------------------------------------------------------------------- */

/* Turns on what the MMU was built with, and notes what that is. */
static tw_status set_control(tw_machine *machine, drive_result *result, tw_error *error)
{
    uint64_t capabilities = 0;
    tw_status status = tw_register_read(machine, REG_CAPABILITIES, &capabilities, error);
    if (status != TW_OK)
        return status;
    result->walkers = (unsigned)TW_GET(capabilities, CAPABILITIES, WALKERS);
    result->prefetch = TW_GET(capabilities, CAPABILITIES, PREFETCH) != 0;
    uint64_t control = TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, result->prefetch);
    return tw_register_write(machine, REG_CONTROL, control, error);
}

/* Tables in memory with every page of the list. */
static tw_status make_tables(struct player *p, const drive_options *options, tw_error *error)
{
    unsigned mode = options->mode == MODE_BARE ? MODE_SV39 : options->mode;
    size_t pages = 0;
    tw_status status = drive_list_pages(p->list, &pages, error);
    if (status == TW_OK)
        status = drive_pages_open(&p->pages, mode, tw_machine_memory(p->machine),
                                  !options->clear_ad, pages);
    for (size_t i = 0; status == TW_OK && i < p->list->count; i++)
        status = drive_pages_map(&p->pages, p->list->access[i].va);
    return status == TW_OK ? TW_OK
                           : tw_fail(error, status, "no memory for the page tables of %zu accesses",
                                     p->list->count);
}

static tw_status prepare(struct player *p, const drive_options *options, tw_error *error)
{
    const tw_control *control = &p->pages.control;
    tw_status status = make_tables(p, options, error);
    if (status == TW_OK)
        status = set_control(p->machine, p->result, error);
    if (status == TW_OK && p->pages.mode == MODE_HASHED)
        status = tw_register_write(p->machine, REG_HASH_TABLE, control->hash_table, error);
    if (status == TW_OK && p->pages.mode == MODE_HASHED)
        status = tw_register_write(p->machine, REG_HASH_ANCHORS, control->hash_anchors, error);
    if (status == TW_OK)
        status = tw_register_write(p->machine, REG_SATP, control->satp, error);
    return status;
}

static tw_status read_counters(tw_machine *machine, drive_result *result, tw_error *error)
{
    const struct {
        unsigned offset;
        uint64_t *sum;
    } counter[] = {{REG_COUNT_WALKS, &result->walks},
                   {REG_COUNT_PREFETCHES, &result->prefetches},
                   {REG_COUNT_READS, &result->reads},
                   {REG_COUNT_SWAPS, &result->swaps},
                   {REG_COUNT_FETCH_REQUESTS, &result->fetch_requests},
                   {REG_COUNT_FETCH_HITS, &result->fetch_hits},
                   {REG_COUNT_DATA_REQUESTS, &result->data_requests},
                   {REG_COUNT_DATA_HITS, &result->data_hits},
                   {REG_COUNT_FETCH_L2_HITS, &result->fetch_l2_hits},
                   {REG_COUNT_DATA_L2_HITS, &result->data_l2_hits},
                   {REG_COUNT_L2_PARITY, &result->parity_errors},
                   {REG_COUNT_WALK_CACHE_1, &result->walk_cache_hits},
                   {REG_COUNT_WALK_CACHE_2, &result->walk_cache_hits},
                   {REG_COUNT_WALK_CACHE_3, &result->walk_cache_hits},
                   {REG_COUNT_WALK_CACHE_4, &result->walk_cache_hits}};
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < sizeof counter / sizeof *counter; i++) {
        uint64_t value = 0;
        status = tw_register_read(machine, counter[i].offset, &value, error);
        *counter[i].sum += value;
    }
    return status;
}

static tw_status run(tw_machine *machine, const drive_list *list, const drive_options *options,
                     drive_result *result, tw_error *error)
{
    struct player p = {.machine = machine,
                       .list = list,
                       .outstanding = options->outstanding,
                       .held = {NO_ID, NO_ID},
                       .result = result};
    tw_status status = prepare(&p, options, error);
    if (status == TW_OK)
        status = play(&p, error);
    if (result->accesses > 0)
        result->cycles = p.last_answer - p.first_request + 1;
    if (status == TW_OK)
        status = read_counters(machine, result, error);
    if (status == TW_OK && p.wrong.status != TW_OK)
        status = tw_fail(error, p.wrong.status, "%s", p.wrong.text);
    return status;
}

tw_status drive_run(tw_engine *engine, const drive_list *list, const drive_options *options,
                    drive_result *result, tw_error *error)
{
    *result = (drive_result){0};
    if (list->count == 0 || options->latency < 1 || options->latency > DRIVE_LATENCY_MAX ||
        options->outstanding < 1 || options->outstanding > DRIVE_OUTSTANDING_MAX)
        return tw_fail(error, TW_USAGE,
                       "expected accesses, a latency from 1 to %d, and 1 to %d outstanding",
                       DRIVE_LATENCY_MAX, DRIVE_OUTSTANDING_MAX);
    tw_memory *memory = tw_memory_open(&(tw_memory_options){
        .latency_min = options->latency, .latency_max = options->latency, .strict = true});
    tw_machine *machine = memory == NULL ? NULL : tw_machine_open(engine, memory);
    tw_status status = machine == NULL ? tw_fail(error, TW_NO_MEMORY, "no memory for a machine")
                                       : run(machine, list, options, result, error);
    tw_machine_close(machine);
    tw_memory_close(memory);
    return status;
}

double drive_cycles_each(const drive_result *result)
{
    return result->accesses == 0 ? 0 : (double)result->cycles / (double)result->accesses;
}

uint64_t drive_l2_hits(const drive_result *result)
{
    return result->fetch_l2_hits + result->data_l2_hits;
}
