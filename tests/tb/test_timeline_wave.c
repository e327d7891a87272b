/* test_timeline_wave.c: what the OS does, as signals of the waveform. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/timeline/timeline.h"

enum { LINE = 4096, CYCLES = 12, RESET = 2 };

/* An RTL engine with a timeline that shows the OS in a waveform. */
struct bench {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    timeline *timeline;
    char wave[64];
};

static struct bench open_bench(void)
{
    struct bench b = {.engine = tw_rtl_open(tw_rtl_built()),
                      .memory =
                          tw_memory_open(&(tw_memory_options){.latency_min = 1, .latency_max = 1})};
    tw_error error;
    assert_non_null(b.engine);
    strcpy(b.wave, "/tmp/test_timeline_wave-XXXXXX");
    int file = mkstemp(b.wave);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(timeline_declare(b.engine, &error), TW_OK);
    assert_int_equal(tw_wave_open(b.engine, b.wave, 0, UINT64_MAX, &error), TW_OK);
    b.machine = tw_machine_open(b.engine, b.memory);
    b.timeline = timeline_open(NULL, tw_rtl_built(), &error);
    assert_non_null(b.machine);
    assert_non_null(b.timeline);
    assert_int_equal(timeline_watch(b.timeline, b.machine, b.engine, &error), TW_OK);
    return b;
}

static void tell_at(const struct bench *b, os_event_kind kind, uint64_t cycle, unsigned pid,
                    uint64_t va, uint64_t number)
{
    os_event event = {kind, cycle, pid, va, 0x80, number};
    timeline_event(b->timeline, &event);
}

static void tell(const struct bench *b, os_event_kind kind, unsigned pid, uint64_t va,
                 uint64_t number)
{
    tell_at(b, kind, tw_machine_cycle(b->machine), pid, va, number);
}

/* A transfer, told when it is issued. */
static void tell_transfer(const struct bench *b, uint64_t from, uint64_t to)
{
    tell_at(b, OS_EVENT_DISK_START, from, 1, 0x5000, 0);
    tell_at(b, OS_EVENT_DISK_END, to, 1, 0x5000, 0);
}

static void clock_to(const struct bench *b, uint64_t cycle)
{
    while (tw_machine_cycle(b->machine) < cycle)
        assert_int_equal(tw_machine_clock(b->machine, NULL), TW_OK);
}

/* Ends the run; the waveform as text, to be read to its end and given to close_text. */
static FILE *close_bench(struct bench *b)
{
    char command[LINE];
    tw_error error;
    clock_to(b, CYCLES);
    assert_int_equal(tw_wave_close(b->engine, &error), TW_OK);
    assert_int_equal(timeline_close(b->timeline, &error), TW_OK);
    tw_machine_close(b->machine);
    tw_memory_close(b->memory);
    tw_engine_close(b->engine);
    snprintf(command, sizeof command, "fst2vcd -e %s 2>&1; rm -f %s %s.hier", b->wave, b->wave,
             b->wave);
    FILE *text = popen(command, "r");
    assert_non_null(text);
    return text;
}

/* The changes of the signal TOP.os.`name` in order, as "TIME:VALUE TIME:VALUE", in cycles of the
 * machine and tenths of them; all of the text is read. */
static const char *changes(struct bench *b, const char *name)
{
    static char told[LINE];
    char line[LINE], id[16] = "", want[16] = "", is[64], value[80];
    unsigned long time = 0;
    FILE *text = close_bench(b);
    told[0] = '\0';
    while (fgets(line, sizeof line, text) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "$var %*s %*s %15s %63s", id, is) == 2 && strcmp(is, name) == 0)
            strcpy(want, id);
        if (sscanf(line, "#%lu", &time) == 1 || want[0] == '\0')
            continue;
        bool vector = sscanf(line, "b%79s %15s", value, id) == 2;
        if (!vector && sscanf(line, "%1[01]%15s", value, id) != 2)
            continue;
        size_t length = strlen(told);
        if (strcmp(id, want) == 0)
            snprintf(told + length, sizeof told - length, "%s%ld.%lu:%llu", length == 0 ? "" : " ",
                     (long)(time / 10) - RESET, time % 10, strtoull(value, NULL, 2));
    }
    pclose(text);
    return told;
}

static void a_stage_is_shown_from_its_cycle_to_the_next(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_FAULT_TRAP, 1, 0x5000, 13);
    clock_to(&b, 6);
    tell(&b, OS_EVENT_FAULT_CORRECT, 1, 0x5000, 0);
    clock_to(&b, 8);
    tell(&b, OS_EVENT_FAULT_RESTART, 1, 0x5000, 0);
    assert_string_equal(changes(&b, "os_stage"), "-2.0:0 3.0:1 6.0:10 8.0:12 9.0:0");
}

static void stages_of_one_cycle_share_it_in_order(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_FAULT_TRAP, 1, 0x5000, 13);
    tell(&b, OS_EVENT_FAULT_SAVE, 1, 0x5000, 0);
    tell(&b, OS_EVENT_FRAME_TAKEN, 1, 0x5000, 0);
    tell(&b, OS_EVENT_FAULT_DETERMINE, 1, 0x5000, 3);
    assert_string_equal(changes(&b, "os_stage"), "-2.0:0 3.0:1 3.2:2 3.7:3");
}

