/*
 * curriculum_run.c: one check is one child process; what it prints, to either stream, comes through
 * one pipe.
 *
 * A child is in a process group of its own, so that what it started ends with it. It is told which
 * test to run by TW_TEST_FILTER, where what was built is by BUILD, and nothing of what the caller
 * told cmocka.
 */
#include "tb/curriculum_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 64, OUTPUT_MAX = 1 << 20, TAIL_MAX = 2000 };

extern char **environ;

typedef struct child {
    pid_t pid;
    int from;     /* the end of the pipe that is read */
    bool expired; /* was ended at the deadline */
    int status;   /* as waitpid has it */
} child;

const char *curriculum_result_name(curriculum_result result)
{
    return result == CURRICULUM_OK ? "ok" : result == CURRICULUM_SKIPPED ? "skipped" : "FAILED";
}

double curriculum_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void curriculum_command(const curriculum_check *check, const char *build, char *text, size_t size)
{
    bool usual = strcmp(build, "build") == 0;
    if (check->test != NULL)
        snprintf(text, size, "%s%s%sTW_TEST_FILTER=%s %s/tests/%s",
                 usual ? "" : "BUILD=", usual ? "" : build, usual ? "" : " ", check->words, build,
                 check->test);
    else
        snprintf(text, size, "%s/tablewalk %s", build, check->words);
}

/* ---- what is run ----------------------------------------------------------------------------- */

typedef struct call {
    char text[2000]; /* the words of the command, cut by NUL */
    char *argv[WORDS_MAX + 1];
    char build[300], filter[300];
} call;

