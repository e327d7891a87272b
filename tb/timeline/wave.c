/*
 * wave.c: the OS's signals in the waveform. They keep what the OS did last; os_actor is
 * who is at work, by who did something last; a stage's pulse is in the cycle in which it was
 * reached; os_disk is high while the disk works. Its transfers are told ahead of time, and done
 * one behind the other, so that the end of the last one is all there is to know.
 */
#include "tb/timeline/inside.h"

/* The signals, in the order of their values. */
enum signal { PID, ACTOR, EVENT, STAGE, VA, PPN, NUMBER, DISK, PULSE_1 };
enum { SIGNALS = PULSE_1 + STAGES };

static const char *const EVENT_NAME[] = {"-",
#define NAME_OF(name, actor, sentence) #name,
                                         OS_EVENTS(NAME_OF)
#undef NAME_OF
};

static const char *const STAGE_NAME[STAGES + 1] = {
    "-",           "1 trap",       "2 save",      "3 determine", "4 legal",  "5 issue",   "6 other",
    "7 interrupt", "8 save other", "9 from disk", "10 correct",  "11 again", "12 restart"};

#define PULSE(number, word)                                       \
    {                                                             \
        .name = "os_" #number "_" #word, .bits = 1, .pulse = true \
    }

static const tw_wave_signal SIGNAL[SIGNALS] = {
    {.name = "os_pid", .bits = 32},
    {.name = "os_actor", .bits = 2, .word = TIMELINE_ACTOR, .words = ACTORS},
    {.name = "os_event", .bits = 6, .word = EVENT_NAME, .words = OS_EVENT_KINDS + 1},
    {.name = "os_stage", .bits = 4, .word = STAGE_NAME, .words = STAGES + 1},
    {.name = "os_va", .bits = 64},
    {.name = "os_ppn", .bits = 44},
    {.name = "os_number", .bits = 64},
    {.name = "os_disk", .bits = 1},
    PULSE(1, trap),
    PULSE(2, save),
    PULSE(3, determine),
    PULSE(4, legal),
    PULSE(5, issue),
    PULSE(6, other),
    PULSE(7, interrupt),
    PULSE(8, save_other),
    PULSE(9, from_disk),
    PULSE(10, correct),
    PULSE(11, again),
    PULSE(12, restart)};

_Static_assert(OS_EVENT_KINDS + 1 <= 1 << 6, "os_event needs more bits");

tw_status timeline_declare(tw_engine *engine, tw_error *error)
{
    return tw_wave_declare(engine, "os", SIGNAL, SIGNALS, error);
}

/* Shows what is in t->shown; `pulse` is the stage reached now, or 0. */
static void show(const timeline *t, unsigned pulse)
{
    const timeline_shown *s = &t->shown;
    uint64_t value[SIGNALS] = {
        [PID] = s->pid, [ACTOR] = s->actor, [EVENT] = s->event,   [STAGE] = s->stage,
        [VA] = s->va,   [PPN] = s->ppn,     [NUMBER] = s->number, [DISK] = s->disk};
    if (pulse != 0)
        value[PULSE_1 + pulse - 1] = 1;
    tw_wave_mark(t->engine, value);
}

void timeline_mark_begin(timeline *t)
{
    t->shown.actor = OS_ACTOR_OS;
    show(t, 0);
}

void timeline_mark(timeline *t, const os_event *event, os_actor actor, uint64_t number)
{
    unsigned stage = timeline_stage(event->kind);
    if (event->kind == OS_EVENT_DISK_END)
        t->disk_until = event->cycle;
    if (t->engine == NULL || event->kind == OS_EVENT_DISK_START || event->kind == OS_EVENT_DISK_END)
        return;
    t->shown = (timeline_shown){.pid = event->pid,
                                .actor = actor,
                                .event = (unsigned)event->kind + 1,
                                .stage = stage != 0 ? stage : t->shown.stage,
                                .va = event->va,
                                .ppn = event->ppn,
                                .number = number,
                                .disk = event->cycle < t->disk_until};
    t->marked = event->cycle;
    show(t, stage);
}

void timeline_mark_cycle(timeline *t, uint64_t cycle, const tw_out *out, const tw_in *in)
{
    const timeline_shown before = t->shown;
    if (out->obs_walker_state != 0)
        t->shown.actor = OS_ACTOR_MMU;
    else if ((in->fetch_req_valid && out->fetch_req_ready) ||
             (in->data_req_valid && out->data_req_ready))
        t->shown.actor = OS_ACTOR_USER;
    if (t->shown.stage == STAGES && cycle > t->marked)
        t->shown.stage = 0;
    t->shown.disk = cycle < t->disk_until;
    if (t->shown.actor != before.actor || t->shown.stage != before.stage ||
        t->shown.disk != before.disk)
        show(t, 0);
}
