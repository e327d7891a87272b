/*
 * vector_engine.c: a vector's memory, registers and request, and what the pins show of it.
 * Invariant: between two vectors all of memory reads 0, and `control` is what the registers hold.
 */
#include "tb/vector_engine.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tb/vector_outcome.h"

struct vector_engine {
    tw_memory *memory;
    tw_machine *machine;
    tw_control control;
    vector_outcome *seen; /* while a vector runs */
    struct {
        bool write;
        uint64_t address, desired;
    } asked[1 << TW_MEMORY_ID_BITS]; /* by memory id: the access under way */
};

/* ---- the memory port ------------------------------------------------------------------------- */

static tw_status watch(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                       tw_error *error)
{
    vector_engine *r = context;
    (void)cycle;
    (void)error;
    if (in->mem_resp_valid && r->seen != NULL) {
        unsigned id = in->mem_resp_id;
        bool write = r->asked[id].write;
        uint64_t value = write ? r->asked[id].desired : in->mem_resp_error ? 0 : in->mem_resp_data;
        vector_outcome_add(r->seen,
                           (vector_access){write, in->mem_resp_error, r->asked[id].address, value});
    }
    if (out->mem_req_valid && in->mem_req_ready) {
        r->asked[out->mem_req_id].write = out->mem_req_op;
        r->asked[out->mem_req_id].address = out->mem_req_addr;
        r->asked[out->mem_req_id].desired = out->mem_req_desired;
    }
    return TW_OK;
}

vector_engine *vector_engine_open(tw_engine *engine)
{
    vector_engine *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    tw_memory_options fast = {.latency_min = 1, .latency_max = 1};
    r->memory = tw_memory_open(&fast);
    r->machine = r->memory != NULL ? tw_machine_open(engine, r->memory) : NULL;
    if (r->machine != NULL && tw_machine_watch(r->machine, (tw_watcher){r, watch}, NULL) == TW_OK)
        return r;
    vector_engine_close(r);
    return NULL;
}

void vector_engine_close(vector_engine *r)
{
    if (r == NULL)
        return;
    tw_machine_close(r->machine);
    tw_memory_close(r->memory);
    free(r);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const vector_word *)a)->address, y = ((const vector_word *)b)->address;
    return (x > y) - (x < y);
}

/* Strict: every address that is not in a word listed fails. */
static tw_status fail_elsewhere(vector_engine *r, const vector *v)
{
    vector_words words = v->memory;
    qsort(words.word, words.count, sizeof words.word[0], by_address);
    uint64_t next = 0; /* lowest address not yet dealt with */
    tw_status status = TW_OK;
    for (size_t i = 0; i < words.count && status == TW_OK; i++) {
        if (words.word[i].address > next)
            status = tw_memory_add_bus_error(r->memory, next, words.word[i].address - 1);
        next = words.word[i].address + v->bytes;
    }
    return status == TW_OK ? tw_memory_add_bus_error(r->memory, next, UINT64_MAX) : status;
}

static tw_status set_memory(vector_engine *r, const vector *v, tw_error *error)
{
    tw_status status = TW_OK;
    tw_memory_clear_faults(r->memory);
    for (size_t i = 0; i < v->memory.count && status == TW_OK; i++)
        status = tw_memory_write(r->memory, v->memory.word[i].address, v->bytes,
                                 v->memory.word[i].value);
    for (size_t i = 0; i < v->bus_errors.count && status == TW_OK; i++)
        status = tw_memory_add_bus_error(r->memory, v->bus_errors.range[i].low,
                                         v->bus_errors.range[i].high);
    for (size_t i = 0; i < v->read_only.count && status == TW_OK; i++)
        status = tw_memory_add_read_only(r->memory, v->read_only.range[i].low,
                                         v->read_only.range[i].high);
    if (status == TW_OK && v->strict)
        status = fail_elsewhere(r, v);
    return status == TW_OK ? TW_OK : tw_fail(error, status, "no memory for a vector");
}

