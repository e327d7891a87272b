/* alloc_steps.c: all steps are read before the first is done, so that what makes no sense prints
 * nothing else. */
#include "tb/program/alloc_steps.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb/program/command.h"

typedef struct step {
    bool take;
    size_t block; /* index of the block it is about */
    uint64_t bytes;
} step;

typedef struct play {
    alloc_blocks known; /* `known.block` is `block` */
    alloc_block *block;
    step *step;
    size_t steps;
} play;

/* ---- sizes ----------------------------------------------------------------------------------- */

static const char LETTERS[] = "BKMG"; /* of powers of 1024 */

tw_status alloc_size_parse(const char *what, const char *text, uint64_t *bytes, tw_error *error)
{
    char *end = NULL;
    double value = isdigit((unsigned char)text[0]) ? strtod(text, &end) : 0;
    /* strtod knows more numbers than people write sizes. */
    bool plain = end != NULL && strspn(text, "0123456789.") == (size_t)(end - text);
    const char *letter = plain && *end != '\0' ? strchr(LETTERS, *end) : NULL;
    if (letter != NULL) {
        value = ldexp(value, 10 * (int)(letter - LETTERS));
        end++;
    }
    if (!plain || *end != '\0' || value == 0 || value >= 0x1p48)
        return tw_fail(error, TW_USAGE,
                       "%s '%.40s': expected bytes, from 1 and below 2^48, such as 850, 3.6K, 1M",
                       what, text);
    *bytes = (uint64_t)ceil(value);
    return TW_OK;
}

const char *alloc_size_text(uint64_t bytes, char text[ALLOC_SIZE_TEXT_MAX])
{
    unsigned i = 0;
    for (; bytes != 0 && bytes % 1024 == 0 && LETTERS[i + 1] != '\0'; i++)
        bytes /= 1024;
    snprintf(text, ALLOC_SIZE_TEXT_MAX, "%" PRIu64 "%c", bytes, LETTERS[i]);
    return text;
}

tw_status alloc_size_take(void *context, const char *text, tw_error *error)
{
    alloc_size_option *option = context;
    return alloc_size_parse(option->option, text, &option->bytes, error);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Finds the name or makes it known: there is room for one a step. */
static size_t block_named(play *p, const char *name, size_t length)
{
    size_t i = 0;
    while (i < p->known.count &&
           (strncmp(p->block[i].name, name, length) != 0 || p->block[i].name[length] != '\0'))
        i++;
    if (i == p->known.count) {
        memcpy(p->block[i].name, name, length);
        p->known.count++;
    }
    return i;
}

static tw_status read_give(play *p, const char *text, step *s, tw_error *error)
{
    size_t before = p->known.count;
    s->block = block_named(p, text + 1, strlen(text) - 1);
    if (s->block == before)
        return tw_fail(error, TW_USAGE, "step '%s': no step before it takes '%s'", text, text + 1);
    p->block[s->block].taken = false;
    return TW_OK;
}

static tw_status read_take(play *p, const char *text, size_t length, step *s, tw_error *error)
{
    s->take = true;
    s->block = block_named(p, text, length);
    if (p->block[s->block].taken)
        return tw_fail(error, TW_USAGE, "step '%.40s': '%s' is taken; -%s gives it back", text,
                       p->block[s->block].name, p->block[s->block].name);
    p->block[s->block].taken = true;
    return text[length] == '=' ? alloc_size_parse("step", text + length + 1, &s->bytes, error)
                               : TW_OK;
}

static tw_status read_step(play *p, const char *text, tw_error *error)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const bool give = text[0] == '-';
    const size_t length = strspn(text + give, name);
    const char after = text[give + length];
    step *s = &p->step[p->steps++];
    if (length == 0 || length > ALLOC_NAME_MAX || (after != '\0' && (give || after != '=')))
        return tw_fail(error, TW_USAGE,
                       "step '%.40s': expected NAME=SIZE or -NAME, a name being up to %d letters "
                       "and digits; options come before the steps",
                       text, ALLOC_NAME_MAX);
    return give ? read_give(p, text, s, error) : read_take(p, text, length, s, error);
}

static tw_status read_steps(play *p, int count, char *const *steps, tw_error *error)
{
    tw_status status = TW_OK;
    if (count == 0)
        return tw_fail(error, TW_USAGE, "no step; a=11K takes 11 KiB, -a gives them back");
    for (int i = 0; i < count && status == TW_OK; i++)
        status = read_step(p, steps[i], error);
    for (size_t i = 0; i < p->known.count; i++)
        p->block[i].taken = false;
    return status;
}

/* ---- doing ----------------------------------------------------------------------------------- */

const alloc_block *alloc_block_at(const alloc_blocks *blocks, uint64_t at)
{
    for (size_t i = 0; i < blocks->count; i++)
        if (blocks->block[i].taken && blocks->block[i].at == at)
            return &blocks->block[i];
    return NULL;
}

static tw_status do_take(play *p, const step *s, const alloc_actor *actor, tw_error *error)
{
    alloc_block *block = &p->block[s->block];
    tw_status status = actor->take(actor->context, s->bytes, &block->at, error);
    block->bytes = s->bytes;
    block->taken = status == TW_OK;
    block->refused = status == TW_NO_MEMORY;
    if (status == TW_OK)
        p->known.bytes += s->bytes;
    else if (status == TW_NO_MEMORY)
        p->known.refusals++;
    return status;
}

static tw_status do_give(play *p, const step *s, const alloc_actor *actor, tw_error *error)
{
    alloc_block *block = &p->block[s->block];
    if (block->refused)
        return tw_fail(error, TW_NO_MEMORY, "nothing to give back: %s was refused", block->name);
    tw_status status = actor->give(actor->context, block->at, error);
    if (status == TW_OK && block->taken)
        p->known.bytes -= block->bytes;
    block->taken = false;
    return status;
}

static int do_steps(play *p, char *const *text, const alloc_actor *actor)
{
    int width = 0;
    for (size_t i = 0; i < p->steps; i++)
        width = (int)strlen(text[i]) > width ? (int)strlen(text[i]) : width;
    for (size_t i = 0; i < p->steps; i++) {
        tw_error error = {0};
        const step *s = &p->step[i];
        tw_status status = s->take ? do_take(p, s, actor, &error) : do_give(p, s, actor, &error);
        if (status != TW_OK && status != TW_NO_MEMORY)
            return command_failed(&error);
        printf("%-*s  ", width, text[i]);
        if (status == TW_NO_MEMORY)
            puts(error.text);
        else
            actor->show(actor->context, &p->known);
    }
    actor->end(actor->context, &p->known);
    return EXIT_PASS;
}

int alloc_steps_run(int count, char *const *steps, const alloc_actor *actor)
{
    tw_error error = {0};
    play p = {.block = calloc((size_t)count + 1, sizeof *p.block),
              .step = calloc((size_t)count + 1, sizeof *p.step)};
    int exit;
    p.known.block = p.block;
    if (p.block == NULL || p.step == NULL) {
        tw_fail(&error, TW_NO_MEMORY, "no memory for %d steps", count);
        exit = command_failed(&error);
    } else {
        exit = read_steps(&p, count, steps, &error) == TW_OK ? do_steps(&p, steps, actor)
                                                             : command_failed(&error);
    }
    free(p.block);
    free(p.step);
    return exit;
}

double alloc_percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100 * (double)part / (double)whole;
}