static void a_pulse_lasts_to_the_end_of_its_cycle(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_FAULT_TRAP, 1, 0x5000, 13);
    tell(&b, OS_EVENT_FAULT_SAVE, 1, 0x5000, 0);
    clock_to(&b, 6);
    tell(&b, OS_EVENT_FAULT_SAVE, 1, 0x5000, 0);
    assert_string_equal(changes(&b, "os_2_save"), "-2.0:0 3.5:1 4.0:0 6.0:1 7.0:0");
}

/* More events than a cycle has parts: the last is there, and nothing is out of order. */
static void of_very_many_events_the_last_is_shown(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    for (unsigned i = 1; i <= 100; i++)
        tell(&b, OS_EVENT_SWAP_OUT, 1, 0x5000, i);
    const char *told = changes(&b, "os_number");
    assert_non_null(strstr(told, "3.0:10 3.1:20"));
    assert_string_equal(strrchr(told, ' '), " 3.9:100");
}

static void process_and_address_are_those_of_the_event(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_SWAP_OUT, 7, 0x5000, 1);
    assert_string_equal(changes(&b, "os_pid"), "-2.0:0 3.0:7");
    b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_SWAP_OUT, 7, UINT64_MAX, 1);
    assert_string_equal(changes(&b, "os_va"), "-2.0:0 3.0:18446744073709551615");
}

/* The OS, then the process that asks, then the MMU that walks. */
static void the_actor_is_whoever_is_at_work(void **state)
{
    (void)state;
    struct bench b = open_bench();
    tw_in *in = tw_machine_in(b.machine);
    clock_to(&b, 3);
    tell(&b, OS_EVENT_FAULT_INTERRUPT, 1, 0, 0);
    clock_to(&b, 5);
    in->data_req_valid = 1;
    in->data_req_priv = 1;
    assert_string_equal(changes(&b, "os_actor"), "-2.0:0 0.0:2 3.0:3 5.0:0");
}

static void the_disk_works_until_all_that_was_issued_is_done(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    tell_transfer(&b, 3, 5);
    tell(&b, OS_EVENT_FAULT_ISSUE, 1, 0x5000, 5);
    clock_to(&b, 4);
    tell_transfer(&b, 5, 7);
    clock_to(&b, 9);
    tell_transfer(&b, 9, 9); /* it takes no time */
    tell_transfer(&b, 9, 11);
    clock_to(&b, 11);
    tell(&b, OS_EVENT_FAULT_INTERRUPT, 1, 0x5000, 0);
    assert_string_equal(changes(&b, "os_disk"), "-2.0:0 3.0:1 7.0:0 9.0:1 11.0:0");
}

/* Its transfers are told ahead of time: what the OS did last is something else. */
static void transfers_to_come_change_no_other_signal(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_FAULT_RESTART, 7, 0x5000, 0);
    tell_transfer(&b, 3, 9);
    assert_string_equal(changes(&b, "os_stage"), "-2.0:0 3.0:12 4.0:0");
    b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_SWITCH, 7, 0, 2);
    tell_transfer(&b, 5, 9);
    assert_string_equal(changes(&b, "os_pid"), "-2.0:0 3.0:7");
}

/* As in the lines of the timeline. */
static void a_number_that_is_a_cycle_is_one_of_the_waveform(void **state)
{
    (void)state;
    struct bench b = open_bench();
    clock_to(&b, 3);
    tell(&b, OS_EVENT_FAULT_ISSUE, 1, 0x5000, 100);
    assert_string_equal(changes(&b, "os_number"), "-2.0:0 3.0:102");
}

static void events_have_their_names_in_the_waveform(void **state)
{
    (void)state;
    char line[LINE];
    unsigned found = 0;
    struct bench b = open_bench();
    FILE *text = close_bench(&b);
    while (fgets(line, sizeof line, text) != NULL)
        found += strstr(line, " FAULT_TRAP FAULT_SAVE ") != NULL;
    pclose(text);
    assert_int_equal(found, 1);
}

static void signals_are_declared_once_and_in_time(void **state)
{
    (void)state;
    struct bench b = open_bench();
    tw_error error = {0};
    assert_int_equal(timeline_declare(b.engine, &error), TW_USAGE);
    pclose(close_bench(&b));
    tw_engine *model = tw_model_open(tw_config_named("default"));
    assert_int_equal(timeline_declare(model, &error), TW_OK);
    tw_wave_mark(model, NULL); /* it looks at nothing */
    tw_engine_close(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_is_shown_from_its_cycle_to_the_next),
        cmocka_unit_test(stages_of_one_cycle_share_it_in_order),
        cmocka_unit_test(a_pulse_lasts_to_the_end_of_its_cycle),
        cmocka_unit_test(of_very_many_events_the_last_is_shown),
        cmocka_unit_test(process_and_address_are_those_of_the_event),
        cmocka_unit_test(the_actor_is_whoever_is_at_work),
        cmocka_unit_test(the_disk_works_until_all_that_was_issued_is_done),
        cmocka_unit_test(transfers_to_come_change_no_other_signal),
        cmocka_unit_test(a_number_that_is_a_cycle_is_one_of_the_waveform),
        cmocka_unit_test(events_have_their_names_in_the_waveform),
        cmocka_unit_test(signals_are_declared_once_and_in_time),
    };
    return cmocka_run_group_tests_name("timeline in the waveform", tests, NULL, NULL);
}
