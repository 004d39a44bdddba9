/*
 * tun_calls - what the system calls of TUN mode cost, and nothing else.
 *
 * The lab's tunfloor does the least that can be done with two TUN devices. This program does the calls of an appliance that is
 * right, with what they force on it, and no look at a packet that they do not need; the way back is found as in tunfloor, by the
 * flow number that gwlbload puts into the inner addresses. The difference to it is what our own code costs.
 *
 *   always      UDP_GRO with control messages, a virtio_net header on both devices, the outer UDP checksum over each whole
 *               datagram, a look whether the interface is readable, a second thread (the kernel then counts references to files)
 *   --offload   UDP packets of one flow and one length in a batch go into the interface as one super-packet (USO), by a gather
 *               write; super-packets that come out are cut, with each segment's checksums, and sent by one UDP_SEGMENT send
 *   --route     single datagrams by a raw socket of protocol UDP, so that the kernel takes the route entry that it has
 *
 *   make -C benchmarks/floors
 *   tun_calls --ip OUR_IP [--rcvbuf BYTES] [--offload] [--route]
 *
 * Makes gwi-calls and gwo-calls, and routes one to the other (ip rule, table 100). Linux 6.2 or later, CAP_NET_ADMIN, CAP_NET_RAW.
 * Ends at SIGINT or SIGTERM with a line: datagrams in, out, super-packets written, super-packets read.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "calls.h"

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { BATCH = 32, ROOM = 65536 + 64, GENEVE = 40, INNER = 28, HEAD = 20 + 8 + GENEVE, VNET = 10, FLOWS = 65536 };

static struct way { uint32_t from; uint16_t port; uint8_t head[HEAD]; } ways[FLOWS];

static void *second_thread(void *nothing) { pause(); return nothing; }

static void put16(uint8_t *at, unsigned value) { at[0] = (uint8_t)(value >> 8), at[1] = (uint8_t)value; }

static int open_tun(const char *name, int offload)
{
    struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
    char command[400];
    int  fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0
        || (offload && ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_USO4 | TUN_F_USO6) < 0))
        die(name);
    snprintf(command, sizeof command, "ip link set %s up mtu 8500 && echo 0 >/proc/sys/net/ipv4/conf/%s/rp_filter", name, name);
    if (system(command))
        die(command);
    return fd;
}

/* One super-packet of the datagrams that `pieces` holds from their payload on; the first one's inner headers are made its own. */
static void write_super(int gwi, uint8_t *first, struct iovec *iov, int pieces, unsigned payload)
{
    struct virtio_net_hdr v = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_type = VIRTIO_NET_HDR_GSO_UDP_L4, .hdr_len = INNER,
                                .gso_size = (uint16_t)payload, .csum_start = 20, .csum_offset = 6 };
    uint8_t *ip = first + GENEVE;
    unsigned udp = 8 + payload * (unsigned)pieces;

    put16(ip + 2, 20 + udp);
    put16(ip + 10, 0);
    uint16_t sum = (uint16_t)~folded(add(0, ip, 20));
    memcpy(ip + 10, &sum, 2);
    put16(ip + 24, udp);
    sum = folded(add((uint64_t)htons(IPPROTO_UDP) + htons((uint16_t)udp), ip + 12, 8));
    memcpy(ip + 26, &sum, 2);
    memcpy(ip - VNET, &v, VNET);
    iov[0] = (struct iovec){ ip - VNET, VNET + INNER };
    if (writev(gwi, iov, pieces + 1) < 0 && errno != EAGAIN)
        die("writev");
}

