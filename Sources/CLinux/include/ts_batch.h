// Batches of UDP datagrams. The memory for message headers, vectors, names and control messages
// is taken once; a call in the packet path is a flat loop over it.
#ifndef TURNSTONE_TS_BATCH_H
#define TURNSTONE_TS_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "packet.h"

struct ts_receiver;  // slots, and what recvmmsg needs to fill them
struct ts_sender;    // what sendmmsg needs

struct ts_receive_counters {
    uint64_t calls;
    uint64_t pendingErrors;  // earlier ICMP errors that a receive call brought up; skipped
    int32_t lastError;       // errno of the newest one
};

// `slots` datagrams of up to `slotSize` bytes. NULL when there is no memory.
struct ts_receiver *ts_receiver_create(uint32_t slots, uint32_t slotSize);
void ts_receiver_destroy(struct ts_receiver *receiver);
void *ts_receiver_arena(const struct ts_receiver *receiver);
size_t ts_receiver_arena_size(const struct ts_receiver *receiver);
struct ts_received *ts_receiver_packets(const struct ts_receiver *receiver);
uint32_t ts_receiver_count(const struct ts_receiver *receiver);
void ts_receiver_clear(struct ts_receiver *receiver);
void ts_receiver_counters(const struct ts_receiver *receiver, struct ts_receive_counters *out);

// Appends up to `max` datagrams of one socket. Returns how many, or -errno for EBADF, EFAULT,
// ENOTSOCK, EINVAL (a programmer's error).
int ts_receive(struct ts_receiver *receiver, int fd, uint32_t tag, uint32_t max);

// Appends datagrams of `count` sockets in turn until the slots are full. Returns how many of the
// sockets were visited, or -errno as above.
int ts_receive_ready(struct ts_receiver *receiver, struct ts_ready *ready, uint32_t count);

struct ts_send_totals {
    uint64_t datagrams;       // handed to the kernel
    uint64_t bytes;           // of their UDP payload
    uint64_t calls;           // system calls made
    uint64_t droppedFull;     // EAGAIN, ENOBUFS, ENOMEM: the send buffer or queue was full
    uint64_t droppedTooBig;   // EMSGSIZE
    uint64_t droppedRefused;  // EPERM, EACCES: the firewall said no
    uint64_t droppedOther;    // no route, and anything else
    uint32_t resentSingly;    // merged groups that had to go one by one
    uint32_t mergeRefused;    // groups that got EIO: their socket cannot merge
    int32_t lastError;        // errno of the newest drop; 0: none
    int32_t programError;     // EBADF, EFAULT, ENOTSOCK: 0 in a correct program
};

// NULL when there is no memory.
struct ts_sender *ts_sender_create(void);
void ts_sender_destroy(struct ts_sender *sender);

// Sends all groups in order, sets their `result` (and TS_GROUP_SINGLY after EIO), and adds to
// `totals`. Neighbouring groups of one socket leave in one system call.
void ts_send(
    struct ts_sender *sender, struct ts_group *groups, uint32_t count,
    const struct ts_segment *segments, const void *headers, const void *payloads,
    struct ts_send_totals *totals);

// Writes the linked segments from `first` on to a connected stream, 128 of them at most; returns
// how many bytes were taken. Never blocks, never raises SIGPIPE.
int64_t ts_stream_send(
    int fd, const struct ts_segment *segments, uint32_t first, const void *headers,
    const void *payloads);

#endif
