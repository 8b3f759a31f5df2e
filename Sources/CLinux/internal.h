// Shared by the shim's own files; not visible to Swift.
#ifndef TURNSTONE_CLINUX_INTERNAL_H
#define TURNSTONE_CLINUX_INTERNAL_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "clinux.h"

// The value of a system call, or its negative error number; repeats while a signal interrupts.
#define TS_RETRY(call)                                                                            \
    ({                                                                                            \
        __typeof__(call) ts_value;                                                                \
        do {                                                                                      \
            ts_value = (call);                                                                    \
        } while (ts_value < 0 && errno == EINTR);                                                 \
        ts_value < 0 ? -(__typeof__(call))errno : ts_value;                                       \
    })

union ts_name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static inline uint64_t ts_load64(const uint8_t *bytes) {
    uint64_t value;
    __builtin_memcpy(&value, bytes, sizeof value);
    return __builtin_bswap64(value);
}

static inline void ts_store64(uint8_t *bytes, uint64_t value) {
    value = __builtin_bswap64(value);
    __builtin_memcpy(bytes, &value, sizeof value);
}

// Fills `name` and returns its length.
static inline socklen_t ts_name_make(
    union ts_name *name, uint8_t family, uint64_t high, uint64_t low, uint16_t port) {
    if (family == 4) {
        name->v4 = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons(port),
            .sin_addr.s_addr = htonl((uint32_t)low)};
        return sizeof name->v4;
    }
    name->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    ts_store64(name->v6.sin6_addr.s6_addr, high);
    ts_store64(name->v6.sin6_addr.s6_addr + 8, low);
    return sizeof name->v6;
}

static inline socklen_t ts_name_from(union ts_name *name, const struct ts_address *address) {
    return ts_name_make(name, address->family, address->high, address->low, address->port);
}

// Family 0 when the name is of neither internet family.
static inline void ts_name_read(const union ts_name *name, struct ts_address *out) {
    *out = (struct ts_address){0};
    if (name->any.sa_family == AF_INET) {
        out->family = 4;
        out->low = ntohl(name->v4.sin_addr.s_addr);
        out->port = ntohs(name->v4.sin_port);
    } else if (name->any.sa_family == AF_INET6) {
        out->family = 6;
        out->high = ts_load64(name->v6.sin6_addr.s6_addr);
        out->low = ts_load64(name->v6.sin6_addr.s6_addr + 8);
        out->port = ntohs(name->v6.sin6_port);
    }
}

#endif
