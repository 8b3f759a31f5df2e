// epoll, eventfd, signalfd, clocks, randomness, threads.
#ifndef TURNSTONE_TS_EVENT_H
#define TURNSTONE_TS_EVENT_H

#include <stddef.h>
#include <stdint.h>

// NULL for a number that has none.
const char *ts_error_name(int error);
const char *ts_error_text(int error);

struct ts_event {
    uint64_t token;
    uint32_t events;  // TS_EVENT_*
};
#define TS_EVENT_READABLE 0x1u
#define TS_EVENT_WRITABLE 0x4u
#define TS_EVENT_ERROR 0x8u
#define TS_EVENT_HANGUP 0x10u
#define TS_EVENT_PEER_CLOSED 0x2000u
#define TS_EVENT_EXCLUSIVE 0x10000000u
#define TS_EVENT_EDGE 0x80000000u

int ts_epoll_create(void);
int ts_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int ts_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int ts_epoll_remove(int epoll, int fd);
// Waits at most `milliseconds` (-1: for ever). An interrupted wait returns 0 events.
int ts_epoll_wait(int epoll, struct ts_event *out, int capacity, int milliseconds);

int ts_eventfd_create(void);
int ts_eventfd_signal(int fd);
int ts_eventfd_drain(int fd);

uint64_t ts_monotonic_nanoseconds(void);
uint64_t ts_unix_seconds(void);
uint64_t ts_unix_milliseconds(void);
// Writes `Jan  1 23:59:59` in local time, with its zero; `text` has room for 16 characters.
void ts_local_time(uint64_t unix_seconds, char *text);
uint64_t ts_thread_cpu_nanoseconds(void);
uint64_t ts_process_cpu_nanoseconds(void);
int ts_random(void *bytes, size_t count);

// Bits for ts_signalfd_create.
#define TS_SIGNAL_TERMINATE 1u
#define TS_SIGNAL_INTERRUPT 2u
#define TS_SIGNAL_HANGUP 4u
#define TS_SIGNAL_USER1 8u
#define TS_SIGNAL_USER2 16u
// Blocks the signals for this thread and those it starts later, and ignores SIGPIPE.
int ts_signalfd_create(uint32_t signals);
// The bit of the next signal; 0 when none waits.
int ts_signalfd_next(int fd);

// Starts a detached or joinable thread that runs `body(context)`; `handle` gets what join takes.
int ts_thread_start(
    const char *name, int cpu, size_t stackSize, void (*body)(void *), void *context,
    uint64_t *handle);
int ts_thread_join(uint64_t handle);
// Pins the calling thread to one CPU.
int ts_thread_pin(int cpu);
// Writes the numbers of the CPUs this process may run on; returns how many there are.
int ts_available_cpus(int32_t *out, int capacity);

#endif
