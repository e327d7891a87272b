/*
 * memory_monitor.h: judges every access of the memory port: a PTE that a walk in progress needs,
 * or, where prefetch is on, that of the page behind one that was asked for; and a compare-and-swap
 * that changes A and D alone, of a leaf that grants the access to a request that walks for it. A
 * request that its segment failed needs nothing.
 */
#ifndef TB_MEMORY_MONITOR_H
#define TB_MEMORY_MONITOR_H

#include "tablewalk/error.h"
#include "tb/observer.h"

/* For a request that has become visible. `fits` as from observer_memory_request. *ahead: it is
 * right, though no request in flight needs it. */
tw_status memory_monitor_request(const struct observer *observer, const struct step *step,
                                 bool fits, bool *ahead, tw_error *error);

#endif
