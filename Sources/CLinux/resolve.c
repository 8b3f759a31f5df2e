#define _GNU_SOURCE
#include <netdb.h>
#include <stddef.h>
#include <string.h>

#include "internal.h"

// Without AI_ADDRCONFIG, which would hide `localhost` from a machine without any other address.
static const struct addrinfo wanted = {
    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};

int ts_resolve(
    const char *host, uint16_t port, struct ts_address *out, int capacity, const char **reason) {
    struct addrinfo *list = NULL;
    int result = getaddrinfo(host, NULL, &wanted, &list);
    if (result != 0) {
        *reason = result == EAI_SYSTEM ? strerrordesc_np(errno) : gai_strerror(result);
        return 0;
    }
    int count = 0;
    for (const struct addrinfo *entry = list; entry && count < capacity; entry = entry->ai_next) {
        ts_name_read((const union ts_name *)entry->ai_addr, &out[count]);
        if (out[count].family == 0) continue;
        out[count++].port = port;
    }
    freeaddrinfo(list);
    if (count == 0) *reason = "no address of the internet families";
    return count;
}
