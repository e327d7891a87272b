/*
 * flights.h: how many requests of a machine are in flight, both ports together, counted on its
 * pins.
 */
#ifndef TESTS_SUPPORT_FLIGHTS_H
#define TESTS_SUPPORT_FLIGHTS_H

#include "tablewalk/machine.h"

typedef struct flights {
    unsigned now, most, taken;
} flights;

/* Counts from now on, for as long as the machine lives. */
void flights_watch(flights *f, tw_machine *machine);

/* Requests taken whose answers are not even on the pins of this cycle, which has not ended. */
unsigned flights_unanswered(const flights *f, const tw_machine *machine);

#endif
