/* vectors.c: the grammar of vectors.h, one function for each part of a line. */
#include "tb/vectors.h"

#include <string.h>

#include "tb/tokens.h"

enum { MSTATUS_MPP = 11, MSTATUS_MPRV = 17, MSTATUS_SUM = 18, MSTATUS_MXR = 19 };

#define ADDRESS_MAX ((UINT64_C(1) << 56) - 1)

/* The largest value of a register, virtual address or word of memory. */
static uint64_t word_max(const vector *v)
{
    return v->bytes == 4 ? UINT32_MAX : UINT64_MAX;
}

/* bus=LO-HI or ro=LO-HI, of which the first `skip` bytes have been recognized. */
static tw_status range(tokens *t, size_t skip, vector_ranges *ranges, tw_error *error)
{
    vector_range r;
    if (ranges->count == VECTOR_RANGES)
        return tokens_expected(t, "at most 4 ranges of a kind", error);
    if (!tokens_pair(t, skip, '-', &r.low, &r.high) || r.low > r.high || r.high > ADDRESS_MAX)
        return tokens_expected(t, "a range LO-HI of addresses up to 56 bits", error);
    ranges->range[ranges->count++] = r;
    tokens_next(t);
    return TW_OK;
}

static bool begins(const tokens *t, const char *prefix)
{
    return t->length >= strlen(prefix) && memcmp(t->word, prefix, strlen(prefix)) == 0;
}

static tw_status options(tokens *t, vector *v, tw_error *error)
{
    v->bytes = 8;
    for (;;) {
        tw_status status = TW_OK;
        if (begins(t, "bus=")) {
            status = range(t, strlen("bus="), &v->bus_errors, error);
        } else if (begins(t, "ro=")) {
            status = range(t, strlen("ro="), &v->read_only, error);
        } else if (tokens_is(t, "rv32")) {
            v->bytes = 4;
            tokens_next(t);
        } else if (tokens_is(t, "strict")) {
            v->strict = true;
            tokens_next(t);
        } else {
            return TW_OK;
        }
        if (status != TW_OK)
            return status;
    }
}

/* RV32: MODE 31, ASID 30:22, PPN 21:0. */
static uint64_t widen_satp(uint64_t satp)
{
    uint64_t mode = satp >> 31 != 0 ? MODE_SV32 : MODE_BARE;
    return mode << 60 | (satp >> 22 & 0x1ff) << 44 | (satp & 0x3fffff);
}

static tw_status satp(tokens *t, vector *v, tw_error *error)
{
    uint64_t value = 0;
    tw_status status = tokens_hex(t, "SATP", word_max(v), &value, error);
    v->control.satp = v->bytes == 4 ? widen_satp(value) : value;
    return status;
}

static tw_status operation(tokens *t, vector *v, tw_error *error)
{
    if (tokens_is(t, "R"))
        v->request.op = OP_LOAD;
    else if (tokens_is(t, "W"))
        v->request.op = OP_STORE;
    else if (tokens_is(t, "X"))
        v->request.op = OP_FETCH;
    else
        return tokens_expected(t, "TYPE (R, W or X)", error);
    tokens_next(t);
    return TW_OK;
}

/* The effective privilege: with MPRV, loads and stores are made as MPP; fetches never are. */
static void derive(vector *v, uint64_t mstatus, unsigned priv)
{
    bool as_mpp = (mstatus >> MSTATUS_MPRV & 1) != 0 && v->request.op != OP_FETCH;
    v->request.priv = as_mpp ? (unsigned)(mstatus >> MSTATUS_MPP & 3) : priv;
    v->request.sum = (mstatus >> MSTATUS_SUM & 1) != 0;
    v->request.mxr = (mstatus >> MSTATUS_MXR & 1) != 0;
}

static tw_status controls(tokens *t, vector *v, tw_error *error)
{
    uint64_t mstatus = 0, priv = 0, adue = 0;
    tw_status status = satp(t, v, error);
    if (status == TW_OK)
        status = tokens_hex(t, "MSTATUS", UINT64_MAX, &mstatus, error);
    if (status == TW_OK && tokens_is(t, "2"))
        status = tokens_expected(t, "PRIV (0, 1 or 3)", error);
    if (status == TW_OK)
        status = tokens_hex(t, "PRIV", PRIV_M, &priv, error);
    if (status == TW_OK)
        status = tokens_hex(t, "ADUE", 3, &adue, error);
    if (status == TW_OK)
        status = tokens_hex(t, "VA", word_max(v), &v->request.va, error);
    if (status == TW_OK)
        status = operation(t, v, error);
    v->control.adue = (adue & 1) != 0;
    v->control.pbmte = (adue & 2) != 0;
    derive(v, mstatus, (unsigned)priv);
    return status;
}

static bool listed(const vector_words *words, uint64_t address)
{
    for (size_t i = 0; i < words->count; i++) {
        if (words->word[i].address == address)
            return true;
    }
    return false;
}

