/*
 * alloc.h: the kinds of `tablewalk alloc`, a file each: alloc_NAME.c. A new one is declared here
 * and has its row in alloc.c.
 *
 * argv[0] is "alloc NAME", for messages; what follows are the kind's own options and then the steps
 * (alloc_steps.h). Each returns the program's exit status.
 */
#ifndef TB_PROGRAM_ALLOC_H
#define TB_PROGRAM_ALLOC_H

int alloc_buddy(int argc, char **argv);
int alloc_zones(int argc, char **argv);
int alloc_kmap(int argc, char **argv);
int alloc_slab(int argc, char **argv);
int alloc_kmalloc(int argc, char **argv);
int alloc_vmalloc(int argc, char **argv);
int alloc_heap(int argc, char **argv);
int alloc_areas(int argc, char **argv);

#endif
