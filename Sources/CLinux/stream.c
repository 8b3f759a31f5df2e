#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal.h"

// Fills `name` and returns its length, or -ENAMETOOLONG.
static int unix_name(struct sockaddr_un *name, const char *path) {
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof name->sun_path) return -ENAMETOOLONG;
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(name->sun_path, path, length);
    if (path[0] == '@') {
        name->sun_path[0] = 0;
        return (int)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    return sizeof *name;
}

static int somebody_listens(const struct sockaddr_un *name, int length) {
    int fd = TS_RETRY(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd < 0) return 1;
    int error = TS_RETRY(connect(fd, (const struct sockaddr *)name, (socklen_t)length));
    ts_close(fd);
    return error != -ECONNREFUSED;
}

static int bind_node(int fd, const char *path, uint32_t mode) {
    struct sockaddr_un name;
    int length = unix_name(&name, path);
    if (length < 0) return length;
    // The node inherits the mode of the socket, so it is never more open than it should be.
    if (fchmod(fd, mode) < 0) return -errno;
    int error = TS_RETRY(bind(fd, (const struct sockaddr *)&name, (socklen_t)length));
    if (error == -EADDRINUSE && path[0] != '@' && !somebody_listens(&name, length)) {
        struct stat status;
        if (lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode)) return -EADDRINUSE;
        if (unlink(path) < 0) return -errno;
        error = TS_RETRY(bind(fd, (const struct sockaddr *)&name, (socklen_t)length));
    }
    if (error < 0) return error;
    // The umask may have taken bits away.
    return path[0] != '@' && chmod(path, mode) < 0 ? -errno : 0;
}

int ts_unix_listen(const char *path, int backlog, uint32_t mode) {
    int fd = TS_RETRY(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd < 0) return fd;
    int error = bind_node(fd, path, mode);
    if (error == 0) error = TS_RETRY(listen(fd, backlog));
    if (error == 0) return fd;
    ts_close(fd);
    return error;
}

static int set_timeouts(int fd, int milliseconds) {
    struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0) return -errno;
    return 0;
}

int ts_unix_connect(const char *path, int milliseconds) {
    struct sockaddr_un name;
    int length = unix_name(&name, path);
    if (length < 0) return length;
    int fd = TS_RETRY(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    int error = set_timeouts(fd, milliseconds);
    if (error == 0) {
        error = TS_RETRY(connect(fd, (const struct sockaddr *)&name, (socklen_t)length));
    }
    if (error == 0) return fd;
    ts_close(fd);
    return error;
}

int ts_unix_pair(int32_t fds[2]) {
    int pair[2];
    int error = TS_RETRY(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
    if (error < 0) return error;
    fds[0] = pair[0];
    fds[1] = pair[1];
    return 0;
}

int ts_accept(int fd) {
    int result;
    do {
        // A connection that was gone before we came is nobody's error.
        result = TS_RETRY(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
    } while (result == -ECONNABORTED);
    return result;
}

int ts_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    int error = TS_RETRY(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
    if (error < 0) return error;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

int ts_peer_groups(int fd, uint32_t *groups, int room) {
    _Static_assert(sizeof(gid_t) == sizeof(uint32_t), "groups are copied as they are");
    socklen_t length = (socklen_t)room * sizeof *groups;
    int error = TS_RETRY(getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length));
    return error < 0 ? error : (int)(length / sizeof *groups);
}

int ts_unix_send_datagram(const char *path, const void *bytes, size_t count) {
    struct sockaddr_un name;
    int length = unix_name(&name, path);
    if (length < 0) return length;
    int fd = TS_RETRY(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    ssize_t sent = TS_RETRY(sendto(
        fd, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)&name, (socklen_t)length));
    ts_close(fd);
    return sent < 0 ? (int)sent : 0;
}

int ts_unix_datagram(const char *path) {
    struct sockaddr_un name;
    int length = unix_name(&name, path);
    if (length < 0) return length;
    int fd = TS_RETRY(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd < 0) return fd;
    int error = TS_RETRY(connect(fd, (const struct sockaddr *)&name, (socklen_t)length));
    if (error == 0) return fd;
    ts_close(fd);
    return error;
}

int64_t ts_read(int fd, void *bytes, size_t count) { return TS_RETRY(read(fd, bytes, count)); }

int64_t ts_socket_write(int fd, const void *bytes, size_t count) {
    return TS_RETRY(send(fd, bytes, count, MSG_NOSIGNAL));
}

int64_t ts_write(int fd, const void *bytes, size_t count) {
    return TS_RETRY(write(fd, bytes, count));
}

int ts_shutdown_write(int fd) { return TS_RETRY(shutdown(fd, SHUT_WR)); }
