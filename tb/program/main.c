/* main.c: finds the command and hands over, with standard streams and signals in order. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/program/command.h"

static const struct {
    const char *name, *summary;
    int (*run)(const char *program, int argc, char **argv);
} COMMAND[] = {
    {"run", "processes from traces on MMU, memory and a small OS, everything checked", command_run},
    {"walk", "one translation, step by step", command_walk},
    {"size", "what page tables cost, for whole address spaces and for a process's", command_size},
    {"drive", "a list of accesses as fast as the MMU answers: cycles per translation",
     command_drive},
    {"explore", "cycles per translation over TLB sizes and more, all cores, with a plot",
     command_explore},
    {"compare-modes", "a run in every mode, side by side: cycles, walks, bytes, faults; all cores",
     command_compare_modes},
    {"alloc", "an allocator of the kernel or of a program at work, step by step", command_alloc},
    {"curriculum", "what lectures say: every row with what shows it, run", command_curriculum},
    {"script", "exercises of virtual memory: processes that map, touch, fork, and what is expected",
     command_script},
    {"replay", "a file of test vectors through a model or an MMU", command_replay},
    {"record", "a new trace of a real program, by valgrind", command_record},
    {"reference", "the tables of pins and registers, as Markdown", command_reference},
};

enum { COMMANDS = sizeof COMMAND / sizeof *COMMAND };

static int help(FILE *to)
{
    fprintf(to, "usage: tablewalk COMMAND [OPTION]...\n\n"
                "A memory-management unit, co-simulated: RTL, cycle model, operating system.\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-13s %s\n", COMMAND[i].name, COMMAND[i].summary);
    fprintf(to,
            "\n'tablewalk COMMAND --help' tells more. Exit status: 0 all is well, 1 a mismatch\n"
            "or a failed check, 2 a request that makes no sense.\n");
    return to == stdout ? EXIT_PASS : EXIT_USAGE;
}

int command_failed(const tw_error *error)
{
    fprintf(stderr, "tablewalk: %s\n", error->text);
    return error->status == TW_USAGE ? EXIT_USAGE : EXIT_FAIL;
}

int command_misused(const char *command)
{
    fprintf(stderr, "'tablewalk %s --help' tells how to use it\n", command);
    return EXIT_USAGE;
}

int command_version(void)
{
    puts("tablewalk " TABLEWALK_VERSION);
    return EXIT_PASS;
}

bool command_on_terminal(FILE *stream)
{
    const char *kind = getenv("TERM");
    return kind != NULL && strcmp(kind, "dumb") != 0 && isatty(fileno(stream)) == 1;
}

/* A standard stream that is closed would be the number of the next file that is opened, and reports
 * would be printed into it. */
static void keep_standard_streams(void)
{
    int file;
    do
        file = open("/dev/null", O_RDONLY);
    while (file >= 0 && file <= STDERR_FILENO);
    if (file >= 0)
        close(file);
}

static int unknown(const char *name)
{
    char list[160] = "";
    tw_error error;
    for (int i = 0; i < COMMANDS; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s %s", i == 0 ? "" : ",",
                 COMMAND[i].name);
    tw_fail(&error, TW_USAGE, "no command '%.100s'; there are%s", name, list);
    return command_failed(&error);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(stdout);
    if (strcmp(argv[1], "--version") == 0)
        return command_version();
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], COMMAND[i].name) == 0)
            return COMMAND[i].run(argv[0], argc - 1, argv + 1);
    return unknown(argv[1]);
}

int main(int argc, char **argv)
{
    keep_standard_streams();
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is a failed write, and told as such */
    int exit = dispatch(argc, argv);
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return exit;
    fputs("tablewalk: cannot write to standard output: is the disk full?\n", stderr);
    return exit == EXIT_PASS ? EXIT_FAIL : exit;
}
