#define _GNU_SOURCE
#include "cbench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FRAME_SIZE = 2048,
    BLOCK_SIZE = 1 << 18,
    SEND_MAX = 64,
    UDP_OFFSET = ETH_HLEN + 20,  // IPv4 without options
    UDP_CHECKSUM = 6,
    HEADERS = UDP_OFFSET + 8,
};
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5  // Linux 6.2
#endif

uint64_t cb_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct cb_port {
    int fd;
    uint8_t *ring;
    uint32_t frames;
    uint32_t read;      // the next frame to look at
    uint32_t released;  // the next frame to give back
};

static int set(int fd, int name, const void *value, socklen_t size) {
    return setsockopt(fd, SOL_PACKET, name, value, size) < 0 ? -errno : 0;
}

// What streams carry is for the kernel of the generator: copies would only fill the ring.
static int only_udp(int fd) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 9),  // the protocol of the IPv4 header
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog filter = {sizeof program / sizeof program[0], program};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ? -errno : 0;
}

static int configure(struct cb_port *port, const char *interface) {
    int version = TPACKET_V2, one = 1, bytes = 64 << 20, error;
    struct tpacket_req request = {
        .tp_block_size = BLOCK_SIZE, .tp_frame_size = FRAME_SIZE,
        .tp_block_nr = port->frames / (BLOCK_SIZE / FRAME_SIZE), .tp_frame_nr = port->frames};
    if ((error = set(port->fd, PACKET_VERSION, &version, sizeof version))) return error;
    if ((error = set(port->fd, PACKET_VNET_HDR, &one, sizeof one))) return error;
    if ((error = set(port->fd, PACKET_IGNORE_OUTGOING, &one, sizeof one))) return error;
    if ((error = only_udp(port->fd))) return error;
    if ((error = set(port->fd, PACKET_RX_RING, &request, sizeof request))) return error;
    if (setsockopt(port->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0) return -errno;
    size_t size = (size_t)port->frames * FRAME_SIZE;
    void *ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, port->fd, 0);
    if (ring == MAP_FAILED) return -errno;
    port->ring = ring;
    struct sockaddr_ll name = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
        .sll_ifindex = (int)if_nametoindex(interface)};
    if (!name.sll_ifindex) return -ENODEV;
    return bind(port->fd, (const struct sockaddr *)&name, sizeof name) < 0 ? -errno : 0;
}

int cb_open(const char *interface, uint32_t ringFrames, struct cb_port **out) {
    struct cb_port *port = calloc(1, sizeof *port);
    if (!port) return -ENOMEM;
    port->frames = ringFrames;
    port->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    int error = port->fd < 0 ? -errno : configure(port, interface);
    if (error) {
        cb_close(port);
        return error;
    }
    *out = port;
    return 0;
}

void cb_close(struct cb_port *port) {
    if (port->ring) munmap(port->ring, (size_t)port->frames * FRAME_SIZE);
    if (port->fd >= 0) close(port->fd);
    free(port);
}

int cb_send(struct cb_port *port, const struct cb_frame *frames, uint32_t count) {
    struct virtio_net_hdr headers[SEND_MAX];
    struct iovec vectors[SEND_MAX][2];
    struct mmsghdr messages[SEND_MAX];
    if (count > SEND_MAX) count = SEND_MAX;
    memset(messages, 0, count * sizeof messages[0]);
    for (uint32_t i = 0; i < count; i++) {
        headers[i] = (struct virtio_net_hdr){
            .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = UDP_OFFSET,
            .csum_offset = UDP_CHECKSUM, .hdr_len = HEADERS};
        if (frames[i].segment) {
            headers[i].gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
            headers[i].gso_size = frames[i].segment;
        }
        vectors[i][0] = (struct iovec){&headers[i], sizeof headers[i]};
        vectors[i][1] = (struct iovec){frames[i].bytes, frames[i].length};
        messages[i].msg_hdr.msg_iov = vectors[i];
        messages[i].msg_hdr.msg_iovlen = 2;
    }
    int sent = sendmmsg(port->fd, messages, count, 0);
    return sent < 0 ? -errno : sent;
}

static struct tpacket2_hdr *slot(const struct cb_port *port, uint32_t index) {
    return (struct tpacket2_hdr *)(port->ring + (size_t)index * FRAME_SIZE);
}

uint32_t cb_receive(struct cb_port *port, struct cb_frame *out, uint32_t max) {
    uint32_t count = 0;
    while (count < max) {
        struct tpacket2_hdr *header = slot(port, port->read);
        if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) break;
        out[count++] = (struct cb_frame){
            (uint8_t *)header + header->tp_mac, header->tp_snaplen, 0,
            (uint64_t)header->tp_sec * 1000000000u + header->tp_nsec};
        port->read = port->read + 1 == port->frames ? 0 : port->read + 1;
    }
    return count;
}

void cb_release(struct cb_port *port, uint32_t count) {
    while (count--) {
        struct tpacket2_hdr *header = slot(port, port->released);
        __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        port->released = port->released + 1 == port->frames ? 0 : port->released + 1;
    }
}
