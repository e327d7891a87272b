/* inject_world.c: the model of what memory holds, and the comparison. */
#include "tests/support/inject_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/os/kernel.h"

static const uint64_t start_of[AREAS] = {0x40000000, 0x40100000, 0x40200000, 0x40300000,
                                         0x407fa000, 0x40400000, 0x40500000, 0x40800000};

const char *inject_where(const inject_world *world)
{
    static char text[96];
    const inject_plan *plan = &world->plan;
    snprintf(text, sizeof text, "mode %u, %s %u of %u%s", world->mode, inject_name(plan->kind),
             plan->at, plan->uses[plan->kind], plan->lasting ? " and on" : "");
    return text;
}

uint64_t inject_va(inject_area area, unsigned page)
{
    return start_of[area] + (uint64_t)page * OS_PAGE_BYTES;
}

static bool is_shared(inject_area area)
{
    return area == AREA_SHARED || area == AREA_FILE;
}

uint64_t *inject_word(inject_world *world, unsigned who, inject_area area, unsigned page)
{
    return is_shared(area) ? &world->shared[area][page] : &world->process[who].word[area][page];
}

/* The first word of a page as file_make writes it. */
static uint64_t file_word(unsigned page)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)(uint8_t)(page * 7 + i) << 8 * i;
    return word;
}

