/* test_mutants_even.c: one half of the mutants, by tests/support/mutants.h. */
#include "tests/support/mutants.h"

int main(void)
{
    return mutants_run("mutants_even", 0);
}
