// The packet records that the C system-call shim (CLinux) and the Swift forwarding core
// (Forwarding) share. Data only: no function, no system call. Being C they have one layout that
// both compilers agree on, and Swift code of every module reads their fields without a call.
//
// Addresses are in host order: IPv4 sits in the low 32 bits of `addressLow`, with family 4.
#ifndef TURNSTONE_PACKET_H
#define TURNSTONE_PACKET_H

#include <stdint.h>

// One received datagram, or one run of equal-sized datagrams that the kernel merged (UDP_GRO).
struct ts_received {
    uint64_t addressHigh;
    uint64_t addressLow;
    uint32_t payloadOffset;  // of the first byte, from the start of the receive arena
    uint32_t payloadLength;  // bytes in all segments together
    uint32_t segmentSize;    // bytes per merged datagram (the last may be shorter); 0: not merged
    uint32_t tag;            // whose socket it came from: the tag given when it was registered
    uint16_t port;
    uint8_t family;          // 4 or 6
    uint8_t typeOfService;   // not filled unless asked for; 0
    uint32_t flags;          // TS_RECEIVED_*
};
#define TS_RECEIVED_TRUNCATED 1u

// A socket that epoll said is readable, and how much to take from it.
struct ts_ready {
    int32_t socket;
    uint32_t tag;
    uint16_t burst;     // datagrams to take at most; 0 counts as 1
    uint16_t received;  // filled by the receive: how many were taken
    uint32_t flags;     // TS_READY_*
};
// The socket merges (UDP_GRO) or reports the type of service: look at its control messages.
#define TS_READY_CONTROL 1u

// One datagram to send: header bytes from the header arena, then payload bytes from the receive
// arena (never copied), then up to three zero bytes of padding.
struct ts_segment {
    uint32_t headerOffset;
    uint32_t payloadOffset;
    uint32_t payloadLength;
    uint16_t headerLength;
    uint16_t padding;
    uint32_t next;  // index of the next segment of the same group; TS_NO_SEGMENT ends it
};
#define TS_NO_SEGMENT 0xffffffffu

// One send call: segments of equal size (the last may be shorter) to one destination through one
// socket. More than one segment leaves as one UDP_SEGMENT send.
struct ts_group {
    uint64_t addressHigh;
    uint64_t addressLow;
    int32_t socket;         // file descriptor
    uint32_t first;         // index of the first segment
    uint32_t last;          // index of the last segment
    uint32_t count;         // segments
    uint32_t segmentSize;   // bytes of the first segment: header, payload and padding
    uint32_t bytes;         // of all segments together
    uint16_t port;
    uint8_t family;
    uint8_t flags;          // TS_GROUP_*
    int32_t result;         // after the send: datagrams sent, or -errno
};
#define TS_GROUP_DONT_FRAGMENT 1u  // send with the DF bit set
#define TS_GROUP_CLOSED 2u         // a shorter segment ended it: nothing may be appended
// Its socket cannot merge (EIO): send segment by segment. Set by the sender, or asked for.
#define TS_GROUP_SINGLY 4u

#endif
