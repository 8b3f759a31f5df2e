#define _GNU_SOURCE
#include <linux/udp.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    MESSAGES_MAX = 128,  // of one sendmmsg; larger batches gained nothing
    SEGMENTS_MAX = 64,   // the kernel's limit for one UDP_SEGMENT send before 6.11
    PARTS = 3,           // of a datagram: header, payload, padding
    VECTORS_MAX = MESSAGES_MAX * PARTS + SEGMENTS_MAX * PARTS,
    STREAM_VECTORS_MAX = 384,  // 128 frames in one send to a stream
};

struct segment_control {
    _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(uint16_t))];
};

// Messages being built for one system call.
struct outbox {
    struct mmsghdr messages[MESSAGES_MAX];
    struct iovec vectors[VECTORS_MAX];
    union ts_name names[MESSAGES_MAX];
    struct segment_control controls[MESSAGES_MAX];
    uint32_t messageCount;
    uint32_t vectorCount;
};

struct ts_sender {
    struct outbox groups;   // one message per group
    struct outbox singles;  // one message per segment of one group
};

// The arguments of ts_send, handed down.
struct job {
    struct ts_group *groups;
    const struct ts_segment *segments;
    const uint8_t *headers;
    const uint8_t *payloads;
    struct ts_send_totals *totals;
};

static const uint8_t zeros[4];

struct ts_sender *ts_sender_create(void) {
    struct ts_sender *sender = calloc(1, sizeof *sender);
    if (!sender) return NULL;
    for (int i = 0; i < MESSAGES_MAX; i++) {
        struct cmsghdr *control = (struct cmsghdr *)sender->groups.controls[i].bytes;
        control->cmsg_level = IPPROTO_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    }
    return sender;
}

void ts_sender_destroy(struct ts_sender *sender) { free(sender); }

// Writes up to PARTS vectors and returns the place behind them.
static struct iovec *put_segment(
    struct iovec *vector, const struct ts_segment *segment, const uint8_t *headers,
    const uint8_t *payloads) {
    if (segment->headerLength) {
        *vector++ = (struct iovec){
            (void *)(headers + segment->headerOffset), segment->headerLength};
    }
    if (segment->payloadLength) {
        *vector++ = (struct iovec){
            (void *)(payloads + segment->payloadOffset), segment->payloadLength};
    }
    if (segment->padding) {
        *vector++ = (struct iovec){
            (void *)zeros, segment->padding < sizeof zeros ? segment->padding : sizeof zeros};
    }
    return vector;
}

static void add_segment(
    struct outbox *box, const struct job *job, const struct ts_segment *segment) {
    struct iovec *vector = &box->vectors[box->vectorCount];
    struct iovec *end = put_segment(vector, segment, job->headers, job->payloads);
    box->vectorCount += (uint32_t)(end - vector);
}