/* Notes what changed, and makes memory read 0 again. */
static void take_memory(vector_engine *r, const vector *v, vector_outcome *seen)
{
    for (size_t i = 0; i < v->memory.count; i++) {
        uint64_t address = v->memory.word[i].address;
        vector_outcome_note(seen, v->memory.word[i], tw_memory_read(r->memory, address, v->bytes));
        tw_memory_write(r->memory, address, v->bytes, 0);
    }
}

/* ---- registers ------------------------------------------------------------------------------- */

/* Writes what differs from the last vector, and fences. *refused: the device has no such mode. */
static tw_status set_registers(vector_engine *r, const tw_control *control, bool *refused,
                               tw_error *error)
{
    tw_status status = TW_OK;
    uint64_t satp = control->satp;
    if (control->satp != r->control.satp) {
        status = tw_register_write(r->machine, REG_SATP, control->satp, error);
        if (status == TW_OK)
            status = tw_register_read(r->machine, REG_SATP, &satp, error);
        r->control.satp = satp;
    }
    *refused = status == TW_OK && satp != control->satp;
    if (status == TW_OK && (control->adue != r->control.adue || control->pbmte != r->control.pbmte))
        status = tw_register_write(
            r->machine, REG_CONTROL,
            TW_PUT(CONTROL, ADUE, control->adue) | TW_PUT(CONTROL, PBMTE, control->pbmte), error);
    r->control.adue = control->adue;
    r->control.pbmte = control->pbmte;
    return status == TW_OK ? tw_fence(r->machine, TW_FENCE_ALL, 0, 0, error) : status;
}

/* Takes the fault of this answer out of the queue, and compares. */
static tw_status take_fault(vector_engine *r, unsigned cause, vector_outcome *seen, tw_error *error)
{
    uint64_t queued = 0;
    tw_status status = tw_register_read(r->machine, REG_FAULT_CAUSE, &queued, error);
    if (status == TW_OK)
        status = tw_register_read(r->machine, REG_FAULT_VA, &seen->tval, error);
    if (status == TW_OK)
        status = tw_register_write(r->machine, REG_FAULT_POP, 1, error);
    if (status == TW_OK && queued != cause)
        return tw_fail(error, TW_MISMATCH,
                       "the answer has cause %u, the fault queue cause %" PRIu64, cause, queued);
    return status;
}

bool vector_engine_fits(const tw_config *config, const vector *v)
{
    unsigned mode = satp_mode(v->control.satp);
    return v->expected.kind == VECTOR_REFUSED || (config->modes >> mode & 1) != 0;
}

/* ---- one vector ------------------------------------------------------------------------------ */

static tw_status translate(vector_engine *r, const vector *v, vector_outcome *seen, tw_error *error)
{
    tw_answer answer;
    tw_port port = v->request.op == OP_FETCH ? TW_FETCH : TW_DATA;
    r->seen = seen;
    tw_status status = tw_translate_va(r->machine, port, &v->request, &answer, error);
    r->seen = NULL;
    if (status != TW_OK)
        return status;
    seen->kind = answer.fault == CAUSE_NONE ? VECTOR_OK : VECTOR_FAULT;
    seen->pa = answer.pa;
    seen->cause = answer.fault;
    return answer.fault == CAUSE_NONE ? TW_OK : take_fault(r, answer.fault, seen, error);
}

tw_status vector_engine_run(vector_engine *r, const vector *v, vector_outcome *seen,
                            tw_error *error)
{
    bool refused = false;
    *seen = (vector_outcome){.kind = VECTOR_REFUSED};
    tw_status status = set_memory(r, v, error);
    if (status == TW_OK)
        status = set_registers(r, &v->control, &refused, error);
    if (status == TW_OK && !refused)
        status = translate(r, v, seen, error);
    take_memory(r, v, seen);
    return status;
}
