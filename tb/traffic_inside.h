/*
 * traffic_inside.h: what random traffic is made of; for traffic*.c alone.
 */
#ifndef TB_TRAFFIC_INSIDE_H
#define TB_TRAFFIC_INSIDE_H

#include "tb/observer.h"
#include "tb/random.h"
#include "tb/traffic.h"
#include "tb/traffic_world.h"

enum { HOT_MAX = 200 };

/* Of 1000 cycles, or of 100 where it says percent. */
struct phase {
    uint64_t ends; /* cycle */
    bool wide;     /* many pages in use, and time to come back to them */
    unsigned request_percent, hot_percent, again_percent, step_percent;
    unsigned register_permille, remap_permille;
    unsigned hots;
    uint16_t hot[HOT_MAX]; /* places used over and over in this phase */
};

struct request_slot {
    bool held; /* on the pins, not yet taken */
    unsigned id, segment;
    tw_request request;
};

/* The register port. */
struct register_traffic {
    struct register_access access; /* on the pins, not yet taken */
    unsigned priv;
    unsigned setup;          /* writes still to be made after a reset */
    bool counter;            /* it reads counter `turn` */
    bool reading;            /* and is taken, but not answered */
    unsigned turn;           /* the counter to be read next */
    unsigned final;          /* counters still to be read before the run ends */
    uint64_t seen[COUNTERS]; /* their values when they were read last */
};

/* The segments, as far as is known from the writes that were taken. */
struct segment_traffic {
    unsigned built;
    bool on;        /* CONTROL.SEGMENTS */
    unsigned index; /* SEGMENT */
    unsigned left;  /* writes still to be made until segment `index` is `next` */
    tw_segment next;
    tw_segment segment[TW_SEGMENTS_MAX];
};

/* HASH_TABLE and HASH_ANCHORS, likewise. */
struct hash_traffic {
    bool odd;                /* they do not name a table as it is */
    unsigned left;           /* writes still to be made until they are these: */
    uint64_t table, anchors; /* registers */
};

struct traffic {
    tw_machine *machine;
    struct traffic_world world;
    struct racing_writer writer;
    struct traffic_counts counts;
    struct phase phase;
    struct register_traffic registers;
    struct segment_traffic segments;
    struct hash_traffic hash;
    unsigned preferred; /* mode; ANY_MODE: none */
    uint64_t random, last_answer;
    uint64_t wanted; /* requests still to be taken */
    struct request_slot slot[PORTS];
    uint64_t taken_in[PORTS][IDS]; /* cycle + 1; 0: not in flight */
    struct place last;             /* of the last request, of either port */
    unsigned space;                /* that SATP points to, as far as is known */
    unsigned reset_left;
    bool bus_error;
};

static inline bool one_in(struct traffic *traffic, unsigned n)
{
    return random_below(&traffic->random, n) == 0;
}

static inline bool permille(struct traffic *traffic, unsigned n)
{
    return random_below(&traffic->random, 1000) < n;
}

/* Begins the next phase if the present one is over. TW_NO_MEMORY if memory is out. */
tw_status traffic_phase_cycle(struct traffic *traffic);

/* A place in use, or any: of the present address space, or of another. */
const struct place *traffic_phase_place(struct traffic *traffic);

/* One cycle of the register port. */
void traffic_registers_cycle(struct traffic *traffic, const tw_out *out, tw_in *in);
void traffic_registers_reset(struct traffic *traffic);
/* True if an access is on the pins or under way, or counters are to be read. */
bool traffic_registers_busy(const struct traffic *traffic);

/* Makes a request of a linear address one of an offset into some segment, if they are on. */
void traffic_segments_request(struct traffic *traffic, struct request_slot *slot);
/* True if a segment is being rewritten, or now is to be: then these are the next write's. */
bool traffic_segments_rewrite(struct traffic *traffic, unsigned *offset, uint64_t *data);
/* A write that was taken. */
void traffic_segments_written(struct traffic *traffic, unsigned offset, uint64_t data);
void traffic_segments_reset(struct traffic *traffic);

/* The same of HASH_TABLE and HASH_ANCHORS. */
bool traffic_hash_rewrite(struct traffic *traffic, unsigned *offset, uint64_t *data);
void traffic_hash_written(struct traffic *traffic, unsigned offset, uint64_t data);
void traffic_hash_reset(struct traffic *traffic);

#endif
