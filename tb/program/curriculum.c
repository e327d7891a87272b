/*
 * curriculum.c: `tablewalk curriculum`: what lectures say, each row with its number, the commands
 * that show it, and what they say now.
 *
 * Rows run on all cores, and are printed in the order of the page: a row as soon as it and all
 * before it are done.
 */
#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/curriculum_run.h"
#include "tb/pool.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

enum { COMMAND_MAX = 1000 };

static const char HELP[] =
    "usage: tablewalk curriculum [OPTION]...\n\n"
    "Goes through what lectures on virtual memory say: runs the tests and commands that show each\n"
    "row of docs/curriculum.md, and says whether they do. For the top directory of the project,\n"
    "after `make test` or with the tests built.\n\n"
    "  --list          rows and commands, and runs nothing\n"
    "  --section N     of one section, such as 1.4\n"
    "  --row NAME      one row\n"
    "  --seconds N     as long as a row may take (default: 300)\n"
    "  --jobs N        rows at a time (default: as many as there are cores)\n"
    "  --page FILE     another page (default: docs/curriculum.md)\n"
    "  --help, --version\n\n"
    "A test that this host cannot run is 'skipped', which is told and fails nothing. Exit status:\n"
    "0 all rows that were asked for hold, 1 one does not, 2 a request that makes no sense.\n";

typedef struct request {
    const char *page, *section, *row; /* section, row: NULL for all */
    bool list;
    uint32_t seconds, jobs;
} request;

/* A row that was asked for, and what came of it. */
typedef struct entry {
    curriculum_row row;
    curriculum_outcome outcome[CURRICULUM_CHECKS_MAX];
    curriculum_result result;
    double seconds;
    bool complete;
} entry;

typedef struct course {
    const request *asked;
    curriculum *page;
    char build[PATH_MAX]; /* the directory of this program */
    entry *entry;
    size_t entries, printed;
    pthread_mutex_t printing;
} course;

/* ---- what is asked for ----------------------------------------------------------------------- */

