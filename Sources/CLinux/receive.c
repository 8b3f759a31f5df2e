#define _GNU_SOURCE
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

// Room for UDP_GRO and the type of service, an int each.
enum { CONTROL_SIZE = 2 * CMSG_SPACE(sizeof(int)) };

// Slots do not begin at equal offsets of a page, or the first lines of all packets would fight for
// the same few sets of the first-level cache: each begins 19 lines (1216 bytes) further.
enum { SLOT_SKEW = 1216 };

// How often one call may run into an error that an earlier packet left on the socket.
enum { PENDING_ERRORS_MAX = 4 };

struct control {
    _Alignas(struct cmsghdr) char bytes[CONTROL_SIZE];
};

struct ts_receiver {
    uint8_t *arena;
    size_t arenaSize;
    struct ts_received *packets;
    struct mmsghdr *messages;
    struct iovec *vectors;
    union ts_name *names;
    struct control *controls;
    uint32_t slots;
    uint32_t slotSize;
    uint32_t stride;
    uint32_t count;
    struct ts_receive_counters counters;
};

static void prepare_slots(struct ts_receiver *r) {
    for (uint32_t i = 0; i < r->slots; i++) {
        r->vectors[i] = (struct iovec){r->arena + (size_t)i * r->stride, r->slotSize};
        r->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &r->names[i], .msg_iov = &r->vectors[i], .msg_iovlen = 1,
            .msg_control = r->controls[i].bytes};
    }
}

struct ts_receiver *ts_receiver_create(uint32_t slots, uint32_t slotSize) {
    struct ts_receiver *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->slots = slots;
    r->slotSize = slotSize;
    r->stride = ((slotSize + 63) & ~63u) + SLOT_SKEW;
    r->arenaSize = (size_t)slots * r->stride;
    // Pages that no packet ever reached stay without memory behind them.
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *arena = mmap(NULL, r->arenaSize, PROT_READ | PROT_WRITE, flags, -1, 0);
    r->arena = arena == MAP_FAILED ? NULL : arena;
    r->packets = calloc(slots, sizeof *r->packets);
    r->messages = calloc(slots, sizeof *r->messages);
    r->vectors = calloc(slots, sizeof *r->vectors);
    r->names = calloc(slots, sizeof *r->names);
    r->controls = calloc(slots, sizeof *r->controls);
    if (!r->arena || !r->packets || !r->messages || !r->vectors || !r->names || !r->controls) {
        ts_receiver_destroy(r);
        return NULL;
    }
    prepare_slots(r);
    return r;
}

void ts_receiver_destroy(struct ts_receiver *r) {
    if (!r) return;
    if (r->arena) munmap(r->arena, r->arenaSize);
    free(r->packets);
    free(r->messages);
    free(r->vectors);
    free(r->names);
    free(r->controls);
    free(r);
}

void *ts_receiver_arena(const struct ts_receiver *r) { return r->arena; }
size_t ts_receiver_arena_size(const struct ts_receiver *r) { return r->arenaSize; }
struct ts_received *ts_receiver_packets(const struct ts_receiver *r) { return r->packets; }
uint32_t ts_receiver_count(const struct ts_receiver *r) { return r->count; }
void ts_receiver_clear(struct ts_receiver *r) { r->count = 0; }
void ts_receiver_counters(const struct ts_receiver *r, struct ts_receive_counters *out) {
    *out = r->counters;
}

static int is_programmer_error(int error) {
    return error == EBADF || error == EFAULT || error == ENOTSOCK || error == EINVAL;
}

// What to do after a failed receive. 0: the socket is empty or broken for now, go on to the next;
// 1: an error of an earlier packet was taken off the socket, ask again; negative: -errno.
static int after_failure(struct ts_receiver *r, int error, int attempt) {
    if (error == EAGAIN) return 0;
    if (is_programmer_error(error)) return -error;
    r->counters.pendingErrors++;
    r->counters.lastError = error;
    return attempt < PENDING_ERRORS_MAX;
}

static void fill_address(struct ts_received *packet, const union ts_name *name) {
    if (name->any.sa_family == AF_INET) {
        packet->family = 4;
        packet->addressHigh = 0;
        packet->addressLow = ntohl(name->v4.sin_addr.s_addr);
        packet->port = ntohs(name->v4.sin_port);
    } else {
        packet->family = 6;
        packet->addressHigh = ts_load64(name->v6.sin6_addr.s6_addr);
        packet->addressLow = ts_load64(name->v6.sin6_addr.s6_addr + 8);
        packet->port = ntohs(name->v6.sin6_port);
    }
}

