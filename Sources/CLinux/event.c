#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

_Static_assert(TS_EVENT_READABLE == EPOLLIN, "epoll.h");
_Static_assert(TS_EVENT_WRITABLE == EPOLLOUT, "epoll.h");
_Static_assert(TS_EVENT_ERROR == EPOLLERR, "epoll.h");
_Static_assert(TS_EVENT_HANGUP == EPOLLHUP, "epoll.h");
_Static_assert(TS_EVENT_PEER_CLOSED == EPOLLRDHUP, "epoll.h");
_Static_assert(TS_EVENT_EXCLUSIVE == EPOLLEXCLUSIVE, "epoll.h");
_Static_assert(TS_EVENT_EDGE == EPOLLET, "epoll.h");

// Events taken from the kernel at once; more stay there for the next wait.
enum { EVENTS_MAX = 256 };

const char *ts_error_name(int error) { return strerrorname_np(error); }
const char *ts_error_text(int error) { return strerrordesc_np(error); }

int ts_epoll_create(void) { return TS_RETRY(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return TS_RETRY(epoll_ctl(epoll, operation, fd, &event));
}

int ts_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int ts_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int ts_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int ts_epoll_wait(int epoll, struct ts_event *out, int capacity, int milliseconds) {
    struct epoll_event events[EVENTS_MAX];
    int max = capacity < EVENTS_MAX ? capacity : EVENTS_MAX;
    int got = epoll_wait(epoll, events, max, milliseconds);
    if (got < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < got; i++) {
        out[i].token = events[i].data.u64;
        out[i].events = events[i].events;
    }
    return got;
}

int ts_eventfd_create(void) { return TS_RETRY(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

int ts_eventfd_signal(int fd) {
    uint64_t one = 1;
    ssize_t written = TS_RETRY(write(fd, &one, sizeof one));
    // A full counter is a signal too.
    return written < 0 && written != -EAGAIN ? (int)written : 0;
}

int ts_eventfd_drain(int fd) {
    uint64_t value;
    ssize_t got = TS_RETRY(read(fd, &value, sizeof value));
    return got < 0 ? (got == -EAGAIN ? 0 : (int)got) : 1;
}

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t ts_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }
uint64_t ts_thread_cpu_nanoseconds(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }
uint64_t ts_process_cpu_nanoseconds(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }

uint64_t ts_unix_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec;
}

void ts_local_time(uint64_t unix_seconds, char *text) {
    time_t seconds = (time_t)unix_seconds;
    struct tm parts;
    // The process never sets a locale, so months are English.
    if (localtime_r(&seconds, &parts) == NULL || strftime(text, 16, "%b %e %T", &parts) == 0) {
        text[0] = 0;
    }
}

uint64_t ts_unix_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int ts_random(void *bytes, size_t count) {
    uint8_t *next = bytes;
    while (count) {
        ssize_t got = TS_RETRY(getrandom(next, count, 0));
        if (got < 0) return (int)got;
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

static const struct {
    uint32_t bit;
    int number;
} signals[] = {
    {TS_SIGNAL_TERMINATE, SIGTERM}, {TS_SIGNAL_INTERRUPT, SIGINT}, {TS_SIGNAL_HANGUP, SIGHUP},
    {TS_SIGNAL_USER1, SIGUSR1},     {TS_SIGNAL_USER2, SIGUSR2},
};
enum { SIGNAL_COUNT = sizeof signals / sizeof signals[0] };

int ts_signalfd_create(uint32_t wanted) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (wanted & signals[i].bit) sigaddset(&set, signals[i].number);
    }
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error) return -error;
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
    return TS_RETRY(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

int ts_signalfd_next(int fd) {
    struct signalfd_siginfo info;
    ssize_t got = TS_RETRY(read(fd, &info, sizeof info));
    if (got == -EAGAIN) return 0;
    if (got < 0) return (int)got;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (info.ssi_signo == (uint32_t)signals[i].number) return (int)signals[i].bit;
    }
    return 0;
}

struct start {
    void (*body)(void *);
    void *context;
    int cpu;
    char name[16];  // the kernel's limit, with the terminator
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    pthread_setname_np(pthread_self(), start.name);
    if (start.cpu >= 0) ts_thread_pin(start.cpu);
    start.body(start.context);
    return NULL;
}

int ts_thread_start(
    const char *name, int cpu, size_t stackSize, void (*body)(void *), void *context,
    uint64_t *handle) {
    struct start *start = malloc(sizeof *start);
    if (!start) return -ENOMEM;
    *start = (struct start){.body = body, .context = context, .cpu = cpu};
    strncpy(start->name, name, sizeof start->name - 1);
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (!error && stackSize) error = pthread_attr_setstacksize(&attributes, stackSize);
    pthread_t thread;
    if (!error) error = pthread_create(&thread, &attributes, run, start);
    pthread_attr_destroy(&attributes);
    if (error) {
        free(start);
        return -error;
    }
    _Static_assert(sizeof(pthread_t) == sizeof(uint64_t), "pthread_t");
    *handle = (uint64_t)thread;
    return 0;
}

int ts_thread_join(uint64_t handle) { return -pthread_join((pthread_t)handle, NULL); }

int ts_thread_pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return -pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

int ts_available_cpus(int32_t *out, int capacity) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
    int count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &set)) continue;
        if (count < capacity) out[count] = cpu;
        count++;
    }
    return count;
}
