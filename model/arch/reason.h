/* reason.h: a translation in words for a person: the parts that every kind of tree shares. */
#ifndef MODEL_ARCH_REASON_H
#define MODEL_ARCH_REASON_H

#include <stdio.h>

#include "tablewalk/translate.h"

/* Prints one clause with no newline, as "V=0: nothing is mapped here". Nothing for CHECK_NONE. */
void reason_print(const tw_control *control, const tw_request *request,
                  const tw_translation *result, FILE *to);

/* The clause for a leaf of 2^size bytes that is not aligned. */
void aligned_reason(unsigned size, FILE *to);

/* Prints 2^size bytes as "64 bytes", "4 KiB", "2 MiB", "512 GiB". */
void size_print(unsigned size, FILE *to);

/* "M", "S" or "U". */
const char *priv_name(unsigned priv);

/* Bits 0 to 7 that are set, by their letters: "V R W A D". Returns what has to stand before more:
 * "", if none is set, or " ". */
const char *letters_print(uint64_t pte, const char *letters, FILE *to);

/* The bits of a PTE that are set, by name; "no flags" without any. */
void flags_print(uint64_t pte, FILE *to);

/* The line of a compare-and-swap of A and D. */
void swap_print(const tw_access *access, FILE *to);

/* The lines of a walk in hashed mode: the page, its hash, and every word. */
void chain_print(const tw_control *control, const tw_request *request, const tw_translation *result,
                 FILE *to);

/* The last line, without its end: true, "  physical address 0x12345abc in a page of 4 KiB"; or
 * false, and a reason has to follow: "  load page fault (cause 13) at 0x0, check "valid": ". */
bool outcome_print(const tw_request *request, const tw_translation *result, FILE *to);

#endif
