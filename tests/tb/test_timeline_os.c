/* test_timeline_os.c: what the OS tells, as text and as JSON, and files that cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tb/os/process.h"
#include "tests/support/timeline_bench.h"

enum { STAGES = 12 };

/* A fault that needs the disk, from cycle 100 on, a stage in each tenth. */
static void tell_stages(timeline_bench *b)
{
    static const uint64_t number[STAGES] = {
        CAUSE_LOAD_PAGE, 0, CHECK_VALID, 2, 700, 2, 0, 0, 0, 0, 0, 0};
    for (unsigned stage = 0; stage < STAGES; stage++)
        timeline_bench_tell(b, (os_event_kind)stage, 100 + 10 * stage, 0x5000, 0, number[stage]);
}

static void stages_are_told_in_words_and_in_order(void **state)
{
    (void)state;
    timeline_bench b = timeline_bench_alone("txt");
    tell_stages(&b);
    timeline_bench_expect(
        &b,
        "100  OS       1  FAULT_TRAP        0x5000          1. trap to the operating system: load "
        "page fault\n"
        "110  OS       1  FAULT_SAVE        0x5000          2. registers and process state saved\n"
        "120  OS       1  FAULT_DETERMINE   0x5000          3. the trap is a page fault: valid\n"
        "130  OS       1  FAULT_LEGAL       0x5000          4. the reference is legal, the page "
        "located: swap\n"
        "140  OS       1  FAULT_ISSUE       0x5000          5. read issued to a free frame: cycle "
        "in which the disk will be done 700\n"
        "150  OS       1  FAULT_OTHER       0x5000          6. the processor goes to another "
        "process: its pid 2\n"
        "160  DISK     1  FAULT_INTERRUPT   0x5000          7. interrupt: the disk is done\n"
        "170  OS       1  FAULT_SAVE_OTHER  0x5000          8. registers of the other process "
        "saved: idle\n"
        "180  OS       1  FAULT_FROM_DISK   0x5000          9. the interrupt was from the disk; "
        "the process is ready\n"
        "190  OS       1  FAULT_CORRECT     0x5000          10. page table corrected: the page is "
        "in memory\n"
        "200  OS       1  FAULT_AGAIN       0x5000          11. the processor is given to the "
        "process again\n"
        "210  OS       1  FAULT_RESTART     0x5000          12. registers restored, the "
        "instruction restarts\n");
}

static void the_number_of_an_event_is_told_as_its_sentence_says(void **state)
{
    (void)state;
    timeline_bench b = timeline_bench_alone("txt");
    timeline_bench_tell(&b, OS_EVENT_FRAME_TAKEN, 1, 0x5000, 0x80, 1);
    timeline_bench_tell(&b, OS_EVENT_FAULT_SAVE_OTHER, 2, 0, 0, 0);
    timeline_bench_tell(&b, OS_EVENT_FAULT_SAVE_OTHER, 3, 0, 0, 4);
    timeline_bench_tell(&b, OS_EVENT_VMA_FOUND, 4, 0x5000, 0, 3);
    timeline_bench_tell(&b, OS_EVENT_SWAP_OUT, 5, 0x5000, 0x80, 17);
    timeline_bench_tell(&b, OS_EVENT_FENCE, 6, 0x5000, 0, 3);
    timeline_bench_tell(&b, OS_EVENT_FENCE, 7, 0, 0, 9);
    timeline_bench_tell(&b, OS_EVENT_PROTECT, 8, 0x5000, 0, 5);
    timeline_bench_tell(&b, OS_EVENT_DISK_START, 9, 0, 0, 1);
    timeline_bench_expect(
        &b,
        "  1  OS       1  FRAME_TAKEN       0x5000          frame taken: page table, frame 0x80\n"
        "  2  OS       1  FAULT_SAVE_OTHER  -               8. registers of the other process "
        "saved: idle\n"
        "  3  OS       1  FAULT_SAVE_OTHER  -               8. registers of the other process "
        "saved: its pid 4\n"
        "  4  OS       1  VMA_FOUND         0x5000          area found: comparisons 3\n"
        "  5  OS       1  SWAP_OUT          0x5000          page written to the swap file: slot "
        "17, frame 0x80\n"
        "  6  OS       1  FENCE             0x5000          fence: both\n"
        "  7  OS       1  FENCE             -               fence: number 9\n"
        "  8  OS       1  PROTECT           0x5000          permissions changed: R X\n"
        "  9  DISK     1  DISK_START        -               transfer starts: write\n");
}

