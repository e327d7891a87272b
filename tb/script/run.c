/* run.c: one statement after the other, and what all of them need. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/script/world.h"

/* ---- arguments ------------------------------------------------------------------------------- */

static uint64_t huge_bytes(const script_world *w)
{
    return UINT64_C(1) << level_size(w->os.mode, 1);
}

uint64_t script_number(const script_world *w, const script_phrase *phrase, const char *name,
                       uint64_t otherwise)
{
    const script_argument *a = script_argument_of(phrase, name);
    return a->given ? script_expression_value(&a->number, w->variable, huge_bytes(w)) : otherwise;
}

bool script_given(const script_phrase *phrase, const char *name)
{
    return script_argument_of(phrase, name)->given;
}

os_process *script_process_of(script_world *w, const script_statement *st)
{
    os_process *process = w->process[script_argument_of(&st->phrase, "PROCESS")->index];
    assert(process != NULL); /* the statement that names it was carried out */
    return process;
}

const char *script_process_name(const script_world *w, const os_process *process)
{
    for (unsigned i = 0; i < w->script->processes.count; i++)
        if (w->process[i] == process)
            return w->script->processes.name[i];
    return "?";
}

tw_status script_evaluate(script_world *w, const script_argument *a, uint64_t *value,
                          script_complaint *complaint)
{
    if (a->quantity != NULL)
        return a->quantity->quantity->look(w, a->quantity, value, complaint);
    *value = script_expression_value(&a->number, w->variable, huge_bytes(w));
    return TW_OK;
}

tw_status script_called(const script_statement *st, tw_status status, const tw_error *error,
                        script_complaint *complaint)
{
    if (status == TW_OK)
        return TW_OK;
    script_complain(st->at, complaint, status, "expected this to be done, got: %s", error->text);
    const char *own = strstr(complaint->text, ", got: ");
    complaint->refusal = own != NULL ? (unsigned)(own - complaint->text) + 7 : 0;
    return status;
}

/* ---- statements ------------------------------------------------------------------------------ */

static tw_status check_death(const script_world *w, const script_statement *st,
                             script_complaint *complaint)
{
    const os_process *p = w->died;
    if (p == NULL)
        return TW_OK;
    return script_unmet(st, complaint,
                        "expected the access to be made, got %s of %s: %s (cause %u, VA %#" PRIx64
                        ")",
                        os_reason_signal(p->death.reason), script_process_name(w, p),
                        os_reason_text(p->death.reason), p->death.cause, p->death.va);
}

static tw_status run_statement(script_world *w, const script_statement *st,
                               script_complaint *complaint)
{
    if (w->options->verbose) {
        fprintf(w->options->to, "%lu:", st->at.line);
        for (unsigned i = 0; i < st->words.count; i++)
            fprintf(w->options->to, " %s", st->words.word[i]);
        fputc('\n', w->options->to);
    }
    w->at = st->at;
    w->died = NULL;
    w->result->statements++;
    w->result->expectations += st->verb->kind == SCRIPT_EXPECTATION;
    tw_status status = st->verb->run(w, st, complaint);
    return status == TW_OK ? check_death(w, st, complaint) : status;
}

/* The settings are done. */
static tw_status begin(script_world *w, text_place at, script_complaint *complaint)
{
    return script_check_huge(w->script, w->os.mode, complaint) != TW_OK
               ? complaint->status
               : script_world_open(w, at, complaint);
}

/* A statement that fails is no misuse of the language: only settings that make no sense are. */
static tw_status run_all(script_world *w, script_complaint *complaint)
{
    for (const script_statement *st = w->script->first; st != NULL; st = st->next) {
        bool setting = st->verb->kind == SCRIPT_SETTING;
        if (!setting && w->machine == NULL && begin(w, st->at, complaint) != TW_OK)
            return complaint->status;
        tw_status status = run_statement(w, st, complaint);
        if (status != TW_OK && !setting && status == TW_USAGE)
            complaint->status = TW_MISMATCH;
        if (status != TW_OK)
            return complaint->status;
    }
    return script_world_finish(w, complaint);
}

tw_status script_run(const script *s, tw_engine *engine, const tw_config *config,
                     const script_options *options, script_result *result,
                     script_complaint *complaint)
{
    script_complaint closing = {0};
    *result = (script_result){0};
    *complaint = (script_complaint){0};
    script_world *w = malloc(sizeof *w);
    if (w == NULL)
        return script_complain((text_place){s->path, 0}, complaint, TW_NO_MEMORY,
                               "no memory for a machine");
    script_world_begin(w, s, engine, config, options, result);
    tw_status status = run_all(w, complaint);
    if (w->machine != NULL)
        result->cycles = tw_machine_cycle(w->machine);
    if (script_world_close(w, &closing) != TW_OK && status == TW_OK)
        *complaint = closing;
    free(w);
    return complaint->status;
}
