#define _GNU_SOURCE
#include <sys/inotify.h>
#include <unistd.h>

#include "internal.h"

int ts_watch_open(void) { return TS_RETRY(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)); }

int ts_watch_add(int fd, const char *directory) {
    uint32_t mask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    return TS_RETRY(inotify_add_watch(fd, directory, mask));
}

int ts_watch_remove(int fd, int number) { return TS_RETRY(inotify_rm_watch(fd, number)); }

int ts_watch_drain(int fd, void (*entry)(void *, int, const char *), void *context) {
    // inotify(7): a buffer of this size holds at least one event of any length.
    _Alignas(struct inotify_event) char buffer[4096];
    int total = 0;
    for (;;) {
        ssize_t got = TS_RETRY(read(fd, buffer, sizeof buffer));
        if (got == -EAGAIN || got == 0) return total;
        if (got < 0) return (int)got;
        for (char *next = buffer; next < buffer + got;) {
            const struct inotify_event *event = (const void *)next;
            next += sizeof *event + event->len;
            total++;
            int lost = event->mask & IN_Q_OVERFLOW;
            entry(context, lost ? -1 : event->wd, event->len ? event->name : "");
        }
    }
}
