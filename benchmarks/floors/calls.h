/* What both programs need: a one's complement sum, the UDP checksum, a socket bound to a flow's own port, and one for all ports. */
#ifndef CALLS_H
#define CALLS_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

enum { PORT = 6081, MOST_BYTES = 65507, MOST_SEGMENTS = 64 };

static volatile sig_atomic_t stop;
static struct sockaddr_in    self = { .sin_family = AF_INET };
static int                   bound[65536];

static void on_signal(int sig) { (void)sig; stop = 1; }

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t add(uint64_t sum, const uint8_t *bytes, size_t length)
{
    uint64_t eight;
    uint32_t four;

    for (; length >= 8; length -= 8, bytes += 8) {
        memcpy(&eight, bytes, 8);
        sum += (eight & 0xffffffff) + (eight >> 32);
    }
    for (; length >= 4; length -= 4, bytes += 4) {
        memcpy(&four, bytes, 4);
        sum += four;
    }
    four = 0;
    memcpy(&four, bytes, length);
    return sum + four;
}

static uint16_t folded(uint64_t sum)
{
    for (int i = 0; i < 5; i++)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static uint16_t udp_checksum(uint64_t sum)
{
    uint16_t checksum = (uint16_t)~folded(sum);

    return checksum ? checksum : 0xffff;
}

static int socket_of(uint16_t port)
{
    int                one = 1;
    struct sockaddr_in at = self;

    if (bound[port])
        return bound[port];
    at.sin_port = port;
    bound[port] = socket(AF_INET, SOCK_DGRAM, 0);
    if (bound[port] < 0 || setsockopt(bound[port], SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)
        || bind(bound[port], (struct sockaddr *)&at, sizeof at))
        die("a socket for a source port (ulimit -n?)");
    return bound[port];
}

/* How messages of the raw socket look: bytes of the IPv4 header that they go without, and the control message that they need. */
static struct { size_t skip; void *control; size_t control_bytes; } raw_form;

/*
 * Sends from any port, receives nothing. Either our IPv4 header is the one that goes out (IPPROTO_RAW), or (by_route) the kernel
 * writes it, and takes the route entry that it has; that one is bound to 224.0.0.0, which nobody sends to.
 */
static int raw_socket(int by_route)
{
    static union { char room[CMSG_SPACE(sizeof(struct in_pktinfo))]; struct cmsghdr header; } sender;
    int                dont = IP_PMTUDISC_DONT, one = 1, fd = socket(AF_INET, SOCK_RAW, by_route ? IPPROTO_UDP : IPPROTO_RAW);
    struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xe0000000) };
    struct in_pktinfo  info = { .ipi_spec_dst = self.sin_addr };

    if (fd < 0)
        die("a raw socket");
    if (!by_route)
        return fd;
    if (bind(fd, (struct sockaddr *)&nobody, sizeof nobody) || setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof dont)
        || setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one, sizeof one))
        die("a raw socket of protocol UDP");
    sender.header.cmsg_len = CMSG_LEN(sizeof info);
    sender.header.cmsg_level = IPPROTO_IP;
    sender.header.cmsg_type = IP_PKTINFO;
    memcpy(CMSG_DATA(&sender.header), &info, sizeof info);
    raw_form.skip = 20, raw_form.control = &sender, raw_form.control_bytes = sizeof sender.room;
    return fd;
}

#endif