static void the_end_of_a_process_is_told_with_its_reason(void **state)
{
    (void)state;
    timeline_bench b = timeline_bench_alone("txt");
    timeline_bench_tell(&b, OS_EVENT_KILL, 10, 0x5000, 0, OS_REASON_FORBIDDEN);
    timeline_bench_close(&b);
    assert_non_null(strstr(b.text, os_reason_text(OS_REASON_FORBIDDEN)));
}

/* A disk's times are known before they come. */
static void an_event_of_later_is_told_when_its_time_comes(void **state)
{
    (void)state;
    timeline_bench b = timeline_bench_alone("txt");
    timeline_bench_tell(&b, OS_EVENT_DISK_START, 10, 0, 0, 0);
    timeline_bench_tell(&b, OS_EVENT_DISK_END, 400, 0, 0, 0);
    timeline_bench_tell(&b, OS_EVENT_SWITCH, 20, 0, 0, 2);
    timeline_bench_tell(&b, OS_EVENT_EXIT, 500, 0, 0, 0);
    timeline_bench_expect(
        &b,
        " 10  DISK     1  DISK_START        -               transfer starts: read\n"
        " 20  OS       1  SWITCH            -               context switch: SATP written: ASID 2\n"
        "400  DISK     1  DISK_END          -               transfer ends: read\n"
        "500  OS       1  EXIT              -               the process is done\n");
}

/* The JSON object in the line at *text, which goes on to the next. */
static json_t *next_object(const char **text)
{
    json_error_t error;
    size_t length = strcspn(*text, "\n");
    json_t *object = json_loadb(*text, length, 0, &error);
    if (object == NULL)
        fail_msg("expected an object a line, got '%.*s': %s", (int)length, *text, error.text);
    *text += length + 1;
    return object;
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *word = json_string_value(json_object_get(object, name));
    if (word == NULL)
        fail_msg("expected a string '%s', got none", name);
    return word;
}

static json_int_t integer_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value))
        fail_msg("expected a whole number '%s', got none", name);
    return json_integer_value(value);
}

static void stages_are_numbers_in_json(void **state)
{
    (void)state;
    timeline_bench b = timeline_bench_alone("jsonl");
    tell_stages(&b);
    timeline_bench_close(&b);
    const char *text = b.text;
    for (unsigned stage = 0; stage < STAGES; stage++) {
        json_t *object = next_object(&text);
        assert_int_equal(integer_of(object, "cycle"), 100 + 10 * stage);
        assert_int_equal(integer_of(object, "stage"), stage + 1);
        assert_int_equal(integer_of(object, "pid"), 1);
        assert_string_equal(string_of(object, "va"), "0x5000");
        assert_string_equal(string_of(object, "actor"), stage == 6 ? "DISK" : "OS");
        assert_int_equal(atoi(string_of(object, "text")), stage + 1);
        json_decref(object);
    }
    assert_string_equal(text, "");
}

/* Every kind, with numbers that none of them means. */
static void every_kind_of_event_is_an_object(void **state)
{
    (void)state;
    static const uint64_t number[] = {0, 1, 7, 1000, INT64_MAX};
    enum { NUMBERS = sizeof number / sizeof *number };
    timeline_bench b = timeline_bench_alone("json");
    for (unsigned i = 0; i < NUMBERS * OS_EVENT_KINDS; i++)
        timeline_bench_tell(&b, i / NUMBERS, i, UINT64_MAX, UINT64_MAX, number[i % NUMBERS]);
    timeline_bench_close(&b);
    const char *text = b.text;
    for (unsigned i = 0; i < NUMBERS * OS_EVENT_KINDS; i++) {
        json_t *object = next_object(&text);
        assert_int_equal(integer_of(object, "cycle"), i);
        assert_string_equal(string_of(object, "va"), "0xffffffffffffffff");
        if (strchr(string_of(object, "text"), '[') != NULL)
            fail_msg("expected no brackets, got '%s'", string_of(object, "text"));
        if (json_object_get(object, "number") != NULL) {
            assert_int_equal(integer_of(object, "number"), number[i % NUMBERS]);
            assert_true(strlen(string_of(object, "meaning")) > 0);
        }
        json_decref(object);
    }
    assert_string_equal(text, "");
}

