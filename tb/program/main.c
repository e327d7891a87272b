/* main.c: finds the command and hands over. */
#include <stdio.h>
#include <string.h>

#include "tb/program/command.h"

static const struct {
    const char *name, *summary;
    int (*run)(const char *program, int argc, char **argv);
} COMMAND[] = {
    {"run", "processes from traces on MMU, memory and a small OS, everything checked", command_run},
    {"walk", "one translation, step by step", command_walk},
    {"drive", "a list of accesses as fast as the MMU answers: cycles per translation",
     command_drive},
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
        fprintf(to, "  %-10s %s\n", COMMAND[i].name, COMMAND[i].summary);
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

int main(int argc, char **argv)
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
    fprintf(stderr, "tablewalk: no command '%s'; there are", argv[1]);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(stderr, "%s %s", i == 0 ? "" : ",", COMMAND[i].name);
    fputc('\n', stderr);
    return EXIT_USAGE;
}
