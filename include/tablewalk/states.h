/*
 * states.h: the state encodings of the RTL and the cycle model. Proved equal.
 */
#ifndef TABLEWALK_STATES_H
#define TABLEWALK_STATES_H

/* docs/blocks/walker.md */
enum { WALK_IDLE = 0, WALK_READ = 1, WALK_WAIT = 2, WALK_SWAP = 3, WALK_SWAP_WAIT = 4 };

/* Added to what is shown of a walker's state while its walk is a prefetch. */
enum { WALK_PREFETCH = 8 };

/* docs/blocks/miss_queue.md: an entry of the queue, and the verdict that puts it there */
enum miss_state {
    MISS_FREE = 0,
    MISS_STAGE = 1,
    MISS_AWAKE = 2,
    MISS_MERGED = 3,
    MISS_WAITING = 4
};

/* docs/blocks/registers.md */
enum { ACCESS_IDLE = 0, ACCESS_EXECUTE = 1, ACCESS_RESPOND = 2 };

/* The walker's state as a word; "?" for anything else. */
const char *tw_walk_state_name(unsigned state);

#endif
