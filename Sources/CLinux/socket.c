#define _GNU_SOURCE
#include <time.h>

#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <linux/udp.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

// linux/udp.h clashes with netinet/udp.h on these two, older headers lack them.
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

static int set_option(int fd, int level, int name, int value) {
    return TS_RETRY(setsockopt(fd, level, name, &value, sizeof value));
}

int ts_close(int fd) {
    // Linux frees the descriptor even when close is interrupted: repeating could close another.
    return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

int ts_udp_set_merge(int fd, int on) { return set_option(fd, IPPROTO_UDP, UDP_GRO, on); }

int ts_udp_set_dont_fragment(int fd, int family, int on) {
    // PROBE sets DF but does not believe cached path MTUs, which anyone may have spoofed: the
    // network answers each oversized packet itself, and that answer reaches the client.
    if (family == 4) {
        int value = on ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;
        return set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, value);
    }
    int value = on ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_DONT;
    return set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, value);
}

int ts_socket_set_buffer(int fd, int receive, int bytes) {
    // The FORCE option ignores the system's limit but needs CAP_NET_ADMIN.
    int error = set_option(fd, SOL_SOCKET, receive ? SO_RCVBUFFORCE : SO_SNDBUFFORCE, bytes);
    if (error != -EPERM) return error;
    return set_option(fd, SOL_SOCKET, receive ? SO_RCVBUF : SO_SNDBUF, bytes);
}

int ts_socket_buffer(int fd, int receive) {
    int value = 0;
    socklen_t length = sizeof value;
    int error = TS_RETRY(
        getsockopt(fd, SOL_SOCKET, receive ? SO_RCVBUF : SO_SNDBUF, &value, &length));
    return error < 0 ? error : value / 2;
}

static int set_family_options(int fd, int family, const struct ts_udp_options *options) {
    int error = 0;
    if (family == 6) error = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (error == 0) error = ts_udp_set_dont_fragment(fd, family, 0);
    if (error == 0 && options->reportErrors) {
        error = family == 4 ? set_option(fd, IPPROTO_IP, IP_RECVERR, 1)
                            : set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    }
    if (error == 0 && options->typeOfService) {
        error = family == 4 ? set_option(fd, IPPROTO_IP, IP_RECVTOS, 1)
                            : set_option(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    }
    return error;
}

static int set_options(int fd, const struct ts_udp_options *options) {
    int error = 0;
    if (options->reusePort) error = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error == 0 && options->merge) error = ts_udp_set_merge(fd, 1);
    if (error == 0 && options->device) {
        error = TS_RETRY(setsockopt(
            fd, SOL_SOCKET, SO_BINDTODEVICE, options->device, strlen(options->device) + 1));
    }
    if (error == 0 && options->receiveBuffer) {
        error = ts_socket_set_buffer(fd, 1, options->receiveBuffer);
    }
    if (error == 0 && options->sendBuffer) error = ts_socket_set_buffer(fd, 0, options->sendBuffer);
    return error;
}

int ts_udp_open(const struct ts_address *local, const struct ts_udp_options *options) {
    int domain = local->family == 4 ? AF_INET : AF_INET6;
    int fd = TS_RETRY(socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    int error = set_family_options(fd, local->family, options);
    if (error == 0) error = set_options(fd, options);
    if (error == 0) {
        union ts_name name;
        socklen_t length = ts_name_from(&name, local);
        error = TS_RETRY(bind(fd, &name.any, length));
    }
    if (error == 0) return fd;
    ts_close(fd);
    return error;
}

int ts_socket_drops(int fd, uint32_t *drops) {
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof values;
    int error = TS_RETRY(getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &length));
    *drops = values[SK_MEMINFO_DROPS];
    return error;
}

int ts_socket_set_overflow_messages(int fd, int on) {
    return set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, on);
}

int ts_socket_overflow_by_message(int fd, uint32_t *drops) {
    char byte;
    struct iovec vector = {&byte, 1};
    _Alignas(struct cmsghdr) char control[64];
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
        .msg_controllen = sizeof control};
    ssize_t got = TS_RETRY(recvmsg(fd, &message, MSG_DONTWAIT));
    if (got < 0) return (int)got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL) continue;
        memcpy(drops, CMSG_DATA(c), sizeof *drops);
        return 1;
    }
    return 0;
}

int ts_local_address(int fd, struct ts_address *out) {
    union ts_name name = {0};
    socklen_t length = sizeof name;
    int error = TS_RETRY(getsockname(fd, &name.any, &length));
    ts_name_read(&name, out);
    return error;
}

int ts_connect(int fd, const struct ts_address *peer) {
    union ts_name name;
    socklen_t length = ts_name_from(&name, peer);
    return TS_RETRY(connect(fd, &name.any, length));
}

int64_t ts_send_to(int fd, const void *bytes, size_t count, const struct ts_address *peer) {
    union ts_name name;
    socklen_t length = ts_name_from(&name, peer);
    return TS_RETRY(sendto(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, &name.any, length));
}

int64_t ts_receive_from(int fd, void *bytes, size_t count, struct ts_address *peer) {
    union ts_name name = {0};
    socklen_t length = sizeof name;
    int64_t got = TS_RETRY(recvfrom(fd, bytes, count, MSG_DONTWAIT, &name.any, &length));
    ts_name_read(&name, peer);
    return got;
}

static void read_extended_error(
    const struct sock_extended_err *error, struct ts_socket_error *out) {
    out->info = error->ee_info;
    out->error = (int32_t)error->ee_errno;
    out->origin = error->ee_origin;
    out->type = error->ee_type;
    out->code = error->ee_code;
    ts_name_read((const union ts_name *)SO_EE_OFFENDER(error), &out->offender);
}

int ts_socket_next_error(int fd, struct ts_socket_error *out) {
    _Static_assert(TS_ORIGIN_LOCAL == SO_EE_ORIGIN_LOCAL, "errqueue.h");
    _Static_assert(TS_ORIGIN_ICMP == SO_EE_ORIGIN_ICMP, "errqueue.h");
    _Static_assert(TS_ORIGIN_ICMP6 == SO_EE_ORIGIN_ICMP6, "errqueue.h");
    union ts_name name = {0};
    _Alignas(struct cmsghdr) char control[256];
    struct msghdr message = {
        .msg_name = &name, .msg_namelen = sizeof name, .msg_control = control,
        .msg_controllen = sizeof control};
    ssize_t got = TS_RETRY(recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT));
    if (got == -EAGAIN) return 0;
    if (got < 0) return (int)got;
    *out = (struct ts_socket_error){0};
    ts_name_read(&name, &out->peer);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        int v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
        int v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
        if (v4 || v6) read_extended_error((const void *)CMSG_DATA(c), out);
    }
    return 1;
}

int ts_source_address(const struct ts_address *peer, struct ts_address *out) {
    int domain = peer->family == 4 ? AF_INET : AF_INET6;
    int fd = TS_RETRY(socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    // Connecting a UDP socket sends nothing: it only asks the routing table.
    int error = ts_connect(fd, peer);
    if (error == 0) error = ts_local_address(fd, out);
    ts_close(fd);
    return error;
}
