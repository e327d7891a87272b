/*
 * mutants.h: each patch in tests/mutants puts one bug into a copy of the RTL: those that real MMUs
 * shipped, and those that the blocks of this one invite. tests/mutants/run builds it, expects random
 * lockstep to find it, and the printed command to show it again, with a waveform.
 */
#ifndef TESTS_SUPPORT_MUTANTS_H
#define TESTS_SUPPORT_MUTANTS_H

/* Tests every second mutant in the order of their names, from number `first` (0 or 1), so that two
 * programs share the work of two cores. What main shall return. */
int mutants_run(const char *group, unsigned first);

#endif
