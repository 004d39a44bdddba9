/*
 * tunloop - the floor of the TUN benchmarks: the same system calls in a C loop.
 *
 *   cc -O2 -Wall -Wextra -o tunloop tunloop.c && ./tunloop
 *
 * Needs root. It makes a network namespace of its own with one TUN device; packets written to it are routed back out of it,
 * so that each write makes one packet to read. Prints ns for each call or packet; "segment" is one packet of a super-packet.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Short trials, the best of which counts: on a busy machine one of them has a CPU for itself. */
enum { VNET = 10, HEADERS = 40, MAX = 65535, ROUNDS = 3000, TRIALS = 100 };

static void die(const char *what)
{
    fprintf(stderr, "tunloop: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void put(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        die(path);
    close(fd);
}

static int open_tun(const char *name, const char *address, int vnet)
{
    struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI | (vnet ? IFF_VNET_HDR : 0) };
    struct sockaddr_in a = { .sin_family = AF_INET };
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK), s = socket(AF_INET, SOCK_DGRAM, 0);

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0)
        die(name);
    if (vnet && ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0)
        die("TUNSETOFFLOAD");
    inet_pton(AF_INET, address, &a.sin_addr);
    memcpy(&r.ifr_addr, &a, sizeof a);
    if (ioctl(s, SIOCSIFADDR, &r) < 0)
        die("address");
    inet_pton(AF_INET, "255.255.255.0", &a.sin_addr);
    memcpy(&r.ifr_addr, &a, sizeof a);
    if (ioctl(s, SIOCSIFNETMASK, &r) < 0)
        die("netmask");
    r.ifr_mtu = 9000;
    if (ioctl(s, SIOCSIFMTU, &r) < 0)
        die("mtu");
    if (ioctl(s, SIOCGIFFLAGS, &r) < 0)
        die("flags");
    r.ifr_flags |= IFF_UP;
    if (ioctl(s, SIOCSIFFLAGS, &r) < 0)
        die("up");
    close(s);
    return fd;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* An IPv4 TCP packet from host 2 to host 3 of the device's subnet; returns its length. */
static int build(uint8_t *p, int subnet, int payload)
{
    struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = 6, .tot_len = htons(HEADERS + payload) };
    struct tcphdr tcp = { .source = htons(1), .dest = htons(2), .doff = 5, .ack = 1 };
    uint32_t sum = 0;

    ip.saddr = htonl(0x0a000002 | subnet << 8);
    ip.daddr = htonl(0x0a000003 | subnet << 8);
    for (int i = 0; i < 10; i++)
        sum += ((uint16_t *)&ip)[i];
    ip.check = ~fold(sum);
    sum = (ip.saddr & 0xffff) + (ip.saddr >> 16) + (ip.daddr & 0xffff) + (ip.daddr >> 16) + htons(6) + htons(20 + payload);
    tcp.check = fold(sum);
    memcpy(p, &ip, 20);
    memcpy(p + 20, &tcp, 20);
    memset(p + HEADERS, 'x', payload);
    return HEADERS + payload;
}

static void round_trip(const char *what, int fd, const uint8_t *frame, int length, int segments)
{
    static uint8_t in[VNET + MAX];
    double best = 1e18;

    for (int trial = 0; trial < TRIALS; trial++) {
        double start = now();
        for (int i = 0; i < ROUNDS; i++) {
            if (write(fd, frame, length) != length)
                die("write");
            if (read(fd, in, sizeof in) < length)
                die("read: the packet did not come back");
        }
        double ns = (now() - start) / ROUNDS;
        if (ns < best)
            best = ns;
    }
    printf("%-40s %9.0f ns", what, best);
    if (segments > 1)
        printf("  = %.0f ns a segment (%d)", best / segments, segments);
    printf("\n");
}

static void write_only(const char *what, int fd, const uint8_t *frame, int length)
{
    double best = 1e18;

    for (int trial = 0; trial < TRIALS; trial++) {
        double start = now();
        for (int i = 0; i < ROUNDS; i++)
            if (write(fd, frame, length) != length)
                die("write");
        double ns = (now() - start) / ROUNDS;
        if (ns < best)
            best = ns;
    }
    printf("%-40s %9.0f ns\n", what, best);
}

int main(void)
{
    static uint8_t frame[VNET + MAX];
    static const int sizes[] = { 64, 1400, 8500 };
    char what[80];

    double best = 1e18;
    for (int trial = 0; trial < TRIALS; trial++) {
        double start = now();
        for (int i = 0; i < ROUNDS; i++)
            getppid();
        double ns = (now() - start) / ROUNDS;
        if (ns < best)
            best = ns;
    }
    printf("%-40s %9.0f ns\n", "getppid", best);

    if (unshare(CLONE_NEWNET) < 0)
        die("unshare");
    /* IPv6 would send packets of its own into the devices. */
    put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    int plain = open_tun("plain0", "10.0.1.1", 0), vnet = open_tun("vnet0", "10.0.2.1", 1);
    put("/proc/sys/net/ipv4/ip_forward", "1");
    put("/proc/sys/net/ipv4/conf/all/send_redirects", "0");
    put("/proc/sys/net/ipv4/conf/plain0/send_redirects", "0");
    put("/proc/sys/net/ipv4/conf/vnet0/send_redirects", "0");

    for (int i = 0; i < 3; i++) {
        int length = build(frame, 1, sizes[i] - HEADERS);
        frame[10] ^= 1;
        snprintf(what, sizeof what, "write %d, dropped at once", sizes[i]);
        write_only(what, plain, frame, length);
    }
    for (int i = 0; i < 3; i++) {
        int length = build(frame, 1, sizes[i] - HEADERS);
        snprintf(what, sizeof what, "write and read %d", sizes[i]);
        round_trip(what, plain, frame, length, 1);
    }
    for (int i = 0; i < 3; i++) {
        int payload = sizes[i] - HEADERS, segments = (MAX - HEADERS) / payload < 64 ? (MAX - HEADERS) / payload : 64;
        struct virtio_net_hdr h = { .flags = 1, .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .hdr_len = HEADERS, .gso_size = payload,
            .csum_start = 20, .csum_offset = 16 };
        memcpy(frame, &h, VNET);
        int length = VNET + build(frame + VNET, 2, segments * payload);
        snprintf(what, sizeof what, "write and read super-packet of %d", sizes[i]);
        round_trip(what, vnet, frame, length, segments);
    }
    return 0;
}
