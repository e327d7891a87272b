/*
 * What people see in GTKWave: every signal of the views is in the recording, every filter that
 * they use is there, and says what the C side says, and every marker has its landmark. Run from
 * the top of the project.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tablewalk/driver.h"
#include "tablewalk/pte.h"
#include "tablewalk/registers.h"
#include "tablewalk/segment.h"
#include "tablewalk/states.h"
#include "tb/landmarks.h"
#include "tb/timeline/timeline.h"

enum { LINE = 512, PATH = 1024, SIGNALS_MAX = 100000 };

static const char *const VIEWS[] = {"waves/mmu.gtkw", "waves/radix.gtkw", "waves/segments.gtkw",
                                    "waves/hashed.gtkw", "waves/faults.gtkw"};

enum { VIEW_COUNT = sizeof VIEWS / sizeof *VIEWS };

/* The names of all signals of a recording, as GTKWave spells them. */
struct signals {
    char **name;
    size_t count;
};

static void record(const char *wave)
{
    tw_error error = {0};
    tw_engine *engine = tw_rtl_open(tw_rtl_built());
    tw_memory *memory = tw_memory_open(&(tw_memory_options){.latency_min = 1, .latency_max = 1});
    assert_non_null(engine);
    assert_non_null(memory);
    assert_int_equal(timeline_declare(engine, &error), TW_OK);
    if (tw_wave_open(engine, wave, 0, 100, &error) != TW_OK)
        fail_msg("%s", error.text);
    tw_machine *machine = tw_machine_open(engine, memory);
    assert_non_null(machine);
    assert_int_equal(tw_fence(machine, TW_FENCE_ALL, 0, 0, &error), TW_OK);
    assert_int_equal(tw_wave_close(engine, &error), TW_OK);
    tw_machine_close(machine);
    tw_memory_close(memory);
    tw_engine_close(engine);
}

/* Goes into a scope: "TOP." becomes "TOP.mmu.". */
static void enter(char *path, const char *scope)
{
    size_t length = strlen(path);
    assert_true(length + strlen(scope) + 2 <= PATH);
    snprintf(path + length, PATH - length, "%s.", scope);
}

/* And out of it. */
static void leave(char *path)
{
    size_t length = strlen(path);
    assert_true(length > 0);
    do
        path[--length] = '\0';
    while (length > 0 && path[length - 1] != '.');
}

/* Appends "SCOPE.SCOPE.NAME" or, for a vector, "SCOPE.SCOPE.NAME[high:low]". */
static void add_signal(struct signals *signals, const char *path, const char *name,
                       const char *range)
{
    assert_true(signals->count < SIGNALS_MAX);
    int length = asprintf(&signals->name[signals->count++], "%s%s%s", path, name,
                          *range == '[' ? range : "");
    assert_true(length > 0);
}

static int recorded(void **state)
{
    static struct signals signals;
    char path[PATH] = "", line[LINE], wave[] = "/tmp/test_view-XXXXXX";
    int file = mkstemp(wave);
    assert_true(file >= 0);
    close(file);
    record(wave);
    signals.name = calloc(SIGNALS_MAX, sizeof *signals.name);
    snprintf(line, sizeof line, "fst2vcd %s 2>&1", wave);
    FILE *vcd = popen(line, "r");
    if (signals.name == NULL || vcd == NULL)
        return -1;
    while (fgets(line, sizeof line, vcd) != NULL && strncmp(line, "$enddefinitions", 15) != 0) {
        char name[LINE] = "", range[LINE] = "";
        if (sscanf(line, "$scope %*s %511s", name) == 1)
            enter(path, name);
        else if (strncmp(line, "$upscope", 8) == 0)
            leave(path);
        else if (sscanf(line, "$var %*s %*s %*s %511s %511s", name, range) == 2)
            add_signal(&signals, path, name, range);
    }
    while (fgets(line, sizeof line, vcd) != NULL)
        ;
    pclose(vcd);
    remove(wave);
    *state = &signals;
    return 0;
}