/* Cuts a super-packet that the kernel gave us and sends it. */
static unsigned send_super(struct way *w, uint8_t *packet, unsigned length, unsigned payload)
{
    static uint8_t     arena[MOST_SEGMENTS][GENEVE + INNER];
    static struct iovec iov[2 * MOST_SEGMENTS];
    char               room[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
    uint16_t           size = (uint16_t)(GENEVE + INNER + payload);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = w->from, .sin_port = self.sin_port };
    struct msghdr      m = { .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = iov, .msg_control = room, .msg_controllen = sizeof room };
    struct cmsghdr    *h = CMSG_FIRSTHDR(&m);
    unsigned           n = 0, id = (unsigned)packet[4] << 8 | packet[5];

    for (unsigned at = INNER; at < length && n < MOST_SEGMENTS; at += payload, n++) {
        unsigned part = length - at < payload ? length - at : payload;
        uint8_t *s = arena[n], *ip = s + GENEVE;
        uint16_t sum;

        memcpy(s, w->head + 28, GENEVE);
        memcpy(ip, packet, INNER);
        put16(ip + 2, INNER + part);
        put16(ip + 4, id ? id + n : 0);
        put16(ip + 10, 0);
        sum = (uint16_t)~folded(add(0, ip, 20));
        memcpy(ip + 10, &sum, 2);
        put16(ip + 24, 8 + part);
        put16(ip + 26, 0);
        sum = udp_checksum(add(add((uint64_t)htons(IPPROTO_UDP) + htons((uint16_t)(8 + part)), ip + 12, 16), packet + at, part));
        memcpy(ip + 26, &sum, 2);
        iov[2 * n] = (struct iovec){ s, GENEVE + INNER };
        iov[2 * n + 1] = (struct iovec){ packet + at, part };
    }
    m.msg_iovlen = 2 * n;
    h->cmsg_level = IPPROTO_UDP, h->cmsg_type = UDP_SEGMENT, h->cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(h), &size, sizeof size);
    return sendmsg(socket_of(w->port), &m, 0) < 0 ? 0 : n;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = { { "ip", 1, 0, 'i' }, { "rcvbuf", 1, 0, 'b' }, { "offload", 0, 0, 'o' }, { "route", 0, 0, 'r' }, { 0, 0, 0, 0 } };
    static struct mmsghdr     in[BATCH], out[BATCH];
    static struct iovec       iov_in[BATCH], iov_out[BATCH][2], iov_run[BATCH + 1];
    static struct sockaddr_in peer[BATCH], to[BATCH];
    static char               control[BATCH][128];
    static uint8_t            heads[BATCH][HEAD];
    struct sigaction          act = { .sa_handler = on_signal };
    unsigned long long        n_in = 0, n_out = 0, super_in = 0, super_out = 0;
    int                       rcvbuf = 0, offload = 0, route = 0, one = 1, c, udp, raw, gwi, gwo;
    uint8_t                  *got = malloc((size_t)BATCH * ROOM), *back = malloc((size_t)BATCH * ROOM);
    pthread_t                 other;

    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
        switch (c) {
        case 'i': if (inet_pton(AF_INET, optarg, &self.sin_addr) != 1) die("--ip"); break;
        case 'b': rcvbuf = atoi(optarg); break;
        case 'o': offload = 1; break;
        case 'r': route = 1; break;
        default: fputs("see the comment at the head of tun_calls.c\n", stderr); return 2;
        }
    self.sin_port = htons(PORT);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    raw = raw_socket(route);
    if (!got || !back || udp < 0 || bind(udp, (struct sockaddr *)&self, sizeof self))
        die("sockets");
    if (rcvbuf && setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof rcvbuf))
        die("SO_RCVBUFFORCE");
    if (setsockopt(udp, IPPROTO_UDP, UDP_GRO, &one, sizeof one) || setsockopt(udp, IPPROTO_IP, IP_RECVTOS, &one, sizeof one))
        die("UDP_GRO, IP_RECVTOS");
    if (pthread_create(&other, NULL, second_thread, NULL))
        die("a second thread");
    gwi = open_tun("gwi-calls", offload);
    gwo = open_tun("gwo-calls", offload);
    if (system("ip rule add iif gwi-calls table 100; ip route replace default dev gwo-calls table 100"))
        die("ip rule, ip route");
    for (int i = 0; i < BATCH; i++) {
        iov_in[i] = (struct iovec){ got + (size_t)i * ROOM, ROOM };
        in[i].msg_hdr = (struct msghdr){ .msg_name = &peer[i], .msg_iov = &iov_in[i], .msg_iovlen = 1 };
        to[i].sin_family = AF_INET;
    }
    while (!stop) {
        struct pollfd p[2] = { { .fd = udp, .events = POLLIN }, { .fd = gwo, .events = POLLIN } };
        uint8_t done[BATCH] = { 0 };
        int     n, m = 0, reads = 0, sent = 0;

        for (int i = 0; i < BATCH; i++)
            in[i].msg_hdr.msg_namelen = sizeof peer[i], in[i].msg_hdr.msg_control = control[i], in[i].msg_hdr.msg_controllen = sizeof control[i];
        n = recvmmsg(udp, in, BATCH, MSG_DONTWAIT, NULL);
        n_in += n > 0 ? (unsigned)n : 0;
        for (int i = 0; i < n; i++) {
            uint8_t    *q = iov_in[i].iov_base;
            unsigned    length = in[i].msg_len;
            struct way *w = &ways[q[GENEVE + 18] << 8 | q[GENEVE + 19]];
            int         run = 0;

            w->from = peer[i].sin_addr.s_addr, w->port = peer[i].sin_port;
            w->head[0] = 0x45, w->head[8] = 64, w->head[9] = IPPROTO_UDP;
            memcpy(w->head + 12, &self.sin_addr, 4);
            memcpy(w->head + 16, &peer[i].sin_addr, 4);
            memcpy(w->head + 20, &peer[i].sin_port, 2);
            put16(w->head + 22, PORT);
            memcpy(w->head + 28, q, GENEVE);
            if (done[i])
                continue;
            for (int j = i; offload && j < n && (size_t)(run + 1) * length <= MOST_BYTES && run < MOST_SEGMENTS; j++) {
                uint8_t *r = iov_in[j].iov_base;

                if (!done[j] && in[j].msg_len == length && peer[j].sin_port == peer[i].sin_port && r[GENEVE + 9] == IPPROTO_UDP
                    && !memcmp(r + GENEVE + 12, q + GENEVE + 12, 12)) {
                    iov_run[1 + run++] = (struct iovec){ r + GENEVE + INNER, length - GENEVE - INNER };
                    done[j] = 1;
                }
            }
            if (run > 1) {
                write_super(gwi, q, iov_run, run, length - GENEVE - INNER);
                super_in++;
                continue;
            }
            memset(q + GENEVE - VNET, 0, VNET);
            if (write(gwi, q + GENEVE - VNET, length - GENEVE + VNET) < 0 && errno != EAGAIN)
                die("write");
        }
        poll(p, 2, 0);
        for (; reads < BATCH; reads++) {
            uint8_t               *packet = back + (size_t)reads * ROOM + VNET;
            ssize_t                length = read(gwo, packet - VNET, ROOM - VNET) - VNET;
            struct virtio_net_hdr  v;
            struct way            *w;
            uint8_t               *h;
            uint16_t               sum, total;

            if (length < 20)
                break;
            w = &ways[packet[18] << 8 | packet[19]];
            memcpy(&v, packet - VNET, VNET);
            if ((v.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) == VIRTIO_NET_HDR_GSO_UDP_L4) {
                n_out += send_super(w, packet, (unsigned)length, v.gso_size);
                super_out++;
                continue;
            }
            if (v.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
                sum = udp_checksum(add(0, packet + v.csum_start, (size_t)length - v.csum_start));
                memcpy(packet + v.csum_start + v.csum_offset, &sum, 2);
            }
            h = memcpy(heads[m], w->head, HEAD);
            total = htons((uint16_t)(8 + GENEVE + length));
            memcpy(h + 24, &total, 2);
            h[26] = h[27] = 0;
            sum = udp_checksum(add(add((uint64_t)htons(IPPROTO_UDP) + total, h + 12, HEAD - 12), packet, (size_t)length));
            memcpy(h + 26, &sum, 2);
            to[m].sin_addr.s_addr = w->from;
            iov_out[m][0] = (struct iovec){ h + raw_form.skip, HEAD - raw_form.skip };
            iov_out[m][1] = (struct iovec){ packet, (size_t)length };
            out[m].msg_hdr = (struct msghdr){ .msg_name = &to[m], .msg_namelen = sizeof to[m], .msg_iov = iov_out[m], .msg_iovlen = 2,
                                              .msg_control = raw_form.control, .msg_controllen = raw_form.control_bytes };
            m++;
        }
        while (sent < m) {
            int r = sendmmsg(raw, out + sent, (unsigned)(m - sent), 0);

            if (r <= 0)
                break;
            n_out += (unsigned)r;
            sent += r;
        }
        if (n <= 0 && reads == 0)
            poll(p, 2, 1000);
    }
    printf("in %llu out %llu super-packets in %llu out %llu\n", n_in, n_out, super_in, super_out);
    return system("ip rule del iif gwi-calls table 100") != 0;
}
