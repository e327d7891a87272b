/*
 * racing_writer.h: another agent that changes a PTE between the walker's read and its
 * compare-and-swap.
 */
#ifndef TB_RACING_WRITER_H
#define TB_RACING_WRITER_H

#include "tablewalk/machine.h"

enum race {
    RACE_NEW_PPN,
    RACE_V_CLEARED,
    RACE_W_REVOKED,
    RACE_A_SET,
    RACE_NEW_VPN,   /* a hashed entry's; of a PTE it is the frame again, or nothing of 4 bytes */
    RACE_NEW_ASID,  /* the same */
    RACE_POINTER,   /* the leaf becomes a pointer */
    RACE_FOR_EVER,  /* changes before every compare, until the walk gives up */
    RACE_BUS_ERROR, /* the bus refuses the swap */
    RACES
};

struct racing_writer {
    uint64_t random;
    unsigned percent;  /* of the swaps that are raced */
    bool visible;      /* a swap was on the pins in the cycle before */
    unsigned id;       /* its walker's */
    bool refusing;     /* a read-only range is set for it */
    uint64_t for_ever; /* address that changes for ever */
    unsigned left;     /* compares that it will spoil yet */
    uint64_t count[RACES];
};

/* Call it before each tw_machine_clock: a swap that is on the pins for the first time may find its
 * PTE changed. TW_NO_MEMORY if memory is out. */
tw_status racing_writer_cycle(struct racing_writer *writer, tw_machine *machine);

/* The race as words. */
const char *racing_writer_name(enum race race);

#endif
