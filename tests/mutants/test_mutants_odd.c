/* test_mutants_odd.c: one half of the mutants, by tests/support/mutants.h. */
#include "tests/support/mutants.h"

int main(void)
{
    return mutants_run("mutants_odd", 1);
}
