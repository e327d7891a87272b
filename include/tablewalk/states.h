/*
 * states.h: the state encodings that the observation pins show. Proved equal to the RTL's.
 */
#ifndef TABLEWALK_STATES_H
#define TABLEWALK_STATES_H

/* docs/blocks/walker.md */
enum { WALK_IDLE = 0, WALK_READ = 1, WALK_WAIT = 2, WALK_SWAP = 3, WALK_SWAP_WAIT = 4 };

/* docs/blocks/registers.md */
enum { ACCESS_IDLE = 0, ACCESS_EXECUTE = 1, ACCESS_RESPOND = 2 };

/* The walker's state as a word; "?" for anything else. */
const char *tw_walk_state_name(unsigned state);

#endif
