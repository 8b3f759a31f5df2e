// Sockets: open, options, addresses, error queue.
#ifndef TURNSTONE_TS_SOCKET_H
#define TURNSTONE_TS_SOCKET_H

#include <stddef.h>
#include <stdint.h>

// An address and a port in host order; family is 4 or 6. IPv4 sits in the low 32 bits of `low`.
struct ts_address {
    uint64_t high;
    uint64_t low;
    uint16_t port;
    uint8_t family;
};

int ts_close(int fd);

// What a UDP socket is opened with. Zero means: leave the kernel's default.
struct ts_udp_options {
    const char *device;        // SO_BINDTODEVICE, or NULL
    int32_t receiveBuffer;     // bytes
    int32_t sendBuffer;        // bytes
    uint8_t reusePort;
    uint8_t reportErrors;      // IP_RECVERR: ICMP errors land in the error queue
    uint8_t merge;             // UDP_GRO
    uint8_t typeOfService;     // deliver the TOS byte of each packet
};

// Opens and binds a non-blocking UDP socket. IPv6 sockets take IPv6 only; DF is never set.
int ts_udp_open(const struct ts_address *local, const struct ts_udp_options *options);
int ts_udp_set_merge(int fd, int on);
int ts_udp_set_dont_fragment(int fd, int family, int on);
// Bytes the kernel grants for `receive` (1) or send (0) buffers, as it counts them: payload and
// bookkeeping, so half of what SO_RCVBUF reads.
int ts_socket_buffer(int fd, int receive);
int ts_socket_set_buffer(int fd, int receive, int bytes);
// Packets lost because the receive buffer was full, since the socket was opened (32-bit counter).
int ts_socket_drops(int fd, uint32_t *drops);
// The same counter as a control message of a received packet tells it; for tests.
int ts_socket_overflow_by_message(int fd, uint32_t *drops);
int ts_socket_set_overflow_messages(int fd, int on);

int ts_local_address(int fd, struct ts_address *out);
int ts_connect(int fd, const struct ts_address *peer);
int64_t ts_send_to(int fd, const void *bytes, size_t count, const struct ts_address *peer);
int64_t ts_receive_from(int fd, void *bytes, size_t count, struct ts_address *peer);

// One entry of the error queue.
struct ts_socket_error {
    struct ts_address peer;      // where the packet that failed was sent to
    struct ts_address offender;  // who reported it; family 0 when unknown
    uint32_t info;               // MTU for "too big"
    int32_t error;               // what a send would have returned
    uint8_t origin;              // TS_ORIGIN_*
    uint8_t type;                // of the ICMP or ICMPv6 message
    uint8_t code;
};
#define TS_ORIGIN_LOCAL 1
#define TS_ORIGIN_ICMP 2
#define TS_ORIGIN_ICMP6 3

// Takes one entry: 1 when there was one, 0 when the queue is empty.
int ts_socket_next_error(int fd, struct ts_socket_error *out);

// The address that packets to `peer` would leave from.
int ts_source_address(const struct ts_address *peer, struct ts_address *out);

// The addresses of a host name, in the order in which to try them; blocks for as long as name
// servers take. How many there are, at most `capacity`; 0 when there is none, with the reason in
// `reason`, which is a constant.
int ts_resolve(
    const char *host, uint16_t port, struct ts_address *out, int capacity, const char **reason);

#endif
