/*
 * trace.h: memory references of a real program, as `valgrind --tool=lackey --trace-mem=yes` writes
 * them, plain or compressed. One a line: the kind, the address in hexadecimal, a comma, and the
 * size in bytes:
 *
 *     I  04001090,3      an instruction was fetched
 *      L 1ffeffe7e0,8    load
 *      S 1ffeffe7d8,8    store
 *      M 0402a138,4      modify: a load, then a store
 *
 * Lines that begin with == are valgrind's own words; they and blank lines are skipped.
 *
 * A name that begins with gen: is no file: its references are generated (generate.h).
 */
#ifndef TB_TRACE_H
#define TB_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/error.h"
#include "tablewalk/pte.h"
#include "tb/text.h"

/* The widest access of any instruction (x86's FXSAVE) is 512 bytes, so none touches three pages. */
enum { TRACE_BYTES_MAX = 512 };

typedef struct reference {
    enum { REFERENCE_FETCH, REFERENCE_LOAD, REFERENCE_STORE, REFERENCE_MODIFY } kind;
    uint64_t va;
    unsigned bytes; /* 1 to TRACE_BYTES_MAX; va + bytes - 1 does not wrap */
} reference;

typedef struct trace trace;

/* Opens a trace for one pass. NULL with a sentence in *error as text_open, or as generate_parse and
 * generate_open. */
trace *trace_open(const char *path, tw_error *error);
void trace_close(trace *trace); /* NULL is allowed */

/* TW_OK and the next reference; at the end of the trace TW_OK and *more is false. TW_USAGE with
 * file and line number for a line that is none of the above, and as text_next. */
tw_status trace_next(trace *trace, reference *reference, bool *more, tw_error *error);

/* Where the reference stands that trace_next gave last: its line, or which one it is of those that
 * are generated, from 1. The name is borrowed from the trace. */
text_place trace_where(const trace *trace);

#endif
