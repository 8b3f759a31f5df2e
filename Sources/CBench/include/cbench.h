// A packet socket on one interface, for the load generator: whole Ethernet frames go out in
// batches, and those that carry UDP come in through a ring that the kernel fills. Development only.
//
// Ordinary UDP sockets would make the generator as slow as the servers it measures.
#ifndef TURNSTONE_CBENCH_H
#define TURNSTONE_CBENCH_H

#include <stdint.h>

struct cb_port;

struct cb_frame {
    uint8_t *bytes;
    uint32_t length;
    // 0, or the UDP payload bytes of each datagram of a run that the kernel takes apart (the
    // receiver's IP stack, as after generic receive offload).
    uint16_t segment;
    // When the kernel received it, on the clock of cb_now: later delays are the generator's own.
    uint64_t arrival;
};

// Nanoseconds since 1970.
uint64_t cb_now(void);

// Returns 0 or -errno.
int cb_open(const char *interface, uint32_t ringFrames, struct cb_port **out);
void cb_close(struct cb_port *port);
// Sends UDP over IPv4 frames whose checksum field holds the pseudo-header's sum. Returns how many
// went, or -errno.
int cb_send(struct cb_port *port, const struct cb_frame *frames, uint32_t count);
// The next frames, at most `max`; they stay valid until as many are released.
uint32_t cb_receive(struct cb_port *port, struct cb_frame *out, uint32_t max);
void cb_release(struct cb_port *port, uint32_t count);

#endif
