/* drive_list.c: an array that grows by doubling, and the file it is read from. */
#include "tb/drive_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "tb/relocate.h"
#include "tb/tokens.h"

enum { ROOM_FIRST = 1024 };

tw_status drive_list_add(drive_list *list, uint64_t va, tw_op op, tw_error *error)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? ROOM_FIRST : 2 * list->room;
        drive_access *grown = realloc(list->access, room * sizeof *grown);
        if (grown == NULL)
            return tw_fail(error, TW_NO_MEMORY, "no memory for more than %zu accesses",
                           list->count);
        list->access = grown;
        list->room = room;
    }
    list->access[list->count++] = (drive_access){va, op};
    return TW_OK;
}

void drive_list_close(drive_list *list)
{
    free(list->access);
    *list = (drive_list){0};
}

static tw_status take_va(tokens *t, unsigned mode, uint64_t *va, tw_error *error)
{
    char expected[64];
    tokens word = *t;
    if (t->length > 2 && t->word[0] == '0' && t->word[1] == 'x') {
        t->word += 2;
        t->length -= 2;
    }
    tw_status status = tokens_hex(t, "an address", UINT64_MAX, va, error);
    if (status != TW_OK || mode_narrow(mode) || va_canonical(mode, *va))
        return status;
    snprintf(expected, sizeof expected, "an address of %s (bits 63 to %u equal)",
             tw_mode_name(mode), level_size(mode, mode_levels(mode)) - 1);
    return tokens_expected(&word, expected, error);
}

static tw_status take_op(tokens *t, tw_op *op, tw_error *error)
{
    if (tokens_is(t, "R"))
        *op = OP_LOAD;
    else if (tokens_is(t, "W"))
        *op = OP_STORE;
    else if (tokens_is(t, "X"))
        *op = OP_FETCH;
    else
        return tokens_expected(t, "R, W or X after the address", error);
    tokens_next(t);
    return TW_OK;
}

static tw_status add_line(drive_list *list, unsigned mode, tokens t, tw_error *error)
{
    uint64_t va;
    tw_op op = OP_LOAD;
    if (t.length == 0)
        return TW_OK;
    tw_status status = take_va(&t, mode, &va, error);
    if (status == TW_OK)
        status = take_op(&t, &op, error);
    if (status == TW_OK && t.length != 0)
        status = tokens_expected(&t, "the end of the line", error);
    return status == TW_OK ? drive_list_add(list, va, op, error) : status;
}

tw_status drive_list_read(drive_list *list, unsigned mode, const char *path, tw_error *error)
{
    text_file *file = text_open(path, error);
    if (file == NULL)
        return error->status;
    size_t before = list->count;
    const char *line;
    tw_status status = text_next(file, &line, error);
    while (status == TW_OK && line != NULL) {
        status = add_line(list, mode, tokens_of(text_where(file), line), error);
        if (status == TW_OK)
            status = text_next(file, &line, error);
    }
    text_close(file);
    if (status == TW_OK && list->count == before)
        status = text_fail((text_place){path, 0}, error,
                           "expected accesses such as '1000123abc R', found none");
    return status;
}

static footprint *footprint_of_list(const drive_list *list, tw_error *error)
{
    footprint *f = footprint_open(error);
    tw_status status = f != NULL ? TW_OK : TW_NO_MEMORY;
    for (size_t i = 0; status == TW_OK && i < list->count; i++)
        status = footprint_add(f, list->access[i].va, 1, OS_R, 0, error);
    if (status == TW_OK) {
        footprint_settle(f);
        return f;
    }
    footprint_close(f);
    return NULL;
}

tw_status drive_list_pages(const drive_list *list, size_t *pages, tw_error *error)
{
    footprint *f = footprint_of_list(list, error);
    if (f == NULL)
        return TW_NO_MEMORY;
    *pages = footprint_pages(f);
    footprint_close(f);
    return TW_OK;
}

tw_status drive_list_relocate(drive_list *list, size_t *regions, tw_error *error)
{
    *regions = 0;
    footprint *f = footprint_of_list(list, error);
    if (f == NULL)
        return TW_NO_MEMORY;
    tw_status status = TW_OK;
    if (relocation_needed(f)) {
        relocation *r = relocate(f, error);
        status = r != NULL ? TW_OK : error->status;
        for (size_t i = 0; r != NULL && i < list->count; i++)
            list->access[i].va = relocation_to(r, list->access[i].va);
        *regions = r != NULL ? relocation_regions(r) : 0;
        relocation_close(r);
    }
    footprint_close(f);
    return status;
}
