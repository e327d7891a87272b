/* mark.c: counts since the mark. */
#include <string.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tb/script/world.h"

enum { COUNTERS = 0x400 }; /* offset of the first of the MMU's counters; 8 bytes each */

static bool is_counter(unsigned offset)
{
    return offset >= COUNTERS && (offset - COUNTERS) / 8 < SCRIPT_COUNTERS;
}

static tw_status take_counters(script_world *w, tw_error *error)
{
    tw_status status = TW_OK;
#define TAKE(name, offset, access, reset, sentence)                                              \
    if (status == TW_OK && is_counter(offset))                                                   \
        status = tw_register_read(w->machine, offset,                                            \
                                  &w->marked.counter[(offset - COUNTERS) / 8 % SCRIPT_COUNTERS], \
                                  error);
    TW_REGISTERS(TAKE)
#undef TAKE
    return status;
}

tw_status script_marks_take(script_world *w, tw_error *error)
{
    script_mark_counts *m = &w->marked;
    m->os = *os_statistics(userland_os(w->users));
    for (unsigned i = 0; i < SCRIPT_NAMES_MAX; i++)
        if (w->process[i] != NULL) {
            m->minor[i] = w->process[i]->minor_faults;
            m->major[i] = w->process[i]->major_faults;
        }
    script_events_clear(&w->events);
    tw_status status = take_counters(w, error);
    m->cycle = tw_machine_cycle(w->machine);
    return status;
}

tw_status script_counter_since(script_world *w, unsigned offset, uint64_t *value, tw_error *error)
{
    tw_status status = tw_register_read(w->machine, offset, value, error);
    *value -= w->marked.counter[(offset - COUNTERS) / 8 % SCRIPT_COUNTERS];
    return status;
}
