/* reference.c: `tablewalk reference`: the tables of the headers as Markdown, so that they are
 * written once. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tablewalk/pins.h"
#include "tablewalk/registers.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

static const char HELP[] = "usage: tablewalk reference pins|registers\n\n"
                           "Prints the table as Markdown.\n\n"
                           "  --help, --version\n";

static void print_pins(void)
{
    puts("# Pins\n\nMade by `tablewalk reference pins` from `include/tablewalk/pins.h`, which also "
         "has the hold rules.\n");
#define PIN(type, name, bits, sentence) printf("| `%s` | %d | %s |\n", #name, bits, sentence);
    puts("## Driven by the world\n\n| pin | bits | meaning |\n|---|---|---|");
    TW_INPUTS(PIN)
    puts("\n## Driven by the MMU\n\n| pin | bits | meaning |\n|---|---|---|");
    TW_OUTPUTS(PIN)
#undef PIN
}

static void print_registers(void)
{
    puts("# Registers\n\nMade by `tablewalk reference registers` from "
         "`include/tablewalk/registers.h`, which also has the\nrules of access.\n");
    puts("| offset | register | access | reset | meaning |\n|---|---|---|---|---|");
#define REGISTER(name, offset, access, reset, sentence)                     \
    printf("| 0x%03x | `%s` | %s | %#llx | %s |\n", offset, #name, #access, \
           (unsigned long long)reset, sentence);
    TW_REGISTERS(REGISTER)
#undef REGISTER
    puts("\n## Fields\n\n| register | bits | field | meaning |\n|---|---|---|---|");
#define FIELD(reg, field, low, bits, sentence)                              \
    if ((bits) == 1)                                                        \
        printf("| `%s` | %d | `%s` | %s |\n", #reg, low, #field, sentence); \
    else                                                                    \
        printf("| `%s` | %d:%d | `%s` | %s |\n", #reg, low + bits - 1, low, #field, sentence);
    TW_REGISTER_FIELDS(FIELD)
#undef FIELD
}

int command_reference(const char *program, int argc, char **argv)
{
    const command_option none[] = {{0}};
    (void)program;
    int exit = options_take(argc, argv, HELP, none);
    if (exit != OPTIONS_TAKEN)
        return exit;
    if (optind + 1 == argc && strcmp(argv[optind], "pins") == 0)
        print_pins();
    else if (optind + 1 == argc && strcmp(argv[optind], "registers") == 0)
        print_registers();
    else
        return fputs("tablewalk: expected 'pins' or 'registers'\n", stderr), EXIT_USAGE;
    return EXIT_PASS;
}
