/* walk.c: `tablewalk walk`: one translation, step by step, of a vector or of a memory image. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tb/image.h"
#include "tb/program/command.h"
#include "tb/program/options.h"
#include "tb/vector_golden.h"
#include "tb/vector_outcome.h"

static const char HELP[] =
    "usage: tablewalk walk --vector 'LINE'\n"
    "       tablewalk walk --file FILE --line N\n"
    "       tablewalk walk --image FILE --satp HEX --va HEX [OPTION]...\n\n"
    "Prints one translation of the architectural model, step by step.\n\n"
    "  --vector LINE   a test vector\n"
    "  --file FILE --line N  the vector in that line of a file, plain or compressed\n"
    "  --image FILE    memory: lines of ADDRESS=VALUE, hexadecimal, one 8-byte word each (4-byte\n"
    "                  for Sv32); what is not listed reads 0\n"
    "  --satp HEX      mode, ASID and root table as in the register SATP\n"
    "  --va HEX        the virtual address\n"
    "  --op fetch|load|store|amo  (default: load)\n"
    "  --priv U|S|M    effective privilege (default: S)\n"
    "  --sum, --mxr    as in mstatus\n"
    "  --adue          the hardware sets A and D\n"
    "  --pbmte         page-based memory types are allowed\n"
    "  --help, --version\n";

typedef struct walk {
    const char *vector, *file, *image;
    uint64_t line;
    tw_control control;
    tw_request request;
    bool satp, va; /* were given */
    bool details;  /* so was one of the options that only an image needs */
} walk;

/* The N-th line of a file as a vector; the text stays open, since the vector borrows its name. */
static tw_status find_line(text_file *file, uint64_t number, vector *v, tw_error *error)
{
    const char *line;
    do {
        tw_status status = text_next(file, &line, error);
        if (status != TW_OK)
            return status;
        if (line == NULL) {
            text_place end = {text_where(file).file, 0};
            return text_fail(end, error, "expected a line %" PRIu64, number);
        }
    } while (text_where(file).line != number);
    return vector_parse(text_where(file), line, v, error);
}

static int print_vector(const vector *v)
{
    vector_outcome seen;
    tw_translation t;
    tw_error difference;
    vector_run_golden(v, &seen, &t);
    if (seen.kind == VECTOR_REFUSED)
        puts("SATP refuses this mode: there is no such mode.");
    else
        tw_translation_print(&v->control, &v->request, &t, stdout);
    if (vector_compare(v, &seen, 64, &difference) == TW_OK)
        return EXIT_PASS;
    printf("The vector expects something else: %s\n", difference.text);
    return EXIT_FAIL;
}

static int walk_vector(const walk *w)
{
    tw_error error = {0};
    vector v;
    int exit;
    if (w->vector != NULL) {
        text_place at = {"--vector", 1};
        return vector_parse(at, w->vector, &v, &error) == TW_OK ? print_vector(&v)
                                                                : command_failed(&error);
    }
    text_file *file = text_open(w->file, &error);
    if (file == NULL)
        return command_failed(&error);
    exit =
        find_line(file, w->line, &v, &error) == TW_OK ? print_vector(&v) : command_failed(&error);
    text_close(file);
    return exit;
}

static int walk_image(const walk *w)
{
    tw_error error = {0};
    unsigned mode = satp_mode(w->control.satp);
    if (mode != MODE_BARE && mode_levels(mode) == 0) {
        tw_fail(&error, TW_USAGE,
                "--satp: mode %u in bits 63:60 is none of 0 (Bare), 1 (Sv32), 8 (Sv39), 9 (Sv48), "
                "10 (Sv57)",
                mode);
        return command_failed(&error);
    }
    tw_memory *memory = image_open(w->image, 1u << mode_pte_shift(mode), &error);
    if (memory == NULL)
        return command_failed(&error);
    tw_bus bus = tw_memory_bus(memory);
    tw_translation t;
    tw_translate(&w->control, &w->request, &bus, &t);
    tw_translation_print(&w->control, &w->request, &t, stdout);
    tw_memory_close(memory);
    return EXIT_PASS;
}