static void fill_control(struct ts_received *packet, struct msghdr *message) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(c), sizeof size);
            // The kernel names the size of a lone datagram as well; only a real merge counts.
            if (size > 0 && (uint32_t)size < packet->payloadLength) packet->segmentSize = size;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            packet->typeOfService = *CMSG_DATA(c);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
            int value;
            memcpy(&value, CMSG_DATA(c), sizeof value);
            packet->typeOfService = (uint8_t)value;
        }
    }
}

static void fill(struct ts_receiver *r, uint32_t slot, uint32_t tag, uint32_t length, int flags) {
    struct ts_received *packet = &r->packets[slot];
    fill_address(packet, &r->names[slot]);
    packet->payloadOffset = slot * r->stride;
    packet->payloadLength = length < r->slotSize ? length : r->slotSize;
    packet->segmentSize = 0;
    packet->tag = tag;
    packet->typeOfService = 0;
    packet->flags = flags & MSG_TRUNC ? TS_RECEIVED_TRUNCATED : 0;
}

int ts_receive(struct ts_receiver *r, int fd, uint32_t tag, uint32_t max) {
    uint32_t first = r->count;
    if (max > r->slots - first) max = r->slots - first;
    if (max == 0) return 0;
    for (uint32_t i = first; i < first + max; i++) {
        r->messages[i].msg_hdr.msg_namelen = sizeof(union ts_name);
        r->messages[i].msg_hdr.msg_controllen = CONTROL_SIZE;
    }
    int got;
    for (int attempt = 1;; attempt++) {
        r->counters.calls++;
        got = TS_RETRY(recvmmsg(fd, r->messages + first, max, MSG_DONTWAIT, NULL));
        if (got >= 0) break;
        int verdict = after_failure(r, -got, attempt);
        if (verdict <= 0) return verdict;
    }
    for (uint32_t i = first; i < first + (uint32_t)got; i++) {
        struct mmsghdr *message = &r->messages[i];
        fill(r, i, tag, message->msg_len, message->msg_hdr.msg_flags);
        if (message->msg_hdr.msg_controllen) fill_control(&r->packets[i], &message->msg_hdr);
    }
    r->count += (uint32_t)got;
    return got;
}

// One datagram without control messages: the cheapest receive call there is.
static int receive_plain(struct ts_receiver *r, int fd, uint32_t tag) {
    uint32_t slot = r->count;
    for (int attempt = 1;; attempt++) {
        socklen_t length = sizeof(union ts_name);
        r->counters.calls++;
        ssize_t got = TS_RETRY(recvfrom(
            fd, r->vectors[slot].iov_base, r->slotSize, MSG_DONTWAIT | MSG_TRUNC,
            &r->names[slot].any, &length));
        if (got >= 0) {
            fill(r, slot, tag, (uint32_t)got, got > r->slotSize ? MSG_TRUNC : 0);
            r->count = slot + 1;
            return 1;
        }
        int verdict = after_failure(r, (int)-got, attempt);
        if (verdict <= 0) return verdict;
    }
}

static int receive_with_control(struct ts_receiver *r, int fd, uint32_t tag) {
    uint32_t slot = r->count;
    struct msghdr *message = &r->messages[slot].msg_hdr;
    for (int attempt = 1;; attempt++) {
        message->msg_namelen = sizeof(union ts_name);
        message->msg_controllen = CONTROL_SIZE;
        r->counters.calls++;
        ssize_t got = TS_RETRY(recvmsg(fd, message, MSG_DONTWAIT));
        if (got >= 0) {
            fill(r, slot, tag, (uint32_t)got, message->msg_flags);
            if (message->msg_controllen) fill_control(&r->packets[slot], message);
            r->count = slot + 1;
            return 1;
        }
        int verdict = after_failure(r, (int)-got, attempt);
        if (verdict <= 0) return verdict;
    }
}

int ts_receive_ready(struct ts_receiver *r, struct ts_ready *ready, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (r->count == r->slots) return (int)i;
        struct ts_ready *one = &ready[i];
        int got;
        if (one->burst > 1) {
            got = ts_receive(r, one->socket, one->tag, one->burst);
        } else if (one->flags & TS_READY_CONTROL) {
            got = receive_with_control(r, one->socket, one->tag);
        } else {
            got = receive_plain(r, one->socket, one->tag);
        }
        if (got < 0) return got;
        one->received = (uint16_t)got;
    }
    return (int)count;
}
