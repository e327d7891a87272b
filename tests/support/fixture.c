/*
 * fixture.c: one machine for a directed test, and a record of what was asked, answered and read.
 *
 * Invariant: asked[port][id] of a request in flight has `taken` and not `answered`; an answer to
 * anything else fails the test, so every request is answered exactly once.
 */
#include "tests/support/fixture.h"

#include <string.h>

enum { PATIENCE = 20000 };

/* ---- the record ---- */

static tw_status note_answer(fixture *f, tw_port port, unsigned id, tw_answer answer,
                             uint64_t cycle, tw_error *error)
{
    asked *a = &f->asked[port][id];
    if (!a->taken || a->answered)
        return tw_fail(error, TW_MISMATCH,
                       "cycle %llu: an answer on port %d for id %u, never asked",
                       (unsigned long long)cycle, (int)port, id);
    a->answered = true;
    a->answer = answer;
    a->answer.latency = cycle - a->taken_at;
    return TW_OK;
}

static void note_request(fixture *f, tw_port port, unsigned id, uint64_t cycle)
{
    f->asked[port][id] = (asked){.taken = true, .taken_at = cycle};
}

static void note_access(fixture *f, uint64_t cycle, const tw_out *out)
{
    if (f->accesses < FIXTURE_ACCESSES)
        f->access[f->accesses++] = (accessed){cycle, out->mem_req_addr, out->mem_req_op};
}

static tw_status record(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                        tw_error *error)
{
    fixture *f = context;
    tw_status status = TW_OK;
    if (out->fetch_resp_valid)
        status = note_answer(f, TW_FETCH, out->fetch_resp_id,
                             (tw_answer){.pa = out->fetch_resp_pa,
                                         .pbmt = out->fetch_resp_pbmt,
                                         .size = out->fetch_resp_size,
                                         .fault = out->fetch_resp_fault},
                             cycle, error);
    if (status == TW_OK && out->data_resp_valid)
        status = note_answer(f, TW_DATA, out->data_resp_id,
                             (tw_answer){.pa = out->data_resp_pa,
                                         .pbmt = out->data_resp_pbmt,
                                         .size = out->data_resp_size,
                                         .fault = out->data_resp_fault},
                             cycle, error);
    if (in->fetch_req_valid && out->fetch_req_ready)
        note_request(f, TW_FETCH, in->fetch_req_id, cycle);
    if (in->data_req_valid && out->data_req_ready)
        note_request(f, TW_DATA, in->data_req_id, cycle);
    if (out->mem_req_valid && in->mem_req_ready)
        note_access(f, cycle, out);
    if (in->rst_n == 0)
        memset(f->asked, 0, sizeof f->asked);
    f->out = *out;
    f->in = *in;
    return status;
}

/* ---- opening ---- */

unsigned fixture_mode(unsigned i)
{
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_LINEAR};
    for (unsigned m = 0; m < sizeof modes / sizeof *modes; m++)
        if ((tw_rtl_built()->modes >> modes[m] & 1) != 0 && i-- == 0)
            return modes[m];
    return MODE_BARE;
}

unsigned fixture_modes(void)
{
    unsigned count = 0;
    while (fixture_mode(count) != MODE_BARE)
        count++;
    return count;
}

static void open_wave(fixture *f)
{
    tw_error error;
    const char *path = getenv("WAVE");
    if (path != NULL && tw_wave_open(f->engine, path, 0, UINT64_MAX, &error) != TW_OK)
        fail_msg("%s", error.text);
}

fixture *fixture_open(unsigned mode, unsigned latency)
{
    tw_error error;
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->memory = tw_memory_open(
        &(tw_memory_options){.seed = 1, .latency_min = latency, .latency_max = latency});
    assert_non_null(f->memory);
    f->engine = tw_lockstep_open(tw_rtl_open(tw_rtl_built()), tw_model_open(tw_rtl_built()));
    assert_non_null(f->engine);
    open_wave(f);
    f->machine = tw_machine_open(f->engine, f->memory);
    assert_non_null(f->machine);
    f->monitors = monitors_open(tw_rtl_built(), f->memory);
    assert_non_null(f->monitors);
    assert_int_equal(tw_machine_watch(f->machine, monitors_watcher(f->monitors), &error), TW_OK);
    assert_int_equal(tw_machine_watch(f->machine, (tw_watcher){f, record}, &error), TW_OK);
    f->pages = pages_in(f->memory, mode);
    fixture_write(f, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PBMTE, 1));
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
    return f;
}