static int forgotten(void **state)
{
    struct signals *signals = *state;
    for (size_t i = 0; i < signals->count; i++)
        free(signals->name[i]);
    free(signals->name);
    return 0;
}

static FILE *open_or_fail(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is missing; run this from the top of the project", path);
    return file;
}

static bool known(const struct signals *signals, const char *name)
{
    for (size_t i = 0; i < signals->count; i++)
        if (strcmp(signals->name[i], name) == 0)
            return true;
    return false;
}

/* Calls `each` for every line of a view. */
static void lines_of(const char *path,
                     void (*each)(const char *path, const char *line, void *context), void *context)
{
    FILE *view = open_or_fail(path);
    char line[LINE];
    while (fgets(line, sizeof line, view) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        each(path, line, context);
    }
    fclose(view);
}

/* A hashed walk's signals are in an MMU that has such walks. */
static bool can_be_recorded(const char *name)
{
    return strstr(name, ".g_hashed.") == NULL || (tw_rtl_built()->modes >> MODE_HASHED & 1) != 0;
}

struct shown {
    const struct signals *signals;
    unsigned count;
};

static void expect_recorded(const char *path, const char *line, void *context)
{
    struct shown *shown = context;
    if (strncmp(line, "TOP.", 4) != 0)
        return;
    shown->count++;
    if (can_be_recorded(line) && !known(shown->signals, line))
        fail_msg("%s shows %s, which the recording lacks", path, line);
}

static void every_signal_of_the_views_is_recorded(void **state)
{
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        struct shown shown = {*state, 0};
        lines_of(VIEWS[i], expect_recorded, &shown);
        if (shown.count < 25)
            fail_msg("%s: expected at least 25 signals, got %u", VIEWS[i], shown.count);
    }
}

static void expect_filter(const char *path, const char *line, void *context)
{
    char filter[LINE];
    unsigned *count = context;
    (void)path;
    if (sscanf(line, "^1 %511s", filter) != 1)
        return;
    fclose(open_or_fail(filter));
    ++*count;
}

static void every_filter_of_the_views_is_there(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        unsigned count = 0;
        lines_of(VIEWS[i], expect_filter, &count);
        assert_true(count > 5);
    }
}

/* The nanosecond at which a view opens on a run with these landmarks. */
static int opens_at(const char *json)
{
    char command[LINE], line[LINE];
    int start = -1, status;
    snprintf(
        command, sizeof command,
        "d=$(mktemp -d); echo x >$d/w; echo '%s' >$d/j; waves/view $d/w $d/j $d/v 4 first_walk "
        "segments && sed -n 's/^\\[timestart\\] //p' $d/v; rm -r $d",
        json);
    FILE *view = popen(command, "r");
    assert_non_null(view);
    if (fgets(line, sizeof line, view) != NULL)
        start = atoi(line);
    status = pclose(view);
    assert_int_equal(status, 0);
    return start;
}

static void a_run_without_walks_opens_at_its_first_answer(void **state)
{
    (void)state;
    assert_int_equal(opens_at("{\"first_walk\": 77, \"first_data_answer\": 99}"), 730);
    assert_int_equal(opens_at("{\"first_data_answer\": 99}"), 950);
    assert_int_equal(opens_at("{}"), 0);
}

/* waves/view finds the landmark of a marker by its name. */
static void expect_landmark(const char *path, const char *line, void *context)
{
    static const char *const names[] = {
#define NAME_OF(name, seen) #name,
        LANDMARKS(NAME_OF)
#undef NAME_OF
    };
    char letter, name[LINE], key[LINE];
    unsigned *count = context, n = 0;
    if (sscanf(line, "[markername] %c %511[^\n]", &letter, name) != 2)
        return;
    for (const char *at = name; *at != '\0'; at++)
        if (*at != '/')
            key[n++] = *at == ' ' ? '_' : (char)tolower((unsigned char)*at);
    key[n] = '\0';
    ++*count;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], key) == 0)
            return;
    fail_msg("%s: the marker '%s' needs a landmark %s", path, name, key);
}

