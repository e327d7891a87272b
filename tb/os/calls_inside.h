/*
 * calls_inside.h: what the files of calls.h share. Nobody else includes it.
 *
 * Every call begins with call_begin: what a process may ask for, and on which pages.
 */
#ifndef TB_OS_CALLS_INSIDE_H
#define TB_OS_CALLS_INSIDE_H

#include "tb/os/mapping.h"

/* Who calls, and for which pages: the context of visitors of areas. */
typedef struct call {
    os *system;
    os_process *process;
    os_vmas *areas;      /* of the process */
    uint64_t start, end; /* pages */
    bool locks;          /* call_populate locks each place as soon as its page is there */
} call;

/* May the process call at all? TW_USAGE if it is dead, waits, or has segments. Makes sure that it
 * has areas: TW_NO_MEMORY. */
tw_status call_begin(os *system, os_process *process, call *c, tw_error *error);

/* The same for [start, start + bytes), rounded up to pages: TW_USAGE if it is empty, does not begin
 * at a page, or is not all of user addresses. */
tw_status call_begin_range(os *system, os_process *process, uint64_t start, uint64_t bytes, call *c,
                           tw_error *error);

/* Where user addresses end that begin at 0: the kernel's part, if it has one, or those that are not
 * canonical. */
uint64_t call_user_end(const os *system);

/* TW_USAGE if [start, end) is not all of user addresses of the mode. */
tw_status call_check_range(const os *system, uint64_t start, uint64_t end, tw_error *error);

/* Rounds up to pages, or TW_USAGE: 0 bytes, or more than there are addresses. */
tw_status call_page_up(uint64_t bytes, uint64_t *rounded, tw_error *error);

/* TW_USAGE if the first or last page of an area that is to come, and the page beside it that the
 * process has, are one page of an object: in hashed mode a frame has one entry, so that no access
 * which crosses from one to the other would ever get through. */
tw_status call_check_beside(const os *system, os_vmas *areas, const os_vma *area, tw_error *error);

/* Visitor of areas that go: their places go first. The context is a call. */
tw_status call_clear_part(void *context, const os_vma *part, tw_error *error);

/* Brings in and maps all pages of [start, end) that areas allow somebody to touch: as Linux does,
 * private pages that may be written are, so that they need no copy later. */
tw_status call_populate(const call *c, tw_error *error);

/* What is mapped of a shared memory or a file, or NULL: the area is anonymous. */
static inline os_object *call_object(const os_vma *area)
{
    return area->file;
}

#endif
