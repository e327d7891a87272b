/* shell.c: popen, and a folder under /tmp. */
#include "tests/support/shell.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tablewalk-XXXXXX";

int shell_open(const char *command)
{
    char program[PATH_MAX] = "";
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *tests = n > 0 ? strstr(program, "/tests/tb/program/") : NULL;
    if (tests == NULL || mkdtemp(folder) == NULL)
        return 1;
    strcpy(tests, "/tablewalk");
    return setenv("T", program, 1) != 0 || setenv("D", folder, 1) != 0 || sh(command)->exit != 0;
}

int shell_close(void **state)
{
    (void)state;
    return sh("rm -rf $D")->exit;
}

const char *shell_line(const char *format, ...)
{
    static char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    assert_in_range(length, 0, sizeof line - 1);
    return line;
}

const outcome *sh(const char *command)
{
    static outcome o;
    char line[8192];
    snprintf(line, sizeof line, "{ %s ; } 2>&1", command);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t n = fread(o.text, 1, sizeof o.text - 1, pipe);
    o.text[n] = '\0';
    int status = pclose(pipe);
    o.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return &o;
}

const outcome *expect(const char *command, int exit, const char *words)
{
    const outcome *o = sh(command);
    if (o->exit != exit)
        fail_msg("%s\nexpected exit %d, got %d:\n%s", command, exit, o->exit, o->text);
    if (words != NULL && strstr(o->text, words) == NULL)
        fail_msg("%s\nexpected '%s' in:\n%s", command, words, o->text);
    return o;
}

void expect_line(const char *command, int exit, const char *words)
{
    const outcome *o = expect(command, exit, words);
    const char *end = strchr(o->text, '\n');
    if (end == NULL || end[1] != '\0')
        fail_msg("%s\nexpected one line, got:\n%s", command, o->text);
}

void expect_misuses(const char *command, const char *const rows[][2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_line(shell_line("%s %s", command, rows[i][0]), 2, rows[i][1]);
}

json_t *shell_json(const char *name)
{
    char path[PATH_MAX];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    json_t *object = json_load_file(path, 0, &error);
    if (object == NULL)
        fail_msg("%s: %s", path, error.text);
    return object;
}

json_int_t shell_integer(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value))
        fail_msg("the JSON has no integer '%s'", name);
    return json_integer_value(value);
}
