/*
 * record.c: `tablewalk record`: runs a program under valgrind's lackey and keeps its memory
 * references.
 *
 * The trace comes through a pipe of its own, so the program's output is not mixed into it, and goes
 * through the packing library to a temporary file that takes its name only when it is complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tb/footprint.h"
#include "tb/output.h"
#include "tb/pack.h"
#include "tb/program/command.h"

static const char HELP[] =
    "usage: tablewalk record [-o FILE.xz] -- PROGRAM [ARGUMENT]...\n\n"
    "Runs PROGRAM under valgrind --tool=lackey and writes its memory references, compressed.\n\n"
    "  -o, --output FILE  where to (default: trace.xz)\n"
    "  --help, --version\n";

/* The child's side: valgrind writes the trace to the pipe. Tells the parent why it could not
 * start. */
static void become_valgrind(int log, int failure, char **program)
{
    char option[32];
    snprintf(option, sizeof option, "--log-fd=%d", log);
    size_t count = 0;
    while (program[count] != NULL)
        count++;
    char **argv = calloc(count + 6, sizeof *argv);
    signal(SIGXFSZ, SIG_DFL); /* the program shall meet its own limits */
    if (argv != NULL) {
        char *const head[] = {"valgrind", "--tool=lackey", "--trace-mem=yes", option, "--"};
        memcpy(argv, head, sizeof head);
        memcpy(argv + 5, program, count * sizeof *argv);
        execvp(argv[0], argv);
    }
    int why = errno;
    ssize_t ignored = write(failure, &why, sizeof why);
    (void)ignored;
    _exit(127);
}

/* Starts valgrind; *log is the trace's end to read from. */
static tw_status start(char **program, pid_t *child, int *log, tw_error *error)
{
    int trace[2], failure[2];
    if (pipe(trace) != 0 || pipe2(failure, O_CLOEXEC) != 0)
        return tw_fail(error, TW_IO, "no pipe: %s", strerror(errno));
    fcntl(trace[0], F_SETFD, FD_CLOEXEC);
    *child = fork();
    if (*child < 0)
        return tw_fail(error, TW_IO, "no process: %s", strerror(errno));
    if (*child == 0)
        become_valgrind(trace[1], failure[1], program);
    close(trace[1]);
    close(failure[1]);
    int why = 0;
    ssize_t got = read(failure[0], &why, sizeof why);
    close(failure[0]);
    *log = trace[0];
    if (got == 0)
        return TW_OK;
    close(trace[0]);
    waitpid(*child, NULL, 0);
    return tw_fail(error, TW_IO, "valgrind does not start: %s; install the package valgrind",
                   strerror(why));
}

/* *any: there was something to copy. */
static tw_status copy(int log, pack_file *out, bool *any, tw_error *error)
{
    char buffer[1 << 16];
    for (;;) {
        ssize_t n = read(log, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return tw_fail(error, TW_IO, "reading the trace: %s", strerror(errno));
        if (n == 0)
            return TW_OK;
        *any = true;
        tw_status status = pack_write(out, buffer, (size_t)n, error);
        if (status != TW_OK)
            return status;
    }
}

static tw_status record(char **program, const char *path, tw_error *error)
{
    pid_t child = -1;
    int log = -1, outcome = 0;
    bool any = false;
    pack_file *out = pack_open(path, error);
    if (out == NULL)
        return error->status;
    tw_status status = start(program, &child, &log, error);
    if (status != TW_OK) {
        pack_discard(out);
        return status;
    }
    signal(SIGINT, SIG_IGN); /* ^C ends the program, and what was begun is cleared away here */
    status = copy(log, out, &any, error);
    close(log);
    waitpid(child, &outcome, 0);
    if (status == TW_OK && WIFSIGNALED(outcome))
        status = tw_fail(error, TW_IO, "%s was ended by signal %d", program[0], WTERMSIG(outcome));
    if (status == TW_OK && !any)
        status = tw_fail(error, TW_USAGE, "%s: valgrind cannot run it", program[0]);
    return status == TW_OK ? pack_close(out, error) : (pack_discard(out), status);
}

static int report(const char *path)
{
    tw_error error = {0};
    footprint *f = footprint_of(path, &error);
    if (f == NULL)
        return command_failed(&error);
    printf("%s: %llu references to %zu pages\n", path, (unsigned long long)footprint_references(f),
           footprint_pages(f));
    footprint_close(f);
    return EXIT_PASS;
}

int command_record(const char *program, int argc, char **argv)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    const char *path = "trace.xz";
    (void)program;
    for (int code; (code = getopt_long(argc, argv, "+o:", options, NULL)) != -1;) {
        if (code == 'o')
            path = optarg;
        else if (code == 'h')
            return fputs(HELP, stdout), EXIT_PASS;
        else if (code == 'v')
            return command_version();
        else
            return command_misused("record");
    }
    tw_error error = {0};
    if (optind == argc)
        tw_fail(&error, TW_USAGE, "record: expected the program to be run, after --");
    else if (output_check(path, &error) == TW_OK && record(argv + optind, path, &error) == TW_OK)
        return report(path);
    return command_failed(&error);
}
