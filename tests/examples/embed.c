#include <inttypes.h>
#include <stdio.h>

#include "tablewalk/memory.h"
#include "tablewalk/translate.h"

int main(void)
{
    tw_memory *memory = tw_memory_open(&(tw_memory_options){.latency_min = 1, .latency_max = 1});
    tw_memory_write(memory, 0x80000008, 8, 0x20000401); /* root[1]: a pointer to page 0x80001 */
    tw_memory_write(memory, 0x80001008, 8, 0x48800cf);  /* 2 MiB leaf, page 0x12200: D A X W R V */
    tw_bus bus = tw_memory_bus(memory); /* or your own two callbacks: read and compare-and-swap */
    tw_control control = {.satp = UINT64_C(8) << 60 | 0x80000, .adue = true};
    tw_request request = {.va = 0x40201abc, .op = OP_LOAD, .priv = PRIV_S};
    tw_translation result;
    tw_translate(&control, &request, &bus, &result);
    tw_translation_print(&control, &request, &result, stdout);
    printf("pa %#" PRIx64 ", cause %u\n", result.pa, result.cause);
    tw_memory_close(memory);
    return result.cause != CAUSE_NONE;
}
