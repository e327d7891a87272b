/*
 * landmarks.h: the cycles in which a run first did something that is worth looking at in its
 * waveform.
 */
#ifndef TB_LANDMARKS_H
#define TB_LANDMARKS_H

#include <stdint.h>

#include "tablewalk/machine.h"
#include "tablewalk/pte.h"

/* X(name, the pins that show it). */
#define LANDMARKS(X)                                                                \
    X(first_walk, out->obs_walker_state != 0)                                       \
    X(first_ad_update, out->mem_req_valid && out->mem_req_op)                       \
    X(first_fault, out->fetch_resp_fault != 0 || out->data_resp_fault != 0)         \
    X(first_d_update,                                                               \
      out->mem_req_valid && out->mem_req_op && (out->mem_req_desired >> PTE_D & 1)) \
    X(first_data_answer, out->data_resp_valid && out->data_resp_fault == 0)

#define LANDMARK_NEVER UINT64_MAX

/* Each in cycles of the machine, or LANDMARK_NEVER. */
typedef struct landmarks {
#define LANDMARK_FIELD(name, seen) uint64_t name;
    LANDMARKS(LANDMARK_FIELD)
#undef LANDMARK_FIELD
} landmarks;

/* Every landmark at LANDMARK_NEVER. */
landmarks landmarks_none(void);

/* A watcher for tw_machine_watch; the caller owns the landmarks. */
tw_watcher landmarks_watcher(landmarks *l);

#endif
