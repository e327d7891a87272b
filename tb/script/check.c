/* check.c: numbers that make no sense. Those that stand in the script are found when it is read, so
 * that nothing of it runs; those that are variables when they are used. */
#include <inttypes.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

enum { ACCESS_BYTES = 8, ACCESSES_MAX = 1 << 20, PASS_MAX = 100000000 };

tw_status script_check_width(const script_statement *st, const script_width *width,
                             tw_status status, script_complaint *complaint)
{
    uint64_t bytes = width->bytes;
    if (bytes < 1 || bytes > ACCESS_BYTES)
        return script_complain(st->at, complaint, status,
                               "expected an access of 1 to %d bytes, found %" PRIu64, ACCESS_BYTES,
                               bytes);
    if (width->count < 1 || width->count > ACCESSES_MAX)
        return script_complain(st->at, complaint, status,
                               "expected 1 to %d accesses, found %" PRIu64, ACCESSES_MAX,
                               width->count);
    return width->value == NULL || bytes == ACCESS_BYTES || *width->value >> 8 * bytes == 0
               ? TW_OK
               : script_complain(st->at, complaint, status,
                                 "expected a value of %" PRIu64 " byte%s, found %" PRIu64, bytes,
                                 bytes == 1 ? "" : "s", *width->value);
}

tw_status script_check_pass(const script_statement *st, uint64_t cycles, tw_status status,
                            script_complaint *complaint)
{
    return cycles <= PASS_MAX
               ? TW_OK
               : script_complain(st->at, complaint, status,
                                 "expected at most %d cycles, found %" PRIu64, PASS_MAX, cycles);
}

tw_status script_check_node(const script_statement *st, uint64_t node, unsigned nodes,
                            tw_status status, script_complaint *complaint)
{
    if (node == 0 || node < nodes)
        return TW_OK;
    return nodes == 0
               ? script_complain(st->at, complaint, status,
                                 "expected no node=%" PRIu64 ": this machine has no nodes", node)
               : script_complain(st->at, complaint, status,
                                 "expected a node of 0 to %u, found %" PRIu64, nodes - 1, node);
}

/* True, and its value, if the number is given and stands in the script; `otherwise` if it is not
 * given. */
static bool fixed(const script_phrase *phrase, const char *name, uint64_t otherwise,
                  uint64_t *value)
{
    const script_argument *a = script_argument_of(phrase, name);
    *value = otherwise;
    return !a->given || script_expression_fixed(&a->number, value);
}

/* What is not known yet is taken as good. */
static tw_status check_access(const script_statement *st, script_complaint *complaint)
{
    uint64_t value = 0;
    script_width width = {.bytes = ACCESS_BYTES, .count = 1};
    if (!fixed(&st->phrase, "count", 1, &width.count))
        width.count = 1;
    bool known =
        st->verb->run == script_fetch || fixed(&st->phrase, "bytes", ACCESS_BYTES, &width.bytes);
    if (!known)
        width.bytes = ACCESS_BYTES;
    else if (st->verb->run != script_fetch && fixed(&st->phrase, "NUMBER", 0, &value))
        width.value = &value;
    return script_check_width(st, &width, TW_USAGE, complaint);
}

/* Bytes that are asked for as a quantity. */
static tw_status check_quantity(const script_statement *st, const script_phrase *q,
                                script_complaint *complaint)
{
    script_width width = {.bytes = ACCESS_BYTES, .count = 1};
    if (q == NULL || q->quantity->look != script_look_value ||
        !fixed(q, "bytes", ACCESS_BYTES, &width.bytes))
        return TW_OK;
    return script_check_width(st, &width, TW_USAGE, complaint);
}

tw_status script_check(struct script *s, const script_statement *st, script_complaint *complaint)
{
    script_do *run = st->verb->run;
    uint64_t number;
    s->nodes += run == script_set_node;
    for (unsigned i = 0; i < SCRIPT_ITEMS_MAX; i++)
        if (check_quantity(st, st->phrase.argument[i].quantity, complaint) != TW_OK)
            return complaint->status;
    if (run == script_load || run == script_store || run == script_fetch)
        return check_access(st, complaint);
    if (run == script_pass && fixed(&st->phrase, "NUMBER", 0, &number))
        return script_check_pass(st, number, TW_USAGE, complaint);
    if (run == script_process && fixed(&st->phrase, "node", 0, &number))
        return script_check_node(st, number, s->nodes, TW_USAGE, complaint);
    if (run == script_mmap && script_given(&st->phrase, "offset") &&
        !script_given(&st->phrase, "file"))
        return script_complain(st->at, complaint, TW_USAGE, "expected file= with offset=");
    return TW_OK;
}

/* ---- huge pages ------------------------------------------------------------------------------ */

static bool counts_huge(const script_phrase *phrase)
{
    bool huge = false;
    for (unsigned i = 0; i < SCRIPT_ITEMS_MAX; i++)
        for (unsigned k = 0; k < phrase->argument[i].number.terms; k++)
            huge |= phrase->argument[i].number.term[k].kind == SCRIPT_IS_HUGE;
    return huge;
}

static bool mentions_huge(const script_statement *st)
{
    bool huge = counts_huge(&st->phrase);
    for (unsigned i = 0; i < SCRIPT_ITEMS_MAX; i++)
        if (st->phrase.argument[i].quantity != NULL)
            huge |= counts_huge(st->phrase.argument[i].quantity);
    return huge;
}

tw_status script_check_huge(const struct script *s, unsigned mode, script_complaint *complaint)
{
    if (mode != MODE_LINEAR && mode != MODE_HASHED)
        return TW_OK;
    for (const script_statement *st = s->first; st != NULL; st = st->next)
        if (mentions_huge(st) || (st->inner != NULL && mentions_huge(st->inner)))
            return script_complain(st->at, complaint, TW_USAGE,
                                   "expected no 'huge': %s page tables have no huge pages",
                                   mode == MODE_LINEAR ? "linear" : "hashed");
    return TW_OK;
}
