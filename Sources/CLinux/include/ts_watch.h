// Changes in directories (inotify).
#ifndef TURNSTONE_TS_WATCH_H
#define TURNSTONE_TS_WATCH_H

int ts_watch_open(void);
// Watches a directory for entries that come, go or were written; returns its number.
int ts_watch_add(int fd, const char *directory);
int ts_watch_remove(int fd, int number);
// Takes all notices. `entry` gets the number of the directory and the name in it; number -1 when
// notices were lost, name "" when the directory itself is gone. Returns how many there were.
int ts_watch_drain(int fd, void (*entry)(void *, int, const char *), void *context);

#endif
