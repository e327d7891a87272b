/*
 * walk_steps.h: one walker of the cycle model by itself, and the rules of it that are the same for
 * a tree of page tables and for hashed chains. A walk is a store of S-mode with id 5 and way 6.
 */
#ifndef TESTS_SUPPORT_WALK_STEPS_H
#define TESTS_SUPPORT_WALK_STEPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "model/cycle/walker.h"
#include "tests/support/pages.h"

/* A kind of walk. */
typedef struct walk_steps {
    const tw_control *control;
    struct walker (*reading)(void);  /* one in READ that has left where walks begin anew */
    struct walker (*swapping)(void); /* one in SWAP */
    /* Fails unless the walk is in READ where walks begin anew, and knows of nothing above. */
    void (*expect_anew)(const struct walker *walker);
} walk_steps;

/* Starts a walk; `start` says all but what is the same for every walk. */
void steps_start(struct walker *walker, const tw_control *control, uint64_t va,
                 struct walk_start start);

/* Memory takes the request, and answers, `fence` in the same cycle; what that means. */
struct walk_step steps_answer(struct walker *walker, const tw_control *control, tw_in pins,
                              bool fence);
struct walk_step steps_read(struct walker *walker, const tw_control *control, uint64_t word);

/* Each of the others fails the test unless the rule holds. */

/* The answer finishes the walk with this check. */
void steps_expect_check(struct walker walker, const tw_control *control, tw_in pins,
                        tw_check check);

/* The step finishes the walk that was so `before`: granted, with level, pte_addr, pte, size and
 * global of *want. */
void steps_expect_done(const struct walker *before, const tw_control *control,
                       const struct walk_step *step, const struct done *want);

/* The pins ask for a swap of the word at `addr` for itself with A and D. */
void steps_expect_swap(const struct walker *walker, const tw_control *control, uint64_t addr,
                       uint64_t word);

/* A failed compare sends the walk back till the tries are used up. */
void steps_expect_tries(const walk_steps *s);

/* A fence, in READ and in SWAP. With the answer: that is dropped, and the walk begins anew. On a
 * request on the pins: that finishes, and its answer is dropped. On one that is not yet on the
 * pins: the walk begins anew at once. While memory works: the answer to come will be dropped. */
void steps_expect_fence_with_answer(const walk_steps *s);
void steps_expect_fence_on_pins(const walk_steps *s);
void steps_expect_fence_before_pins(const walk_steps *s);
void steps_expect_fence_in_memory(const walk_steps *s);

#endif
