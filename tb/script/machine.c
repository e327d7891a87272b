/* machine.c: statements about numbers, time, and the OS as a whole. */
#include <inttypes.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

tw_status script_let(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return script_evaluate(w, script_argument_of(&st->phrase, "VALUE"),
                           &w->variable[script_argument_of(&st->phrase, "$NAME")->index],
                           complaint);
}

tw_status script_mark(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    return script_called(st, script_marks_take(w, &error), &error, complaint);
}

tw_status script_pass(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    uint64_t cycles = script_number(w, &st->phrase, "NUMBER", 0);
    if (script_check_pass(st, cycles, TW_MISMATCH, complaint) != TW_OK)
        return complaint->status;
    uint64_t until = tw_machine_cycle(w->machine) + cycles;
    return script_called(st, w->port.wait(w->port.context, until, &error), &error, complaint);
}

tw_status script_drop_tables(script_world *w, const script_statement *st,
                             script_complaint *complaint)
{
    tw_error error = {0};
    return script_called(st, os_drop_tables(userland_os(w->users), &error), &error, complaint);
}

tw_status script_write_back(script_world *w, const script_statement *st,
                            script_complaint *complaint)
{
    tw_error error = {0};
    uint64_t age = script_number(w, &st->phrase, "age", 0);
    return script_called(st, os_write_back(userland_os(w->users), age, NULL, &error), &error,
                         complaint);
}

tw_status script_truncate(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    const script_file *file = &w->file[script_argument_of(&st->phrase, "FILE")->index];
    return script_called(
        st, user_truncate(w->users, file->path, script_number(w, &st->phrase, "BYTES", 0), &error),
        &error, complaint);
}