/* False if a command has too many words. */
static bool set_words(call *c, const curriculum_check *check, const char *build)
{
    size_t count = 0;
    char *rest = NULL;
    if (check->test != NULL)
        snprintf(c->text, sizeof c->text, "%s/tests/%s", build, check->test);
    else
        snprintf(c->text, sizeof c->text, "%s/tablewalk %s", build, check->words);
    for (char *word = strtok_r(c->text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        if (count == WORDS_MAX)
            return false;
        else
            c->argv[count++] = word;
    return true;
}

static bool is_kept(const char *variable)
{
    static const char *const others[] = {"CMOCKA_", "TW_TEST_FILTER=", "BUILD="};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(variable, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

/* The child's environment, to be freed; NULL if memory is out. */
static char **make_environment(call *c, const curriculum_check *check, const char *build)
{
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    char **envp = calloc(count + 3, sizeof *envp);
    if (envp == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (is_kept(environ[i]))
            envp[kept++] = environ[i];
    snprintf(c->build, sizeof c->build, "BUILD=%s", build);
    envp[kept++] = c->build;
    if (check->test != NULL) {
        snprintf(c->filter, sizeof c->filter, "TW_TEST_FILTER=%s", check->words);
        envp[kept] = c->filter;
    }
    return envp;
}

/* 0, or errno. */
static int start(child *c, char *const argv[], char *const envp[])
{
    int pipes[2];
    sigset_t usual;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return errno;
    sigemptyset(&usual);
    sigaddset(&usual, SIGXFSZ);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, pipes[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, pipes[1], STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    int why = posix_spawn(&c->pid, argv[0], &files, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(pipes[1]);
    if (why != 0)
        close(pipes[0]);
    c->from = pipes[0];
    return why;
}

/* ---- while it runs --------------------------------------------------------------------------- */

/* Reads until all who can write have ended, or the deadline; what does not fit is dropped. */
static void read_all(const child *c, char *output, double deadline)
{
    size_t length = 0;
    for (;;) {
        char beyond[4096];
        size_t room = OUTPUT_MAX - 1 - length;
        double left = deadline - curriculum_seconds();
        struct pollfd wait = {.fd = c->from, .events = POLLIN};
        if (left <= 0 ||
            (poll(&wait, 1, left < 1 ? (int)(left * 1e3) + 1 : 1000) < 0 && errno != EINTR))
            break;
        if (wait.revents == 0)
            continue;
        ssize_t n =
            room > 0 ? read(c->from, output + length, room) : read(c->from, beyond, sizeof beyond);
        if (n == 0 || (n < 0 && errno != EINTR))
            break;
        if (n > 0 && room > 0)
            length += (size_t)n;
    }
    output[length] = '\0';
}

/* A child may have closed its streams and run on. */
static void end(child *c, double deadline)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    while (waitpid(c->pid, &c->status, WNOHANG) == 0)
        if (curriculum_seconds() >= deadline && !c->expired)
            c->expired = kill(-c->pid, SIGKILL) == 0;
        else
            nanosleep(&moment, NULL);
    close(c->from);
}

/* ---- what it means --------------------------------------------------------------------------- */

static curriculum_outcome say(curriculum_outcome o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static curriculum_outcome say(curriculum_outcome o, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(o.why, sizeof o.why, format, arguments);
    va_end(arguments);
    o.result = CURRICULUM_FAILED;
    if (o.output != NULL) {
        size_t length = strlen(o.output);
        o.said = o.output + (length > TAIL_MAX ? length - TAIL_MAX : 0);
    }
    return o;
}

static bool printed(const curriculum_outcome *o, const char *label, const char *test)
{
    char line[300];
    snprintf(line, sizeof line, "%s%s\n", label, test);
    return strstr(o->output, line) != NULL;
}

/* cmocka ends with status 0, too, if it ran nothing. */
static curriculum_outcome judge(curriculum_outcome o, const curriculum_check *check, const child *c)
{
    if (c->expired)
        return say(o, "it was ended, as it ran longer than it may; --seconds allows more");
    if (WIFSIGNALED(c->status))
        return say(o, "it was ended by signal %d", WTERMSIG(c->status));
    if (WEXITSTATUS(c->status) != 0)
        return say(o, "it ended with status %d", WEXITSTATUS(c->status));
    if (check->says != NULL && strstr(o.output, check->says) == NULL)
        return say(o, "expected it to print '%s'", check->says);
    if (check->test == NULL || printed(&o, "[       OK ] ", check->words))
        return o;
    if (!printed(&o, "[  SKIPPED ] ", check->words))
        return say(o, "tests/%s.c has no test of this name", check->test);
    o.result = CURRICULUM_SKIPPED;
    return o;
}

static curriculum_outcome not_there(curriculum_outcome o, const curriculum_check *check,
                                    const char *program)
{
    char source[400];
    snprintf(source, sizeof source, "tests/%s.c", check->test != NULL ? check->test : "");
    if (check->test != NULL && access(source, R_OK) != 0)
        return say(o, "there is no %s here; the commands are for the top directory of the project",
                   source);
    return say(o, "%s is not built: `make %s` builds it, `make test` all tests", program, program);
}

curriculum_outcome curriculum_run(const curriculum_check *check, const char *build, double deadline)
{
    curriculum_outcome o = {.result = CURRICULUM_OK, .said = ""};
    call what = {.argv = {NULL}};
    child c = {0};
    if (!set_words(&what, check, build))
        return say(o, "it has more than %d words", WORDS_MAX);
    if (access(what.argv[0], X_OK) != 0)
        return not_there(o, check, what.argv[0]);
    o.output = calloc(1, OUTPUT_MAX);
    char **envp = make_environment(&what, check, build);
    int why = o.output == NULL || envp == NULL ? ENOMEM : start(&c, what.argv, envp);
    free(envp);
    if (why != 0)
        return say(o, "it does not start: %s", strerror(why));
    read_all(&c, o.output, deadline);
    end(&c, deadline);
    return judge(o, check, &c);
}

void curriculum_forget(curriculum_outcome *outcome)
{
    free(outcome->output);
    *outcome = (curriculum_outcome){.said = ""};
}