void fixture_close(fixture *f)
{
    tw_error error;
    if (tw_wave_close(f->engine, &error) != TW_OK)
        fail_msg("%s", error.text);
    tw_machine_close(f->machine);
    monitors_close(f->monitors);
    tw_engine_close(f->engine);
    tw_memory_close(f->memory);
    free(f);
}

/* ---- time ---- */

static void stop(fixture *f, const tw_error *error)
{
    tw_lockstep_report(f->engine, stderr);
    tw_wave_close(f->engine, NULL);
    fail_msg("%s (mode %s; again with a waveform: TEST=name WAVE=wave.fst and this program)",
             error->text, tw_mode_name(f->pages.mode));
}

void fixture_clock(fixture *f)
{
    tw_error error;
    if (tw_machine_clock(f->machine, &error) != TW_OK)
        stop(f, &error);
}

void fixture_idle(fixture *f, unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++)
        fixture_clock(f);
}

uint64_t fixture_cycle(const fixture *f)
{
    return tw_machine_cycle(f->machine);
}

/* ---- page tables ---- */

uint64_t fixture_map(fixture *f, uint64_t va, unsigned level, uint64_t pte)
{
    return pages_map(&f->pages, f->root, va, level, pte);
}

static uint64_t satp_of(unsigned mode, uint64_t root, unsigned asid)
{
    return TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, asid) | TW_PUT(SATP, PPN, root);
}

void fixture_enter(fixture *f, uint64_t root, unsigned asid)
{
    f->root = root;
    f->asid = asid;
    fixture_write(f, REG_SATP, satp_of(f->pages.mode, root, asid));
}

void fixture_hash(fixture *f, uint64_t table, uint64_t anchors)
{
    f->hash_table = table;
    f->hash_anchors = anchors;
    fixture_write(f, REG_HASH_TABLE, table);
    fixture_write(f, REG_HASH_ANCHORS, anchors);
}

tw_control fixture_control(const fixture *f, bool adue)
{
    return (tw_control){.satp = satp_of(f->pages.mode, f->root, f->asid),
                        .adue = adue,
                        .pbmte = true,
                        .hash_table = f->hash_table,
                        .hash_anchors = f->hash_anchors};
}

/* ---- requests ---- */

/* Puts a request on the pins under this id: also to hold one that met no ready. */
static void offer_as(fixture *f, tw_port port, unsigned id, tw_request r)
{
    tw_in *in = tw_machine_in(f->machine);
#define OFFER(port)                            \
    do {                                       \
        in->port##_req_valid = 1;              \
        in->port##_req_id = (uint8_t)id;       \
        in->port##_req_va = r.va;              \
        in->port##_req_op = (uint8_t)r.op;     \
        in->port##_req_priv = (uint8_t)r.priv; \
        in->port##_req_sum = r.sum;            \
        in->port##_req_mxr = r.mxr;            \
        in->port##_req_seg = f->segment;       \
    } while (0)
    if (port == TW_FETCH)
        OFFER(fetch);
    else
        OFFER(data);
#undef OFFER
}

unsigned fixture_offer(fixture *f, tw_port port, tw_request request)
{
    for (unsigned i = 0; i < FIXTURE_IDS; i++) {
        unsigned id = f->next_id[port]++ % FIXTURE_IDS;
        if (!f->asked[port][id].taken || f->asked[port][id].answered) {
            offer_as(f, port, id, request);
            return id;
        }
    }
    fail_msg("all %d ids of a port are in flight", FIXTURE_IDS);
    return 0;
}

static bool port_ready(const fixture *f, tw_port port)
{
    const tw_out *out = tw_machine_out(f->machine);
    return port == TW_FETCH ? out->fetch_req_ready : out->data_req_ready;
}

