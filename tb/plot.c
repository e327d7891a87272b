/* plot.c: gnuplot reads its script from a file without a name, and writes into the new picture. */
#include "tb/plot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tb/new_file.h"

/* gnuplot's linetypes begin again after eight; then the lines are dashed. */
enum { COLOURS = 8 };

extern char **environ;

/* A string as gnuplot reads it between single quotes, where only the quote itself is special. */
static void quote(const char *text, FILE *to)
{
    fputc('\'', to);
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputc('\'', to);
        fputc(*text == '\n' ? ' ' : *text, to);
    }
    fputc('\'', to);
}

static void write_script(const plot *p, FILE *to)
{
    fputs("set terminal svg size 960,540 dynamic noenhanced background rgb 'white' "
          "font 'sans-serif,14'\n"
          "set key outside right top Left reverse samplen 2\n"
          "set grid ytics\n"
          "set yrange [0:*]\n"
          "set logscale x 2\n"
          "set offsets graph 0.03, graph 0.03, graph 0.05, 0\n"
          "set linetype 5 linecolor rgb '#7f7f7f'\n", /* for a yellow that nobody sees on white */
          to);
    fputs("set xlabel ", to);
    quote(p->x_label, to);
    fputs("\nset ylabel ", to);
    quote(p->y_label, to);
    fputs("\nset xtics (", to);
    for (unsigned i = 0; i < p->points; i++)
        fprintf(to, "%s%g", i == 0 ? "" : ",", p->x[i]);
    fputs(")\n$data << END\n", to);
    for (unsigned i = 0; i < p->points; i++) {
        fprintf(to, "%g", p->x[i]);
        for (unsigned c = 0; c < p->curves; c++)
            fprintf(to, " %.9g", p->curve[c].y[i]);
        fputc('\n', to);
    }
    fputs("END\nplot", to);
    for (unsigned c = 0; c < p->curves; c++) {
        fprintf(to,
                "%s $data using 1:%u with linespoints linetype %u dashtype %u linewidth 2 title ",
                c == 0 ? "" : ",", c + 2, c % COLOURS + 1, c / COLOURS + 1);
        quote(p->curve[c].name, to);
    }
    fputc('\n', to);
}

/* Runs gnuplot on the script; what it says goes nowhere. */
static tw_status draw(int script, int picture, tw_error *error)
{
    char *argv[] = {"gnuplot", "-", NULL};
    posix_spawn_file_actions_t files;
    pid_t child;
    int outcome = 0;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, script, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, picture, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int why = posix_spawnp(&child, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (why != 0)
        return tw_fail(error, TW_IO, "gnuplot does not start: %s; install the package gnuplot-nox",
                       strerror(why));
    while (waitpid(child, &outcome, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0)
        return TW_OK;
    return tw_fail(error, TW_IO, "gnuplot failed: is the disk full?");
}

/* The picture of a script that is whole. */
static tw_status make_picture(FILE *script, const char *path, tw_error *error)
{
    new_file picture = {.stream = NULL};
    tw_status status = new_file_open(&picture, path, error);
    if (status != TW_OK)
        return status;
    status = draw(fileno(script), fileno(picture.stream), error);
    if (status == TW_OK)
        return new_file_close(&picture, error);
    new_file_discard(&picture);
    return status;
}

tw_status plot_svg(const plot *p, const char *path, tw_error *error)
{
    FILE *script = tmpfile();
    if (script == NULL)
        return tw_fail(error, TW_IO, "no temporary file: %s", strerror(errno));
    write_script(p, script);
    bool whole = fflush(script) == 0 && ferror(script) == 0 && fseek(script, 0, SEEK_SET) == 0;
    tw_status status = whole ? make_picture(script, path, error)
                             : tw_fail(error, TW_IO, "no temporary file: %s", strerror(errno));
    fclose(script);
    return status;
}