/* Where this program is, relative to the working directory if it is below it. */
static void find_build(char *build, size_t size)
{
    char here[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", build, size - 1);
    build[n < 0 ? 0 : n] = '\0';
    char *name = strrchr(build, '/');
    if (name == NULL)
        snprintf(build, size, "build");
    else
        *name = '\0';
    size_t length = getcwd(here, sizeof here) != NULL ? strlen(here) : 0;
    if (length > 0 && strncmp(build, here, length) == 0 && build[length] == '/')
        memmove(build, build + length + 1, strlen(build + length + 1) + 1);
}

static bool is_asked(const request *r, const curriculum_row *row)
{
    return (r->section == NULL || strcmp(r->section, row->section) == 0) &&
           (r->row == NULL || strcmp(r->row, row->name) == 0);
}

/* Nothing is left: says what there is. */
static void nothing(const course *c, tw_error *error)
{
    char sections[120] = "";
    const curriculum_section *s;
    for (size_t i = 0; (s = curriculum_section_at(c->page, i)) != NULL; i++)
        snprintf(sections + strlen(sections), sizeof sections - strlen(sections), " %s", s->number);
    if (c->asked->row != NULL)
        tw_fail(error, TW_USAGE, "no row '%.60s'%s%.20s; `tablewalk curriculum --list` names all",
                c->asked->row, c->asked->section != NULL ? " in section " : "",
                c->asked->section != NULL ? c->asked->section : "");
    else
        tw_fail(error, TW_USAGE, "no row in a section '%.20s'; there are the sections%s",
                c->asked->section, sections);
}

static tw_status choose(course *c, tw_error *error)
{
    size_t count = curriculum_rows(c->page), asked = 0;
    assert(count > 0);
    c->entry = calloc(count, sizeof *c->entry);
    if (c->entry == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for %zu rows", count);
    for (size_t i = 0; i < count; i++)
        if (is_asked(c->asked, curriculum_at(c->page, i)))
            c->entry[asked++].row = *curriculum_at(c->page, i);
    c->entries = asked;
    if (asked > 0)
        return TW_OK;
    nothing(c, error);
    return TW_USAGE;
}

/* ---- printing -------------------------------------------------------------------------------- */

/* What the page says of sections that are not there as a whole. */
static void print_head(const course *c)
{
    const curriculum_section *s;
    const char *before = "";
    printf("%s: %zu row%s", c->asked->page, c->entries, c->entries == 1 ? "" : "s");
    for (size_t i = 0; (s = curriculum_section_at(c->page, i)) != NULL; i++)
        if (s->note != NULL) {
            printf("%s%s %s: %s", *before == '\0' ? "; " : before, s->number, s->title, s->note);
            before = "; ";
        }
    puts("");
}

static void print_row(const curriculum_row *row)
{
    printf("%s %s: %s\n", row->section, row->name, row->item);
    if (strcmp(row->number, "-") != 0)
        printf("    number: %s\n", row->number);
}

/* Lines of what a check printed, moved in. */
static void print_said(const char *said)
{
    for (const char *line = said; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        printf("            %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void print_check(const course *c, const entry *e, unsigned i)
{
    char command[COMMAND_MAX];
    curriculum_command(&e->row.check[i], c->build, command, sizeof command);
    if (c->asked->list) {
        printf("    %s\n", command);
        return;
    }
    const curriculum_outcome *o = &e->outcome[i];
    printf("    %-7s %s\n", curriculum_result_name(o->result), command);
    if (o->why[0] != '\0')
        printf("            %s\n", o->why);
    print_said(o->said);
}

static void print_entry(const course *c, const entry *e)
{
    print_row(&e->row);
    for (unsigned i = 0; i < e->row.checks; i++)
        print_check(c, e, i);
    if (!c->asked->list)
        printf("    %s, %.1f s\n", curriculum_result_name(e->result), e->seconds);
}

/* ---- running --------------------------------------------------------------------------------- */

/* Prints what is complete and was waited for. */
static void complete(course *c, entry *e)
{
    pthread_mutex_lock(&c->printing);
    e->complete = true;
    while (c->printed < c->entries && c->entry[c->printed].complete) {
        entry *next = &c->entry[c->printed++];
        print_entry(c, next);
        for (unsigned i = 0; i < next->row.checks; i++)
            curriculum_forget(&next->outcome[i]);
    }
    fflush(stdout);
    pthread_mutex_unlock(&c->printing);
}

static void run_row(void *context, size_t n)
{
    course *c = context;
    entry *e = &c->entry[n];
    double begin = curriculum_seconds();
    for (unsigned i = 0; i < e->row.checks; i++) {
        curriculum_outcome *o = &e->outcome[i];
        *o = curriculum_run(&e->row.check[i], c->build, begin + c->asked->seconds);
        if (o->result > e->result)
            e->result = o->result;
    }
    e->seconds = curriculum_seconds() - begin;
    complete(c, e);
}

static int run(course *c)
{
    size_t count[CURRICULUM_FAILED + 1] = {0};
    pool_run(c->entries, c->asked->jobs, run_row, c);
    for (size_t i = 0; i < c->entries; i++)
        count[c->entry[i].result]++;
    printf("%zu row%s: %zu ok, %zu skipped, %zu failed\n", c->entries, c->entries == 1 ? "" : "s",
           count[CURRICULUM_OK], count[CURRICULUM_SKIPPED], count[CURRICULUM_FAILED]);
    return count[CURRICULUM_FAILED] == 0 ? EXIT_PASS : EXIT_FAIL;
}

static int go_through(course *c)
{
    print_head(c);
    if (!c->asked->list)
        return run(c);
    for (size_t i = 0; i < c->entries; i++)
        print_entry(c, &c->entry[i]);
    return EXIT_PASS;
}

int command_curriculum(const char *program, int argc, char **argv)
{
    request r = {.page = "docs/curriculum.md", .seconds = 300, .jobs = pool_cores()};
    const command_option options[] = {{"list", .flag = &r.list},
                                      {"section", .text = &r.section},
                                      {"row", .text = &r.row},
                                      {"seconds", .small = &r.seconds, .min = 1, .max = 86400},
                                      {"jobs", .small = &r.jobs, .min = 1, .max = 256},
                                      {"page", .text = &r.page},
                                      {0}};
    course c = {.asked = &r, .printing = PTHREAD_MUTEX_INITIALIZER};
    tw_error error;
    (void)program;
    int exit = options_take_all(argc, argv, HELP, options, "a row is --row NAME");
    if (exit != OPTIONS_TAKEN)
        return exit;
    find_build(c.build, sizeof c.build);
    c.page = curriculum_open(r.page, &error);
    exit = c.page == NULL || choose(&c, &error) != TW_OK ? command_failed(&error) : go_through(&c);
    free(c.entry);
    curriculum_close(c.page);
    return exit;
}
