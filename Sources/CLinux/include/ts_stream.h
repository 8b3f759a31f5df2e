// Unix stream sockets, plain reads and writes, datagrams to a service manager.
#ifndef TURNSTONE_TS_STREAM_H
#define TURNSTONE_TS_STREAM_H

#include <stddef.h>
#include <stdint.h>

// Binds and listens; the node gets exactly `mode`. A node that nobody listens on is replaced, one
// that somebody does gives EADDRINUSE.
int ts_unix_listen(const char *path, int backlog, uint32_t mode);
// A blocking connection whose reads and writes fail with EAGAIN after `milliseconds`.
int ts_unix_connect(const char *path, int milliseconds);
// A connected non-blocking pair.
int ts_unix_pair(int32_t fds[2]);
int ts_accept(int fd);
int ts_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid);
// Fills in the supplementary groups of the peer and returns how many; -ERANGE for more than `room`.
int ts_peer_groups(int fd, uint32_t *groups, int room);
// One datagram; a leading '@' names the abstract space.
int ts_unix_send_datagram(const char *path, const void *bytes, size_t count);
// A non-blocking datagram socket that is connected to whoever listens there.
int ts_unix_datagram(const char *path);

int64_t ts_read(int fd, void *bytes, size_t count);
// Never raises SIGPIPE on sockets.
int64_t ts_socket_write(int fd, const void *bytes, size_t count);
int64_t ts_write(int fd, const void *bytes, size_t count);
int ts_shutdown_write(int fd);

#endif