static void pins_and_os_are_objects_of_one_kind(void **state)
{
    timeline_bench b = timeline_bench_open(state, "jsonl", "default", MODE_SV39, 3);
    rig_map(&b.rig, 0x5000, 0, pages_pte(0x80, F_V | F_R | F_W));
    rig_translate(&b.rig, TW_DATA, OP_STORE, 0x5abc);
    timeline_bench_close(&b);
    const char *text = b.text;
    json_int_t last = 0;
    while (*text != '\0') {
        json_t *object = next_object(&text);
        assert_true(integer_of(object, "cycle") >= last);
        last = integer_of(object, "cycle");
        assert_int_equal(integer_of(object, "pid"), 0);
        assert_string_equal(string_of(object, "va"), "0x5abc");
        if (strcmp(string_of(object, "event"), "AD_UPDATE") == 0) {
            assert_string_equal(string_of(object, "expected"), "0x20007");
            assert_string_equal(string_of(object, "desired"), "0x200c7");
            assert_string_equal(string_of(object, "outcome"), "took place");
            assert_int_equal(integer_of(object, "walker"), 0);
        }
        json_decref(object);
    }
    assert_int_equal(last, (json_int_t)b.base + 18);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void a_disk_that_is_full_is_told_at_the_end(void **state)
{
    (void)state;
    tw_error error = {0};
    struct rlimit old, small;
    timeline_bench b = timeline_bench_alone("txt");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = 10000, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (unsigned i = 0; i < 1000; i++)
        timeline_bench_tell(&b, OS_EVENT_SWAP_OUT, i, 0x5000, 0x80, i);
    tw_status status = timeline_close(b.timeline, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(status, TW_IO);
    assert_non_null(strstr(error.text, b.path));
    assert_int_equal(rmdir(b.folder), 0); /* it is empty */
}

static void a_place_that_cannot_be_written_is_refused_at_once(void **state)
{
    (void)state;
    tw_error error = {0};
    const tw_config *config = tw_config_named("default");
    assert_null(timeline_open("/no/such/folder/t.txt", config, &error));
    assert_int_equal(error.status, TW_IO);
    assert_non_null(strstr(error.text, "/no/such/folder/t.txt"));
    assert_null(timeline_open("/dev/full", config, &error));
    assert_int_equal(error.status, TW_IO);
}

static void what_never_began_leaves_no_file(void **state)
{
    (void)state;
    timeline_bench b = timeline_bench_alone("txt");
    timeline_bench_tell(&b, OS_EVENT_EXIT, 10, 0, 0, 0);
    timeline_discard(b.timeline);
    assert_int_equal(rmdir(b.folder), 0); /* it is empty */
    timeline_discard(NULL);
}

/* Machine and OS are closed after it, and tell of that. */
static void what_is_told_of_a_finished_timeline_is_dropped(void **state)
{
    (void)state;
    tw_error error = {0};
    timeline_bench b = timeline_bench_alone("txt");
    timeline_bench_tell(&b, OS_EVENT_EXIT, 100, 0, 0, 0);
    assert_int_equal(timeline_finish(b.timeline, &error), TW_OK);
    assert_int_equal(timeline_finish(NULL, &error), TW_OK);
    timeline_bench_tell(&b, OS_EVENT_FRAME_GIVEN, 101, 0, 0x80, 0);
    timeline_bench_expect(&b, "100  OS       1  EXIT              -               the process is "
                              "done\n");
}

static void without_a_path_there_are_no_lines(void **state)
{
    (void)state;
    tw_error error;
    timeline *t = timeline_open(NULL, tw_config_named("default"), &error);
    assert_non_null(t);
    timeline_event(t, &(os_event){.kind = OS_EVENT_EXIT, .cycle = 1, .pid = 1});
    assert_int_equal(timeline_close(t, &error), TW_OK);
    assert_int_equal(timeline_close(NULL, &error), TW_OK);
}

int main(void)
{
    static rig_engine model = tw_model_open;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_are_told_in_words_and_in_order),
        cmocka_unit_test(the_number_of_an_event_is_told_as_its_sentence_says),
        cmocka_unit_test(the_end_of_a_process_is_told_with_its_reason),
        cmocka_unit_test(an_event_of_later_is_told_when_its_time_comes),
        cmocka_unit_test(stages_are_numbers_in_json),
        cmocka_unit_test(every_kind_of_event_is_an_object),
        RIG_TEST(pins_and_os_are_objects_of_one_kind, model),
        cmocka_unit_test(a_disk_that_is_full_is_told_at_the_end),
        cmocka_unit_test(a_place_that_cannot_be_written_is_refused_at_once),
        cmocka_unit_test(what_never_began_leaves_no_file),
        cmocka_unit_test(what_is_told_of_a_finished_timeline_is_dropped),
        cmocka_unit_test(without_a_path_there_are_no_lines),
    };
    return cmocka_run_group_tests_name("timeline of the OS", tests, NULL, NULL);
}