unsigned fixture_ask(fixture *f, tw_port port, tw_request request)
{
    unsigned id = fixture_offer(f, port, request);
    for (unsigned wait = 0; wait < PATIENCE; wait++) {
        bool ready = port_ready(f, port);
        fixture_clock(f);
        if (ready)
            return id;
        offer_as(f, port, id, request);
    }
    fail_msg("port %d took no request for %d cycles", (int)port, PATIENCE);
    return id;
}

/* An answer is visible in a cycle, and in the record when that cycle ends. */
tw_answer fixture_await(fixture *f, tw_port port, unsigned id)
{
    for (unsigned wait = 0; wait < PATIENCE && !f->asked[port][id].answered; wait++)
        fixture_clock(f);
    if (!f->asked[port][id].answered)
        fail_msg("no answer on port %d for id %u in %d cycles", (int)port, id, PATIENCE);
    return f->asked[port][id].answer;
}

tw_answer fixture_translate(fixture *f, tw_request request)
{
    tw_port port = port_of(request.op);
    return fixture_await(f, port, fixture_ask(f, port, request));
}

void fixture_settle(fixture *f)
{
    for (unsigned port = 0; port < 2; port++)
        for (unsigned id = 0; id < FIXTURE_IDS; id++)
            if (f->asked[port][id].taken)
                fixture_await(f, (tw_port)port, id);
}

/* ---- memory accesses ---- */

void fixture_forget(fixture *f)
{
    f->accesses = 0;
}

unsigned fixture_swaps(const fixture *f)
{
    unsigned swaps = 0;
    for (unsigned i = 0; i < f->accesses; i++)
        swaps += f->access[i].swap;
    return swaps;
}

unsigned fixture_reads(const fixture *f)
{
    return f->accesses - fixture_swaps(f);
}

bool fixture_took(const fixture *f, uint64_t address, bool swap)
{
    return f->out.mem_req_valid && f->in.mem_req_ready && f->out.mem_req_addr == address &&
           (f->out.mem_req_op != 0) == swap;
}

void fixture_await_read(fixture *f, uint64_t address)
{
    unsigned wait = 0;
    while (!fixture_took(f, address, false) && wait++ < PATIENCE)
        fixture_clock(f);
    if (!fixture_took(f, address, false))
        fail_msg("memory took no read at 0x%llx in %d cycles", (unsigned long long)address,
                 PATIENCE);
}

/* ---- registers ---- */

uint64_t fixture_read(fixture *f, unsigned offset)
{
    tw_error error;
    uint64_t value = 0;
    if (tw_register_read(f->machine, offset, &value, &error) != TW_OK)
        stop(f, &error);
    return value;
}

void fixture_write(fixture *f, unsigned offset, uint64_t value)
{
    tw_error error;
    if (tw_register_write(f->machine, offset, value, &error) != TW_OK)
        stop(f, &error);
}

void fixture_fence(fixture *f, tw_fence_kind kind, uint64_t va, unsigned asid)
{
    tw_error error;
    if (tw_fence(f->machine, kind, va, asid, &error) != TW_OK)
        stop(f, &error);
}

void fixture_segment(fixture *f, unsigned number, tw_segment segment)
{
    tw_error error;
    if (tw_segment_write(f->machine, number, &segment, &error) != TW_OK)
        stop(f, &error);
}

void fixture_offer_write(fixture *f, unsigned offset, uint64_t value)
{
    tw_in *in = tw_machine_in(f->machine);
    in->reg_req_valid = 1;
    in->reg_req_write = 1;
    in->reg_req_offset = (uint16_t)offset;
    in->reg_req_data = value;
    in->reg_req_priv = PRIV_S;
}

/* ---- expectations ---- */

void expect_pa(tw_answer answer, uint64_t pa)
{
    if (answer.fault != CAUSE_NONE || answer.pa != pa)
        fail_msg("expected physical address 0x%llx, got 0x%llx, fault %u (%s)",
                 (unsigned long long)pa, (unsigned long long)answer.pa, answer.fault,
                 tw_cause_name(answer.fault));
}

void expect_fault(tw_answer answer, unsigned cause)
{
    if (answer.fault != cause)
        fail_msg("expected fault %u (%s), got %u (%s), physical address 0x%llx", cause,
                 tw_cause_name(cause), answer.fault, tw_cause_name(answer.fault),
                 (unsigned long long)answer.pa);
}
