#define _GNU_SOURCE
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "internal.h"

static uint8_t prefix_length(const struct ts_address *mask) {
    return (uint8_t)(__builtin_popcountll(mask->high) + __builtin_popcountll(mask->low));
}

static void read_interface(const struct ifaddrs *entry, struct ts_interface *out) {
    *out = (struct ts_interface){0};
    snprintf(out->name, sizeof out->name, "%s", entry->ifa_name);
    ts_name_read((const union ts_name *)entry->ifa_addr, &out->address);
    out->index = if_nametoindex(entry->ifa_name);
    struct ts_address mask = {0};
    if (entry->ifa_netmask) ts_name_read((const union ts_name *)entry->ifa_netmask, &mask);
    out->prefix = prefix_length(&mask);
    if (entry->ifa_flags & IFF_UP) out->flags |= TS_INTERFACE_UP;
    if (entry->ifa_flags & IFF_LOOPBACK) out->flags |= TS_INTERFACE_LOOPBACK;
    if (entry->ifa_flags & IFF_POINTOPOINT) out->flags |= TS_INTERFACE_POINT_TO_POINT;
    if ((entry->ifa_flags & IFF_BROADCAST) && entry->ifa_broadaddr) {
        ts_name_read((const union ts_name *)entry->ifa_broadaddr, &out->broadcast);
    }
}

int ts_interfaces(struct ts_interface *out, int capacity) {
    struct ifaddrs *list;
    if (getifaddrs(&list) < 0) return -errno;
    int count = 0;
    for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        if (!entry->ifa_addr) continue;
        int family = entry->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        if (count < capacity) read_interface(entry, &out[count]);
        count++;
    }
    freeifaddrs(list);
    return count;
}

int ts_interface_driver(const char *name, char *out, size_t capacity) {
    struct ethtool_drvinfo answer = {.cmd = ETHTOOL_GDRVINFO};
    struct ifreq request = {.ifr_data = (void *)&answer};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    int fd = TS_RETRY(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    int error = TS_RETRY(ioctl(fd, SIOCETHTOOL, &request));
    ts_close(fd);
    if (error == 0) snprintf(out, capacity, "%s", answer.driver);
    return error;
}

int ts_address_watch_open(void) {
    int type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = TS_RETRY(socket(AF_NETLINK, type, NETLINK_ROUTE));
    if (fd < 0) return fd;
    struct sockaddr_nl name = {
        .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int error = TS_RETRY(bind(fd, (const struct sockaddr *)&name, sizeof name));
    if (error == 0) return fd;
    ts_close(fd);
    return error;
}

int ts_address_watch_drain(int fd) {
    int changed = 0;
    // What changed is read anew from the system: the notices only say that something did. Bounded,
    // so that a flood of them cannot keep the caller here.
    for (int i = 0; i < 64; i++) {
        char notice[4096];
        ssize_t got = TS_RETRY(recv(fd, notice, sizeof notice, MSG_DONTWAIT));
        if (got == -EAGAIN) return changed;
        // ENOBUFS: notices were lost, so something changed.
        if (got < 0 && got != -ENOBUFS) return (int)got;
        changed = 1;
    }
    return changed;
}

int ts_host_name(char *out, size_t capacity) {
    struct utsname names;
    if (uname(&names) < 0) return -errno;
    snprintf(out, capacity, "%s", names.nodename);
    return 0;
}

int ts_domain_name(char *out, size_t capacity) {
    struct utsname names;
    if (uname(&names) < 0) return -errno;
    snprintf(out, capacity, "%s", strcmp(names.domainname, "(none)") ? names.domainname : "");
    return 0;
}

int ts_clock_kept(int64_t *errorMaxMicroseconds) {
    struct timex state = {.modes = 0};
    if (adjtimex(&state) < 0) return -errno;
    *errorMaxMicroseconds = state.maxerror;
    return !(state.status & STA_UNSYNC);
}
