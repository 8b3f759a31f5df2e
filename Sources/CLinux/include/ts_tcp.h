// TCP sockets, all non-blocking.
#ifndef TURNSTONE_TS_TCP_H
#define TURNSTONE_TS_TCP_H

#include <stddef.h>
#include <stdint.h>

#include "ts_socket.h"

// Who may use the port of a listening socket beside it.
#define TS_TCP_ALONE 0
// Outgoing connections of this user, opened with `ts_tcp_connect`.
#define TS_TCP_SHARED 1
// Nobody later; now listeners on other addresses of the port, after `ts_tcp_set_shared`.
#define TS_TCP_BESIDE 2

// Binds and listens. EADDRINUSE when another socket listens there. `device` may be NULL.
int ts_tcp_listen(
    const struct ts_address *local, int backlog, int sharing, const char *device);
// Whether a listener with TS_TCP_BESIDE may be opened on an address that overlaps with this one.
int ts_tcp_set_shared(int fd, int on);
// Whose the socket is: those of different users are never shared. Needs CAP_CHOWN.
int ts_tcp_change_owner(int fd, uint32_t uid);
// The next connection and who made it. Errors that concern only that connection are skipped.
int ts_tcp_accept(int fd, struct ts_address *peer);
// Begins to connect from `local`, whose port a listener opened with TS_TCP_SHARED may hold.
int ts_tcp_connect(
    const struct ts_address *local, const struct ts_address *peer, const char *device);
// As above, from whatever address and port the system chooses.
int ts_tcp_connect_from_any(const struct ts_address *peer);
// 1 when the connection stands, 0 while it is being made, else why it failed.
int ts_tcp_connected(int fd);
int ts_peer_address(int fd, struct ts_address *out);

int ts_tcp_set_no_delay(int fd, int on);
// Bytes that may wait unsent before the socket counts as full.
int ts_tcp_set_not_sent_low_water(int fd, int bytes);
// Finds peers that vanished: probes after `idle` seconds without traffic, `count` of them every
// `interval` seconds; unacknowledged data ends the connection after the same time.
int ts_tcp_set_keep_alive(int fd, int idle, int interval, int count);
// Closes at once with a reset: nothing is sent any more, no TIME_WAIT remains.
int ts_tcp_reset(int fd);

#endif
