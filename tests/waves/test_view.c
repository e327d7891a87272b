/*
 * What people see in GTKWave: every signal of the view is in the recording, every filter that it
 * uses is there, and says what the C side says. Run from the top of the project.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tablewalk/driver.h"
#include "tablewalk/pte.h"
#include "tablewalk/states.h"

enum { LINE = 512, PATH = 1024, SIGNALS_MAX = 100000 };

static const char VIEW[] = "waves/mmu.gtkw";

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

static void every_signal_of_the_view_is_recorded(void **state)
{
    const struct signals *signals = *state;
    FILE *view = open_or_fail(VIEW);
    char line[LINE];
    unsigned seen = 0;
    while (fgets(line, sizeof line, view) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "TOP.", 4) != 0)
            continue;
        seen++;
        if (!known(signals, line))
            fail_msg("%s shows %s, which the recording lacks", VIEW, line);
    }
    fclose(view);
    assert_true(seen > 30);
}

static void every_filter_of_the_view_is_there(void **state)
{
    (void)state;
    FILE *view = open_or_fail(VIEW);
    char line[LINE], path[LINE];
    while (fgets(line, sizeof line, view) != NULL)
        if (sscanf(line, "^1 %511s", path) == 1)
            fclose(open_or_fail(path));
    fclose(view);
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
    for (unsigned check = CHECK_NONE; check <= CHECK_RETRIES; check++)
        expect_word("waves/filters/check.txt", check, tw_check_name(check));
    static const unsigned modes[] = {MODE_BARE, MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57};
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
        expect_word("waves/filters/mode.txt", modes[i], tw_mode_name(modes[i]));
    static const unsigned causes[] = {CAUSE_FETCH_ACCESS, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
                                      CAUSE_FETCH_PAGE,   CAUSE_LOAD_PAGE,   CAUSE_STORE_PAGE};
    for (unsigned i = 0; i < sizeof causes / sizeof *causes; i++)
        expect_word("waves/filters/cause.txt", causes[i], tw_cause_name(causes[i]));
}

int main(void)
{
    const struct CMUnitTest view[] = {
        cmocka_unit_test(every_signal_of_the_view_is_recorded),
        cmocka_unit_test(every_filter_of_the_view_is_there),
        cmocka_unit_test(filters_say_what_the_headers_say),
    };
    return cmocka_run_group_tests(view, recorded, forgotten);
}
