/* drive_trace.c: tells the two kinds of file apart by their first line: only a list begins with a
 * digit. */
#include "tb/drive_trace.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "tb/generate.h"
#include "tb/text.h"
#include "tb/trace.h"

/* Is the first line that is not blank one of a list of accesses? What is generated is no list. */
static tw_status look(const char *path, bool *is_list, tw_error *error)
{
    *is_list = false;
    if (generate_named(path))
        return TW_OK;
    text_file *text = text_open(path, error);
    if (text == NULL)
        return error->status;
    const char *line = "";
    tw_status status = TW_OK;
    while (status == TW_OK && line != NULL && line[strspn(line, " \t")] == '\0')
        status = text_next(text, &line, error);
    *is_list = status == TW_OK && line != NULL && isxdigit((unsigned char)line[0]);
    text_close(text);
    return status;
}

/* A load, store or fetch: one access, or two if it crosses a page. */
static tw_status add(drive_list *list, tw_op op, const reference *r, tw_error *error)
{
    uint64_t last = r->va + r->bytes - 1;
    tw_status status = drive_list_add(list, r->va, op, error);
    if (status == TW_OK && last >> PAGE_SHIFT != r->va >> PAGE_SHIFT)
        status = drive_list_add(list, last >> PAGE_SHIFT << PAGE_SHIFT, op, error);
    return status;
}

static tw_status add_reference(drive_list *list, const reference *r, tw_error *error)
{
    if (!va_canonical(MODE_SV39, r->va) || !va_canonical(MODE_SV39, r->va + r->bytes - 1))
        return tw_fail(error, TW_USAGE,
                       "0x%" PRIx64 ", %u bytes, is not within Sv39's addresses: bits 63 to 38 "
                       "have to be equal",
                       r->va, r->bytes);
    if (r->kind == REFERENCE_FETCH)
        return add(list, OP_FETCH, r, error);
    tw_status status = r->kind == REFERENCE_STORE ? TW_OK : add(list, OP_LOAD, r, error);
    return status != TW_OK || r->kind == REFERENCE_LOAD ? status : add(list, OP_STORE, r, error);
}

tw_status drive_trace_read(drive_list *list, const char *path, tw_error *error)
{
    bool is_list = false;
    tw_status status = look(path, &is_list, error);
    if (status != TW_OK || is_list)
        return status != TW_OK ? status : drive_list_read(list, MODE_SV39, path, error);
    trace *t = trace_open(path, error);
    if (t == NULL)
        return error->status;
    size_t before = list->count;
    tw_error wrong;
    for (bool more = true; status == TW_OK && more;) {
        reference r;
        status = trace_next(t, &r, &more, error);
        if (status == TW_OK && more && (status = add_reference(list, &r, &wrong)) != TW_OK)
            tw_fail(error, status, "%.160s: %s", path, wrong.text);
    }
    trace_close(t);
    if (status == TW_OK && list->count == before)
        status = tw_fail(error, TW_USAGE, "%.160s: expected at least one memory reference", path);
    return status;
}