static tw_status check(const walk *w, tw_error *error)
{
    int sources = (w->vector != NULL) + (w->file != NULL) + (w->image != NULL);
    if (sources != 1)
        return tw_fail(error, TW_USAGE, "walk: expected one of --vector, --file, --image");
    if ((w->file != NULL) != (w->line != 0))
        return tw_fail(error, TW_USAGE, "walk: --file FILE and --line N need each other");
    if (w->image == NULL && w->details)
        return tw_fail(error, TW_USAGE,
                       "walk: a vector says all of its translation; --satp, --va, --op and the "
                       "like go with --image");
    if (w->image != NULL && !(w->satp && w->va))
        return tw_fail(error, TW_USAGE, "walk: --image needs --satp and --va");
    return TW_OK;
}

static tw_status take_privilege(const char *text, unsigned *privilege, tw_error *error)
{
    static const char *const names[] = {"U", "S", "M", NULL};
    static const unsigned values[] = {PRIV_U, PRIV_S, PRIV_M};
    unsigned index;
    tw_status status = option_name("priv", text, names, &index, error);
    if (status == TW_OK)
        *privilege = values[index];
    return status;
}

static tw_status take_op(const char *text, tw_op *op, tw_error *error)
{
    static const char *const names[] = {"fetch", "load", "store", "amo", NULL};
    unsigned index;
    tw_status status = option_name("op", text, names, &index, error);
    if (status == TW_OK)
        *op = (tw_op)index;
    return status;
}

/* What an image does not say about a translation. */
static tw_status take_detail(walk *w, int code, const char *text, tw_error *error)
{
    w->details = true;
    switch (code) {
    case 's':
        w->satp = true;
        return option_hex("satp", text, &w->control.satp, error);
    case 'a':
        w->va = true;
        return option_hex("va", text, &w->request.va, error);
    case 'o':
        return take_op(text, &w->request.op, error);
    case 'p':
        return take_privilege(text, &w->request.priv, error);
    case 'S':
        w->request.sum = true;
        return TW_OK;
    case 'M':
        w->request.mxr = true;
        return TW_OK;
    case 'A':
        w->control.adue = true;
        return TW_OK;
    default:
        w->control.pbmte = true;
        return TW_OK;
    }
}

static tw_status take(walk *w, int code, const char *text, tw_error *error)
{
    switch (code) {
    case 'V':
        w->vector = text;
        return TW_OK;
    case 'f':
        w->file = text;
        return TW_OK;
    case 'l':
        return option_number("line", text, 1, UINT64_MAX, &w->line, error);
    case 'i':
        w->image = text;
        return TW_OK;
    default:
        return take_detail(w, code, text, error);
    }
}

int command_walk(const char *program, int argc, char **argv)
{
    static const struct option options[] = {{"vector", required_argument, NULL, 'V'},
                                            {"file", required_argument, NULL, 'f'},
                                            {"line", required_argument, NULL, 'l'},
                                            {"image", required_argument, NULL, 'i'},
                                            {"satp", required_argument, NULL, 's'},
                                            {"va", required_argument, NULL, 'a'},
                                            {"op", required_argument, NULL, 'o'},
                                            {"priv", required_argument, NULL, 'p'},
                                            {"sum", no_argument, NULL, 'S'},
                                            {"mxr", no_argument, NULL, 'M'},
                                            {"adue", no_argument, NULL, 'A'},
                                            {"pbmte", no_argument, NULL, 'P'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    walk w = {.request = {.op = OP_LOAD, .priv = PRIV_S}};
    tw_error error = {0};
    (void)program;
    for (int code; (code = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (code == 'h')
            return fputs(HELP, stdout), EXIT_PASS;
        if (code == 'v')
            return command_version();
        if (code == '?')
            return command_misused("walk");
        if (take(&w, code, optarg, &error) != TW_OK)
            return command_failed(&error);
    }
    if (optind < argc)
        tw_fail(&error, TW_USAGE, "'%.100s': walk takes options only", argv[optind]);
    if (optind < argc || check(&w, &error) != TW_OK)
        return command_failed(&error);
    return w.image != NULL ? walk_image(&w) : walk_vector(&w);
}
