/* patience.c: see patience.h. */
#include "tb/patience.h"

#include <inttypes.h>
#include <stdio.h>

void patience_progress(patience *p, uint64_t cycle)
{
    *p = (patience){.last = cycle};
}

void patience_look(patience *p, tw_machine *machine)
{
    if (!tw_machine_in(machine)->mem_resp_valid)
        return;
    p->last = tw_machine_cycle(machine);
    p->answers++;
}

bool patience_over(const patience *p, uint64_t cycle, char text[PATIENCE_TEXT])
{
    if (p->answers > PATIENCE_ANSWERS)
        snprintf(text, PATIENCE_TEXT, "%" PRIu64 " answers of the memory", p->answers);
    else if (cycle - p->last > TW_PATIENCE)
        snprintf(text, PATIENCE_TEXT, "%d cycles", TW_PATIENCE);
    else
        return false;
    return true;
}