static void every_marker_has_its_landmark(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        unsigned count = 0;
        lines_of(VIEWS[i], expect_landmark, &count);
        assert_true(count >= 2);
    }
}

/* The word that the filter shows for `value`; "" for none. */
static void decoded(const char *path, unsigned value, char *word)
{
    FILE *filter = open_or_fail(path);
    char line[LINE], text[LINE];
    unsigned key;
    word[0] = '\0';
    while (fgets(line, sizeof line, filter) != NULL)
        if (sscanf(line, "%x %511[^\n]", &key, text) == 2 && key == value)
            snprintf(word, LINE, "%s", text);
    fclose(filter);
}

static void expect_word(const char *path, unsigned value, const char *want)
{
    char word[LINE];
    decoded(path, value, word);
    if (strcmp(word, want) != 0)
        fail_msg("%s: %x is shown as '%s', expected '%s'", path, value, word, want);
}

static void filters_say_what_the_headers_say(void **state)
{
    (void)state;
    for (unsigned s = WALK_IDLE; s <= WALK_SWAP_WAIT; s++)
        expect_word("waves/filters/walk_state.txt", s, tw_walk_state_name(s));
    for (unsigned s = WALK_PREFETCH + WALK_READ; s <= WALK_PREFETCH + WALK_WAIT; s++)
        expect_word("waves/filters/walk_state.txt", s, tw_walk_state_name(s));
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        expect_word("waves/filters/op.txt", op, tw_op_name(op));
    for (unsigned check = CHECK_NONE; check <= CHECK_CHAIN; check++)
        expect_word("waves/filters/check.txt", check, tw_check_name(check));
    static const unsigned modes[] = {MODE_BARE, MODE_SV32,   MODE_SV39,  MODE_SV48,
                                     MODE_SV57, MODE_LINEAR, MODE_HASHED};
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
        expect_word("waves/filters/mode.txt", modes[i], tw_mode_name(modes[i]));
    static const unsigned causes[] = {CAUSE_FETCH_ACCESS, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
                                      CAUSE_FETCH_PAGE,   CAUSE_LOAD_PAGE,   CAUSE_STORE_PAGE};
    for (unsigned i = 0; i < sizeof causes / sizeof *causes; i++)
        expect_word("waves/filters/cause.txt", causes[i], tw_cause_name(causes[i]));
#define EXPECT_REGISTER(name, offset, access, reset, sentence) \
    expect_word("waves/filters/register.txt", offset, #name);
    TW_REGISTERS(EXPECT_REGISTER)
#undef EXPECT_REGISTER
}

static void rights_are_shown_as_letters(void **state)
{
    (void)state;
    static const char filter[] = "waves/filters/rights.txt";
    expect_word(filter, 0, "-");
    expect_word(filter, 1u << PTE_R | 1u << PTE_W | 1u << PTE_U, "R W U");
    expect_word(filter, 1u << PTE_X, "X");
    expect_word(filter, 1u << PTE_R | 1u << SEGMENT_DOWN, "R down");
    for (unsigned flags = 2; flags < 2u << SEGMENT_DOWN; flags += 2) {
        char word[LINE];
        decoded(filter, flags, word);
        for (unsigned bit = PTE_R; bit <= PTE_U; bit++)
            assert_int_equal(strchr(word, "VRWXU"[bit]) != NULL, flags >> bit & 1);
        assert_int_equal(strstr(word, "down") != NULL, flags >> SEGMENT_DOWN & 1);
    }
}

int main(void)
{
    const struct CMUnitTest view[] = {
        cmocka_unit_test(every_signal_of_the_views_is_recorded),
        cmocka_unit_test(every_filter_of_the_views_is_there),
        cmocka_unit_test(every_marker_has_its_landmark),
        cmocka_unit_test(a_run_without_walks_opens_at_its_first_answer),
        cmocka_unit_test(filters_say_what_the_headers_say),
        cmocka_unit_test(rights_are_shown_as_letters),
    };
    return cmocka_run_group_tests(view, recorded, forgotten);
}
