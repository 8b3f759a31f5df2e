// Programs whose output is read, within bounds.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int spawn(
    char *const words[], char *const environment[], int out, int errors, pid_t *child) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    // A group of its own, so that what it starts ends with it.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    int error = posix_spawn(child, words[0], &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

// Takes what is there; 0 at the end of the stream, 1 when there may be more.
static int take(int fd, struct ts_text *text) {
    char over[4096];
    size_t room = text->capacity - text->length;
    char *target = room ? text->bytes + text->length : over;
    ssize_t got = TS_RETRY(read(fd, target, room ? room : sizeof over));
    if (got == -EAGAIN) return 1;
    if (got <= 0) return (int)got;
    if (room) {
        text->length += (size_t)got;
    } else {
        text->isCut = 1;
    }
    return 1;
}

static int collect(
    int out, struct ts_text *output, int errors, struct ts_text *words, int64_t until) {
    struct pollfd ends[2] = {{.fd = out, .events = POLLIN}, {.fd = errors, .events = POLLIN}};
    struct ts_text *texts[2] = {output, words};
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        int64_t left = until - milliseconds();
        if (left <= 0) return -ETIMEDOUT;
        int ready = TS_RETRY(poll(ends, 2, (int)left));
        if (ready < 0) return ready;
        for (int i = 0; i < 2; i++) {
            if (ends[i].fd < 0 || !ends[i].revents) continue;
            int more = take(ends[i].fd, texts[i]);
            if (more < 0) return more;
            if (!more) ends[i].fd = -1;
        }
        // What is cut is of no use.
        if (output->isCut) return -EMSGSIZE;
    }
    return 0;
}

// Waits for the child's end; one that closed its output and goes on is not waited for.
static int finish(pid_t child, int result, int64_t until, int *status) {
    while (!result) {
        pid_t ended = TS_RETRY(waitpid(child, status, WNOHANG));
        if (ended < 0) return (int)ended;
        if (ended == child) return 0;
        if (milliseconds() >= until) result = -ETIMEDOUT;
        poll(NULL, 0, 5);
    }
    kill(-child, SIGKILL);
    pid_t ended = TS_RETRY(waitpid(child, status, 0));
    return ended < 0 ? (int)ended : result;
}

int ts_capture(
    char *const words[], int seconds, struct ts_text *output, struct ts_text *errors, int *code) {
    // Its words are to be read by this program, in the language that it knows.
    char *const environment[] = {"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    int out[2], other[2];
    if (pipe2(out, O_CLOEXEC) < 0) return -errno;
    if (pipe2(other, O_CLOEXEC) < 0) {
        int error = -errno;
        ts_close(out[0]);
        ts_close(out[1]);
        return error;
    }
    int64_t until = milliseconds() + (int64_t)seconds * 1000;
    pid_t child = 0;
    int result = spawn(words, environment, out[1], other[1], &child);
    ts_close(out[1]);
    ts_close(other[1]);
    if (!result) {
        int status = 0;
        result = collect(out[0], output, other[0], errors, until);
        result = finish(child, result, until, &status);
        *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    ts_close(out[0]);
    ts_close(other[0]);
    return result;
}
