/* reason.h: why a translation faulted, in words for a person. */
#ifndef MODEL_ARCH_REASON_H
#define MODEL_ARCH_REASON_H

#include <stdio.h>

#include "tablewalk/translate.h"

/* Prints one clause with no newline, as "V=0: nothing is mapped here". Nothing for CHECK_NONE. */
void reason_print(const tw_control *control, const tw_request *request,
                  const tw_translation *result, FILE *to);

/* Prints 2^size bytes as "4 KiB", "2 MiB", "512 GiB". `size` is 10 or more. */
void size_print(unsigned size, FILE *to);

#endif