void inject_begin_area(inject_world *world, unsigned who, inject_area area)
{
    inject_process *p = &world->process[who];
    p->mapped[area] = true;
    for (unsigned i = 0; i < INJECT_PAGES && !is_shared(area); i++)
        p->word[area][i] = area == AREA_COPY || area == AREA_TEXT ? file_word(i) : 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status open_all(inject_world *world, const os_options *options, tw_error *error)
{
    const os_port port = inject_port(&world->plan, world->machine);
    tw_status status = TW_OK;
    if (world->system == NULL) {
        world->system = os_open(&port, options, error);
        status = world->system == NULL ? error->status : TW_OK;
    }
    if (status == TW_OK && world->file == NULL)
        status = os_object_file(world->system, world->file_path, true, &world->file, error);
    if (status == TW_OK && world->program == NULL)
        status = os_object_file(world->system, world->program_path, false, &world->program, error);
    return status;
}

inject_world *inject_open(unsigned mode, const inject_plan *plan, size_t frames, bool timed)
{
    inject_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->mode = mode;
    world->plan = *plan;
    world->machine = golden_open_at(golden_first(mode));
    file_make(world->file_path, INJECT_PAGES);
    file_make(world->program_path, INJECT_PAGES);
    for (unsigned i = 0; i < INJECT_PAGES; i++)
        world->shared[AREA_FILE][i] = file_word(i);
    /* In linear mode there is one row more than address spaces, since pages take what is free before
     * the last of them is born: there is no lack of frames there. */
    size_t tables = os_row_frames(mode, frames, 4);
    if (tables == 0)
        tables = (size_t)3 * (mode_levels(mode) + 5);
    const bool few = plan->kind == INJECT_SLOTS && plan->at != 0;
    world->plan.struck = few;
    const os_options options = {.mode = mode,
                                .first_frame = golden_first(mode),
                                .frames = frames + tables,
                                .swap_slots = few ? plan->at - 1 : 128,
                                .adue = true,
                                .zero_page = true,
                                .disk = timed ? (os_disk_times){300, 100} : (os_disk_times){0, 0}};
    tw_error error = {0};
    world->plan.armed = true;
    tw_status status = open_all(world, &options, &error);
    world->plan.armed = false;
    if (status != TW_OK && (world->plan.struck == 0 || !inject_explains(plan->kind, error.text)))
        fail_msg("%s: expected a sentence about it, got '%s'", inject_where(world), error.text);
    if (status != TW_OK && open_all(world, &options, &error) != TW_OK)
        fail_msg("%s: it does not open again: %s", inject_where(world), error.text);
    os_account(world->system, &world->first);
    return world;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void check_word(inject_world *world, unsigned who, inject_area area, unsigned page)
{
    uint64_t bytes[OS_PAGE_BYTES / 8], want = *inject_word(world, who, area, page);
    tw_error error = {0};
    if (os_read_page(world->system, world->process[who].process, inject_va(area, page), bytes,
                     &error) != TW_OK)
        fail_msg("%s: process %u, area %d, page %u: %s", inject_where(world), who, (int)area, page,
                 error.text);
    if (bytes[0] != want)
        fail_msg("%s: process %u, area %d, page %u: expected %#llx, got %#llx", inject_where(world),
                 who, (int)area, page, (unsigned long long)want, (unsigned long long)bytes[0]);
}

void inject_check_words(inject_world *world)
{
    for (unsigned who = 0; who < INJECT_PROCESSES; who++)
        for (unsigned area = 0; world->process[who].process != NULL && area < AREAS; area++)
            for (unsigned page = 0; world->process[who].mapped[area] && page < INJECT_PAGES; page++)
                check_word(world, who, (inject_area)area, page);
}

void inject_check(inject_world *world)
{
    tw_error error = {0};
    if (os_audit(world->system, &error) != TW_OK)
        fail_msg("%s: %s", inject_where(world), error.text);
    inject_check_words(world);
}

/* ---- closing --------------------------------------------------------------------------------- */

static void check_file(const inject_world *world)
{
    const int file = open(world->file_path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    for (unsigned i = 0; i < INJECT_PAGES; i++) {
        uint64_t word = 0;
        assert_int_equal(pread(file, &word, sizeof word, (off_t)i * OS_PAGE_BYTES), sizeof word);
        if (word != world->shared[AREA_FILE][i])
            fail_msg("%s: page %u of the file: expected %#llx, got %#llx", inject_where(world), i,
                     (unsigned long long)world->shared[AREA_FILE][i], (unsigned long long)word);
    }
    close(file);
}

static void check_accounts(inject_world *world)
{
    os_accounts now;
    bool waited = true;
    uint64_t *cycle = &world->machine->cycle;
    *cycle = *cycle > world->system->disk.free_at ? *cycle : world->system->disk.free_at;
    os_poll(world->system); /* the last transfers are over */
    while (waited)
        assert_int_equal(os_idle(world->system, &waited, NULL), TW_OK);
    os_account(world->system, &now);
    if (now.processes != 0 || now.spaces != 0 || now.objects != 0 || now.places != 0 ||
        now.slots_used != 0 || now.page_frames != 0 ||
        now.table_frames != world->first.table_frames)
        fail_msg(
            "%s: in the end %zu processes, %zu spaces, %zu objects, %zu places, %zu slots, %zu "
            "frames of pages and %zu of tables are left",
            inject_where(world), now.processes, now.spaces, now.objects, now.places, now.slots_used,
            now.page_frames, now.table_frames);
}

void inject_close(inject_world *world)
{
    tw_error error = {0};
    for (unsigned who = 0; who < INJECT_PROCESSES; who++) {
        os_process *process = world->process[who].process;
        if (process != NULL && os_end(world->system, process, &error) != TW_OK)
            fail_msg("%s: process %u cannot end: %s", inject_where(world), who, error.text);
    }
    if (os_object_drop(world->system, world->file, &error) != TW_OK ||
        os_object_drop(world->system, world->program, &error) != TW_OK)
        fail_msg("%s: the file cannot be closed: %s", inject_where(world), error.text);
    check_file(world);
    if (os_audit(world->system, &error) != TW_OK)
        fail_msg("%s: in the end: %s", inject_where(world), error.text);
    check_accounts(world);
    os_close(world->system);
    inject_end();
    if (world->machine->records.alive != 0)
        fail_msg("%s: %zu records are left", inject_where(world), world->machine->records.alive);
    unlink(world->file_path);
    unlink(world->program_path);
    free(world->machine);
    free(world);
}
