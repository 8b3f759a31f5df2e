#define _GNU_SOURCE
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static int set_option(int fd, int level, int name, int value) {
    return TS_RETRY(setsockopt(fd, level, name, &value, sizeof value));
}

// A socket bound to `local`. REUSEADDR lets a port be bound again whose old connections linger in
// TIME_WAIT, and still refuses one that somebody listens on.
static int open_bound(const struct ts_address *local, int shared, const char *device) {
    int domain = local->family == 4 ? AF_INET : AF_INET6;
    int fd = TS_RETRY(socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    int error = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (error == 0 && shared) error = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error == 0 && local->family == 6) error = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (error == 0 && device) {
        error = TS_RETRY(
            setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device) + 1));
    }
    if (error == 0) {
        union ts_name name;
        socklen_t length = ts_name_from(&name, local);
        error = TS_RETRY(bind(fd, &name.any, length));
    }
    if (error == 0) return fd;
    ts_close(fd);
    return error;
}

int ts_tcp_listen(
    const struct ts_address *local, int backlog, int sharing, const char *device) {
    int fd = open_bound(local, sharing == TS_TCP_BESIDE, device);
    if (fd < 0) return fd;
    int error = TS_RETRY(listen(fd, backlog));
    // Only now: bound with REUSEPORT from the start, a second server of the same user would get
    // half of the connections and nobody would be told. Later binds look at the option as it is.
    if (error == 0 && sharing != TS_TCP_ALONE) {
        error = ts_tcp_set_shared(fd, sharing == TS_TCP_SHARED);
    }
    if (error == 0) return fd;
    ts_close(fd);
    return error;
}

int ts_tcp_set_shared(int fd, int on) {
    return set_option(fd, SOL_SOCKET, SO_REUSEPORT, on);
}

int ts_tcp_change_owner(int fd, uint32_t uid) {
    return TS_RETRY(fchown(fd, uid, (gid_t)-1));
}

// What accept(2) says to treat like "none is there": the network failed one connection.
static int concerns_one_connection(int error) {
    switch (-error) {
        case ECONNABORTED:
        case EPROTO:
        case ENOPROTOOPT:
        case ENETDOWN:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case ENETUNREACH:
            return 1;
        default:
            return 0;
    }
}

int ts_tcp_accept(int fd, struct ts_address *peer) {
    union ts_name name;
    int result;
    do {
        name = (union ts_name){0};
        socklen_t length = sizeof name;
        result = TS_RETRY(accept4(fd, &name.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    } while (result < 0 && concerns_one_connection(result));
    ts_name_read(&name, peer);
    return result;
}

int ts_tcp_connect(
    const struct ts_address *local, const struct ts_address *peer, const char *device) {
    int fd = open_bound(local, 1, device);
    if (fd < 0) return fd;
    int error = ts_connect(fd, peer);
    if (error == 0 || error == -EINPROGRESS) return fd;
    ts_close(fd);
    return error;
}

int ts_tcp_connect_from_any(const struct ts_address *peer) {
    int domain = peer->family == 4 ? AF_INET : AF_INET6;
    int fd = TS_RETRY(socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    int error = ts_connect(fd, peer);
    if (error == 0 || error == -EINPROGRESS) return fd;
    ts_close(fd);
    return error;
}

// As a positive number; 0 for none.
static int pending_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    int failed = TS_RETRY(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
    return failed < 0 ? failed : error;
}

int ts_tcp_connected(int fd) {
    int error = pending_error(fd);
    if (error != 0) return error < 0 ? error : -error;
    struct ts_address peer;
    error = ts_peer_address(fd, &peer);
    if (error == -ENOTCONN) return 0;
    return error < 0 ? error : 1;
}

int ts_peer_address(int fd, struct ts_address *out) {
    union ts_name name = {0};
    socklen_t length = sizeof name;
    int error = TS_RETRY(getpeername(fd, &name.any, &length));
    ts_name_read(&name, out);
    return error;
}

int ts_tcp_set_no_delay(int fd, int on) { return set_option(fd, IPPROTO_TCP, TCP_NODELAY, on); }

int ts_tcp_set_not_sent_low_water(int fd, int bytes) {
    return set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
}

int ts_tcp_set_keep_alive(int fd, int idle, int interval, int count) {
    int error = set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (error == 0) error = set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle);
    if (error == 0) error = set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval);
    if (error == 0) error = set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
    if (error != 0) return error;
    int milliseconds = 1000 * (idle + interval * count);
    return set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds);
}

int ts_tcp_reset(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    int error = TS_RETRY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    int closed = ts_close(fd);
    return error < 0 ? error : closed;
}