int64_t ts_stream_send(
    int fd, const struct ts_segment *segments, uint32_t first, const void *headers,
    const void *payloads) {
    struct iovec vectors[STREAM_VECTORS_MAX];
    struct iovec *end = vectors;
    for (uint32_t i = first; i != TS_NO_SEGMENT; i = segments[i].next) {
        if (end - vectors > STREAM_VECTORS_MAX - PARTS) break;
        end = put_segment(end, &segments[i], headers, payloads);
    }
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)(end - vectors)};
    return TS_RETRY(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

// Begins a message to the group's destination; its vectors follow.
static struct msghdr *add_message(struct outbox *box, const struct ts_group *group) {
    uint32_t index = box->messageCount++;
    union ts_name *name = &box->names[index];
    socklen_t length = ts_name_make(
        name, group->family, group->addressHigh, group->addressLow, group->port);
    struct msghdr *message = &box->messages[index].msg_hdr;
    *message = (struct msghdr){
        .msg_name = name, .msg_namelen = length, .msg_iov = &box->vectors[box->vectorCount]};
    return message;
}

static void add_group(struct outbox *box, const struct job *job, const struct ts_group *group) {
    struct msghdr *message = add_message(box, group);
    uint32_t before = box->vectorCount;
    uint32_t index = group->first;
    for (uint32_t i = 0; i < group->count; i++) {
        add_segment(box, job, &job->segments[index]);
        index = job->segments[index].next;
    }
    message->msg_iovlen = box->vectorCount - before;
    if (group->count > 1) {
        struct segment_control *control = &box->controls[box->messageCount - 1];
        uint16_t size = (uint16_t)group->segmentSize;
        memcpy(CMSG_DATA((struct cmsghdr *)control->bytes), &size, sizeof size);
        message->msg_control = control->bytes;
        message->msg_controllen = sizeof control->bytes;
    }
}

static int is_programmer_error(int error) {
    return error == EBADF || error == EFAULT || error == ENOTSOCK;
}

static void count_drop(struct ts_send_totals *totals, int error, uint32_t datagrams) {
    totals->lastError = error;
    switch (error) {
    case EAGAIN: case ENOBUFS: case ENOMEM: totals->droppedFull += datagrams; break;
    case EMSGSIZE: totals->droppedTooBig += datagrams; break;
    case EPERM: case EACCES: totals->droppedRefused += datagrams; break;
    default: totals->droppedOther += datagrams;
    }
    if (is_programmer_error(error)) totals->programError = error;
}

// Whether the error may be one that ICMP left on the socket for an earlier packet (IP_RECVERR):
// the kernel reports it instead of sending. A second attempt tells.
static int may_be_stale(int error) {
    switch (error) {
    case EAGAIN: case ENOBUFS: case ENOMEM: case EMSGSIZE: case EINVAL: case EIO: return 0;
    default: return !is_programmer_error(error);
    }
}

// One or more messages in one call. A lone plain datagram, which is what every relay socket sends
// when each flow has one packet, goes by sendto: it has no message header to copy and check.
static int send_messages(int fd, struct mmsghdr *messages, uint32_t count) {
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const struct msghdr *first = &messages->msg_hdr;
    if (count > 1 || first->msg_iovlen != 1 || first->msg_controllen)
        return TS_RETRY(sendmmsg(fd, messages, count, flags));
    ssize_t sent = TS_RETRY(sendto(
        fd, first->msg_iov->iov_base, first->msg_iov->iov_len, flags, first->msg_name,
        first->msg_namelen));
    return sent < 0 ? (int)sent : 1;
}

// Sends messages [from, messageCount) until one fails. Returns how many went; `error` is that of
// the message after them, 0 when all went.
static uint32_t push(
    struct outbox *box, int fd, uint32_t from, struct ts_send_totals *totals, int *error) {
    uint32_t done = from;
    int stale = 0;
    *error = 0;
    while (done < box->messageCount) {
        totals->calls++;
        int sent = send_messages(fd, box->messages + done, box->messageCount - done);
        if (sent > 0) {
            done += (uint32_t)sent;
            stale = 0;
        } else if (sent < 0 && !stale && may_be_stale(-sent)) {
            stale = 1;
        } else {
            *error = sent < 0 ? -sent : EIO;
            break;
        }
    }
    return done - from;
}

static uint32_t segment_bytes(const struct ts_segment *segment) {
    return segment->headerLength + segment->payloadLength + segment->padding;
}

// Sends each segment of the group as a datagram of its own.
static void send_singly(struct outbox *box, const struct job *job, struct ts_group *group) {
    struct ts_send_totals *totals = job->totals;
    uint32_t index = group->first;
    uint32_t remaining = group->count;
    group->result = 0;
    int failure = 0;
    while (remaining) {
        uint32_t batch = remaining < MESSAGES_MAX ? remaining : MESSAGES_MAX;
        uint32_t sizes[MESSAGES_MAX];
        box->messageCount = box->vectorCount = 0;
        for (uint32_t i = 0; i < batch; i++) {
            const struct ts_segment *segment = &job->segments[index];
            struct msghdr *message = add_message(box, group);
            uint32_t before = box->vectorCount;
            add_segment(box, job, segment);
            message->msg_iovlen = box->vectorCount - before;
            sizes[i] = segment_bytes(segment);
            index = segment->next;
        }
        for (uint32_t done = 0; done < batch;) {
            int error;
            uint32_t sent = push(box, group->socket, done, totals, &error);
            for (uint32_t i = 0; i < sent; i++) totals->bytes += sizes[done + i];
            totals->datagrams += sent;
            group->result += (int32_t)sent;
            done += sent;
            if (error) {
                count_drop(totals, error, 1);
                failure = error;
                done++;
            }
        }
        remaining -= batch;
    }
    if (group->result == 0 && failure) group->result = -failure;
}

// A group that the kernel would not segment for us, or one that must not be merged.
static int goes_singly(const struct job *job, const struct ts_group *group) {
    if (group->count < 2) return 0;
    // An empty last datagram would vanish in a merged send.
    return (group->flags & TS_GROUP_SINGLY) || group->count > SEGMENTS_MAX
        || segment_bytes(&job->segments[group->last]) == 0;
}

static void count_sent(const struct job *job, struct ts_group *group) {
    group->result = (int32_t)group->count;
    job->totals->datagrams += group->count;
    job->totals->bytes += group->bytes;
}

static void after_group_failure(
    struct ts_sender *sender, const struct job *job, struct ts_group *group, int error) {
    if (group->count > 1 && (error == EINVAL || error == EMSGSIZE || error == EIO)) {
        // EINVAL, EMSGSIZE: a segment exceeds the route's MTU. EIO: the interface cannot checksum.
        if (error == EIO) {
            group->flags |= TS_GROUP_SINGLY;
            job->totals->mergeRefused++;
        }
        job->totals->resentSingly++;
        send_singly(&sender->singles, job, group);
        return;
    }
    group->result = -error;
    count_drop(job->totals, error, group->count);
}

// Sends the built messages, which belong to groups [from, from + messageCount).
static void flush(struct ts_sender *sender, const struct job *job, uint32_t from) {
    struct outbox *box = &sender->groups;
    for (uint32_t done = 0; done < box->messageCount;) {
        int error;
        uint32_t sent = push(box, job->groups[from].socket, done, job->totals, &error);
        for (uint32_t i = 0; i < sent; i++) count_sent(job, &job->groups[from + done + i]);
        done += sent;
        if (error) after_group_failure(sender, job, &job->groups[from + done++], error);
    }
    box->messageCount = box->vectorCount = 0;
}

// Sends the longest run of groups that share the socket and the DF bit; returns where it ends.
static uint32_t send_run(
    struct ts_sender *sender, const struct job *job, uint32_t i, uint32_t count) {
    struct outbox *box = &sender->groups;
    int fd = job->groups[i].socket;
    uint8_t fragment = job->groups[i].flags & TS_GROUP_DONT_FRAGMENT;
    uint32_t from = i;
    for (; i < count; i++) {
        struct ts_group *group = &job->groups[i];
        if (group->socket != fd || (group->flags & TS_GROUP_DONT_FRAGMENT) != fragment) break;
        if (goes_singly(job, group)) {
            flush(sender, job, from);
            send_singly(&sender->singles, job, group);
            from = i + 1;
            continue;
        }
        if (box->messageCount == MESSAGES_MAX
            || box->vectorCount + group->count * PARTS > VECTORS_MAX) {
            flush(sender, job, from);
            from = i;
        }
        add_group(box, job, group);
    }
    flush(sender, job, from);
    return i;
}

void ts_send(
    struct ts_sender *sender, struct ts_group *groups, uint32_t count,
    const struct ts_segment *segments, const void *headers, const void *payloads,
    struct ts_send_totals *totals) {
    struct job job = {groups, segments, headers, payloads, totals};
    for (uint32_t i = 0; i < count;) {
        struct ts_group *group = &groups[i];
        int fragment = group->flags & TS_GROUP_DONT_FRAGMENT;
        if (fragment) ts_udp_set_dont_fragment(group->socket, group->family, 1);
        i = send_run(sender, &job, i, count);
        if (fragment) ts_udp_set_dont_fragment(group->socket, group->family, 0);
    }
}
