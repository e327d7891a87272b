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

/* The bits that are set, by name: "V R W A D". */
void flags_print(uint64_t pte, FILE *to);

/* The line of a compare-and-swap of A and D. */
void swap_print(const tw_access *access, FILE *to);

#endif