/* An address that a PTE of this vector can have, and a value that fits it. */
static bool word_fits(const vector *v, uint64_t address, uint64_t value)
{
    return address <= ADDRESS_MAX && address % v->bytes == 0 && value <= word_max(v);
}

/* N ADDRESS=VALUE...: no address twice. */
static tw_status word_list(tokens *t, const vector *v, vector_words *words, tw_error *error)
{
    uint64_t count = 0;
    tw_status status = tokens_decimal(t, "N, the number of words", VECTOR_WORDS, &count, error);
    if (status != TW_OK)
        return status;
    for (uint64_t i = 0; i < count; i++) {
        vector_word w;
        if (!tokens_pair(t, 0, '=', &w.address, &w.value) || !word_fits(v, w.address, w.value))
            return tokens_expected(t, "N words ADDRESS=VALUE, aligned and no wider than a PTE",
                                   error);
        if (listed(words, w.address))
            return tokens_expected(t, "an address that has not been given yet", error);
        words->word[words->count++] = w;
        tokens_next(t);
    }
    return TW_OK;
}

static bool is_cause(uint64_t cause)
{
    return cause == CAUSE_FETCH_ACCESS || cause == CAUSE_LOAD_ACCESS ||
           cause == CAUSE_STORE_ACCESS || cause == CAUSE_FETCH_PAGE || cause == CAUSE_LOAD_PAGE ||
           cause == CAUSE_STORE_PAGE;
}

static tw_status fault(tokens *t, vector *v, tw_error *error)
{
    tokens before = *t;
    uint64_t cause = 0;
    tw_status status = tokens_decimal(t, "CAUSE", CAUSE_STORE_PAGE, &cause, error);
    if (status == TW_OK && !is_cause(cause))
        status = tokens_expected(&before, "CAUSE (1, 5, 7, 12, 13 or 15)", error);
    if (status == TW_OK)
        status = tokens_hex(t, "TVAL", word_max(v), &v->expected.tval, error);
    v->expected.cause = (unsigned)cause;
    return status;
}

static tw_status result(tokens *t, vector *v, tw_error *error)
{
    if (tokens_is(t, "OK")) {
        tokens_next(t);
        v->expected.kind = VECTOR_OK;
        tw_status status = tokens_hex(t, "PA", UINT64_MAX, &v->expected.pa, error);
        return status == TW_OK ? word_list(t, v, &v->expected.changed, error) : status;
    }
    if (tokens_is(t, "FAULT")) {
        tokens_next(t);
        v->expected.kind = VECTOR_FAULT;
        return fault(t, v, error);
    }
    if (!tokens_is(t, "BAD"))
        return tokens_expected(t, "OK, FAULT or BAD", error);
    tokens_next(t);
    v->expected.kind = VECTOR_REFUSED;
    if (!tokens_is(t, "satp-write-refused"))
        return tokens_expected(t, "satp-write-refused", error);
    tokens_next(t);
    return TW_OK;
}

/* r:, w:, r!: or w!: and ADDRESS=VALUE. False if the word is no such thing. */
static bool access_word(const tokens *t, const vector *v, vector_access *access)
{
    size_t at = 1;
    if (t->length < 2 || (*t->word != 'r' && *t->word != 'w'))
        return false;
    access->write = *t->word == 'w';
    access->error = t->word[at] == '!';
    at += access->error;
    return at < t->length && t->word[at] == ':' &&
           tokens_pair(t, at + 1, '=', &access->address, &access->value) &&
           word_fits(v, access->address, access->value);
}

static tw_status access_list(tokens *t, vector *v, tw_error *error)
{
    vector_outcome *o = &v->expected;
    for (; t->length > 0; tokens_next(t)) {
        if (o->accesses == VECTOR_ACCESSES)
            return tokens_expected(t, "no more accesses than a walk can make", error);
        if (!access_word(t, v, &o->access[o->accesses]))
            return tokens_expected(t, "an access r:ADDRESS=VALUE, w:, r!: or w!:", error);
        o->accesses++;
    }
    return TW_OK;
}

tw_status vector_parse(text_place at, const char *line, vector *v, tw_error *error)
{
    tokens t = tokens_of(at, line);
    memset(v, 0, sizeof *v);
    v->at = at;
    tw_status status = options(&t, v, error);
    if (status == TW_OK)
        status = controls(&t, v, error);
    if (status == TW_OK)
        status = word_list(&t, v, &v->memory, error);
    if (status == TW_OK && !tokens_is(&t, "=>"))
        status = tokens_expected(&t, "=> after the N words of memory", error);
    if (status != TW_OK)
        return status;
    tokens_next(&t);
    status = result(&t, v, error);
    return status == TW_OK ? access_list(&t, v, error) : status;
}

tw_status vector_next(text_file *file, vector *v, bool *more, tw_error *error)
{
    const char *line;
    *more = false;
    for (;;) {
        tw_status status = text_next(file, &line, error);
        if (status != TW_OK || line == NULL)
            return status;
        tokens t = tokens_of(text_where(file), line);
        if (t.length > 0 && *t.word != '#')
            break;
    }
    *more = true;
    return vector_parse(text_where(file), line, v, error);
}
