/*
 * pin_trace.h: every cycle's pins of a machine as text, for replay by another simulator.
 *
 * The first line names the pins, inputs before outputs, in the order of pins.h; every other line is
 * one cycle, its values in hexadecimal, separated by spaces. The trace begins right after a reset.
 */
#ifndef TB_PIN_TRACE_H
#define TB_PIN_TRACE_H

#include "tablewalk/machine.h"

struct pin_trace;

/* Creates the file. NULL with TW_IO or TW_NO_MEMORY in *error. */
struct pin_trace *pin_trace_open(const char *path, tw_error *error);

/* Add it to a machine before the first cycle. A failed write stops the machine with TW_IO. */
tw_watcher pin_trace_watcher(struct pin_trace *trace);

/* TW_OK, or TW_IO if not all could be written. NULL is TW_OK. */
tw_status pin_trace_close(struct pin_trace *trace, tw_error *error);

#endif
