/* timeline_bench.c: a folder of its own for each file. */
#include "tests/support/timeline_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tablewalk/registers.h"

static void open_file(timeline_bench *b, const char *ending, const char *config)
{
    tw_error error = {0};
    strcpy(b->folder, "/tmp/tablewalk-timeline-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->path, sizeof b->path, "%s/t.%s", b->folder, ending);
    b->timeline = timeline_open(b->path, tw_config_named(config), &error);
    if (b->timeline == NULL)
        fail_msg("%s", error.text);
}

timeline_bench timeline_bench_alone(const char *ending)
{
    timeline_bench b = {0};
    open_file(&b, ending, "default");
    return b;
}

timeline_bench timeline_bench_open(void **state, const char *ending, const char *config,
                                   unsigned mode, uint32_t latency)
{
    timeline_bench b = {.rig = rig_open(state, config, mode, latency)};
    tw_error error;
    open_file(&b, ending, config);
    assert_int_equal(timeline_watch(b.timeline, b.rig.machine, b.rig.engine, &error), TW_OK);
    rig_write(&b.rig, REG_CONTROL, rig_read(&b.rig, REG_CONTROL));
    rig_write(&b.rig, REG_SATP, rig_read(&b.rig, REG_SATP));
    b.base = tw_cycles(b.rig.engine);
    return b;
}

timeline_bench timeline_bench_sv39(void **state, uint32_t latency)
{
    return timeline_bench_open(state, "txt", "default", MODE_SV39, latency);
}

void timeline_bench_wait(timeline_bench *b, unsigned cycles)
{
    while (cycles-- > 0)
        rig_clock(&b->rig);
}

void timeline_bench_tell(timeline_bench *b, os_event_kind kind, uint64_t cycle, uint64_t va,
                         uint64_t ppn, uint64_t number)
{
    timeline_event(b->timeline, &(os_event){kind, cycle, 1, va, ppn, number});
}

void timeline_bench_close(timeline_bench *b)
{
    tw_error error = {0};
    if (timeline_close(b->timeline, &error) != TW_OK)
        fail_msg("%s", error.text);
    FILE *file = fopen(b->path, "r");
    assert_non_null(file);
    size_t length = fread(b->text, 1, sizeof b->text - 1, file);
    b->text[length] = '\0';
    fclose(file);
    assert_int_equal(remove(b->path), 0);
    assert_int_equal(rmdir(b->folder), 0);
    if (b->rig.machine != NULL)
        rig_close(&b->rig);
}

/* Takes b->base off the cycle of each line of text; the head goes. */
static void count_from_base(timeline_bench *b, char *to)
{
    const char *line = strchr(b->text, '\n') + 1;
    while (*line != '\0') {
        char *after;
        uint64_t cycle = strtoull(line, &after, 10);
        size_t length = strcspn(after, "\n") + 1;
        to += sprintf(to, "%3" PRIu64 "%.*s", cycle - b->base, (int)length, after);
        line = after + length;
    }
    *to = '\0';
}

void timeline_bench_expect(timeline_bench *b, const char *want)
{
    static char got[TIMELINE_TEXT_MAX];
    timeline_bench_close(b);
    count_from_base(b, got);
    size_t same = 0;
    while (got[same] != '\0' && got[same] == want[same])
        same++;
    if (got[same] == want[same])
        return;
    while (same > 0 && got[same - 1] != '\n')
        same--;
    fail_msg("seed 1, expected\n%.400s\ngot\n%.400s", want + same, got + same);
}
