/*
 * inline_calls - what the system calls of an inline appliance cost, and nothing else.
 *
 * The lab's reflect does the least that can be done. This program does what an appliance that is right has to do besides,
 * each by an option, without a look at the payload otherwise, so that the difference to it is what our own code costs:
 *
 *   --control   UDP_GRO and the control messages that it needs (without them, merged datagrams arrive silently glued), TOS for ECN
 *   --checksum  the outer UDP checksum over each whole datagram (RFC 8926, section 3.3: SHOULD); sockets that are bound let the kernel do it
 *   --segment   packets of one source port and one length in a batch are one UDP_SEGMENT send from a socket bound to that port
 *   --route     single datagrams by a raw socket of protocol UDP, so that the kernel takes the route entry that it has; without, it makes and
 *               frees one for each datagram whose receiver is on the link, as it does for reflect
 *   --bound B   datagrams of B bytes and more leave one by one from sockets bound to their ports: a system call each, but no checksum,
 *               neither ours nor the one that the kernel takes of all that a raw socket of protocol UDP sends
 *   --track     a record for each inner IPv4 flow, found by a hash of its addresses and ports: packets and bytes counted, the time
 *               and the GENEVE header noted; nothing is checked before
 *
 *   make -C benchmarks/floors
 *   inline_calls --ip OUR_IP [--rcvbuf BYTES] [--control] [--checksum] [--segment] [--route] [--bound B] [--track]
 *
 * Libc only, Linux, CAP_NET_RAW. Ends at SIGINT or SIGTERM with a line: datagrams in, out, sends that failed.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

enum { BATCH = 64, ROOM = 65536, HEAD = 20 + 8, CONTROL = 128, GENEVE = 40, PLACES = 1 << 17 };

static struct flow {
    struct flow       *next;
    uint64_t           addresses;
    uint32_t           ports;
    uint8_t            protocol;
    uint64_t           packets, bytes;
    int64_t            seen_ns;
    struct sockaddr_in peer;
    uint8_t            header[GENEVE];
} *flows[PLACES];

static void track(const uint8_t *datagram, unsigned length, const struct sockaddr_in *from, int64_t now_ns)
{
    const uint8_t *ip = datagram + GENEVE;
    uint64_t       addresses, hash;
    uint32_t       ports;
    struct flow   *f;

    if (length < GENEVE + 24)
        return;
    memcpy(&addresses, ip + 12, 8);
    memcpy(&ports, ip + 20, 4);
    hash = (addresses ^ (uint64_t)ports << 29 ^ ip[9]) * 0x9e3779b97f4a7c15ull;
    struct flow **place = &flows[(hash ^ hash >> 32) * 0x9e3779b97f4a7c15ull >> 47];
    for (f = *place; f && (f->addresses != addresses || f->ports != ports || f->protocol != ip[9]); f = f->next)
        ;
    if (!f) {
        if (!(f = calloc(1, sizeof *f)))
            die("calloc");
        f->addresses = addresses, f->ports = ports, f->protocol = ip[9], f->next = *place;
        *place = f;
    }
    f->packets++, f->bytes += length - GENEVE, f->seen_ns = now_ns, f->peer = *from;
    memcpy(f->header, datagram, GENEVE);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        { "ip", 1, 0, 'i' }, { "rcvbuf", 1, 0, 'b' }, { "control", 0, 0, 'm' }, { "checksum", 0, 0, 'c' }, { "segment", 0, 0, 's' },
        { "route", 0, 0, 'r' }, { "bound", 1, 0, 'l' }, { "track", 0, 0, 't' }, { 0, 0, 0, 0 }
    };
    static struct mmsghdr     in[BATCH], out[BATCH];
    static struct iovec       iov_in[BATCH], iov_out[BATCH][2], iov_run[BATCH];
    static struct sockaddr_in peer[BATCH], to[BATCH];
    static uint8_t            head[BATCH][HEAD];
    static char               control[BATCH][CONTROL];
    struct sigaction          act = { .sa_handler = on_signal };
    unsigned long long        n_in = 0, n_out = 0, n_fail = 0;
    unsigned                  bound_from = UINT_MAX;
    int                       rcvbuf = 0, with_control = 0, with_checksum = 0, with_segment = 0, with_route = 0, with_track = 0, one = 1, rx, tx, c;
    uint8_t                  *buffers = malloc((size_t)BATCH * ROOM);

    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
        switch (c) {
        case 'i': if (inet_pton(AF_INET, optarg, &self.sin_addr) != 1) die("--ip"); break;
        case 'b': rcvbuf = atoi(optarg); break;
        case 'm': with_control = 1; break;
        case 'c': with_checksum = 1; break;
        case 's': with_segment = 1; break;
        case 'r': with_route = 1; break;
        case 'l': bound_from = (unsigned)atoi(optarg); break;
        case 't': with_track = 1; break;
        default: fputs("see the comment at the head of inline_calls.c\n", stderr); return 2;
        }
    self.sin_port = htons(PORT);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    rx = socket(AF_INET, SOCK_DGRAM, 0);
    tx = raw_socket(with_route);
    if (!buffers || rx < 0 || bind(rx, (struct sockaddr *)&self, sizeof self))
        die("sockets");
    if (rcvbuf && setsockopt(rx, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof rcvbuf))
        die("SO_RCVBUFFORCE");
    if (with_control && (setsockopt(rx, IPPROTO_UDP, UDP_GRO, &one, sizeof one) || setsockopt(rx, IPPROTO_IP, IP_RECVTOS, &one, sizeof one)))
        die("UDP_GRO, IP_RECVTOS");
    for (int i = 0; i < BATCH; i++) {
        iov_in[i] = (struct iovec){ buffers + (size_t)i * ROOM, ROOM };
        in[i].msg_hdr = (struct msghdr){ .msg_name = &peer[i], .msg_iov = &iov_in[i], .msg_iovlen = 1 };
        head[i][0] = 0x45, head[i][8] = 64, head[i][9] = IPPROTO_UDP;
        memcpy(head[i] + 12, &self.sin_addr, 4);
        memcpy(head[i] + 22, &self.sin_port, 2);
        to[i].sin_family = AF_INET;
    }
    while (!stop) {
        uint8_t done[BATCH] = { 0 };
        int     n, singles = 0, sent = 0;

        for (int i = 0; i < BATCH; i++) {
            in[i].msg_hdr.msg_namelen = sizeof peer[i];
            in[i].msg_hdr.msg_control = with_control ? control[i] : NULL;
            in[i].msg_hdr.msg_controllen = with_control ? CONTROL : 0;
        }
        n = recvmmsg(rx, in, BATCH, MSG_WAITFORONE, NULL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            die("recvmmsg");
        }
        n_in += (unsigned)n;
        if (with_track) {
            struct timespec now;

            clock_gettime(CLOCK_MONOTONIC, &now);
            for (int i = 0; i < n; i++)
                track(iov_in[i].iov_base, in[i].msg_len, &peer[i], now.tv_sec * 1000000000ll + now.tv_nsec);
        }
        for (int i = 0; i < n; i++) {
            unsigned length = in[i].msg_len;
            int      run = 0;

            if (done[i])
                continue;
            for (int j = i; with_segment && j < n && (size_t)(run + 1) * length <= MOST_BYTES && run < MOST_SEGMENTS; j++)
                if (!done[j] && in[j].msg_len == length && peer[j].sin_port == peer[i].sin_port
                    && peer[j].sin_addr.s_addr == peer[i].sin_addr.s_addr) {
                    iov_run[run++] = (struct iovec){ iov_in[j].iov_base, length };
                    done[j] = 1;
                }
            if (run > 1) {
                char            room[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
                struct msghdr   m = { .msg_name = &peer[i], .msg_namelen = sizeof peer[i], .msg_iov = iov_run, .msg_iovlen = (size_t)run,
                                      .msg_control = room, .msg_controllen = sizeof room };
                struct cmsghdr *h = CMSG_FIRSTHDR(&m);
                uint16_t        size = (uint16_t)length;
                uint16_t        from = peer[i].sin_port;

                h->cmsg_level = IPPROTO_UDP, h->cmsg_type = UDP_SEGMENT, h->cmsg_len = CMSG_LEN(sizeof size);
                memcpy(CMSG_DATA(h), &size, sizeof size);
                peer[i].sin_port = self.sin_port;
                if (sendmsg(socket_of(from), &m, 0) < 0)
                    n_fail += (unsigned)run;
                else
                    n_out += (unsigned)run;
                continue;
            }
            if (length >= bound_from) {
                uint16_t from = peer[i].sin_port;

                peer[i].sin_port = self.sin_port;
                if (sendto(socket_of(from), iov_in[i].iov_base, length, 0, (struct sockaddr *)&peer[i], sizeof peer[i]) < 0)
                    n_fail++;
                else
                    n_out++;
                continue;
            }
            uint8_t *h = head[singles];
            uint16_t total = htons((uint16_t)(HEAD + length)), udp = htons((uint16_t)(8 + length)), sum;

            memcpy(h + 2, &total, 2);
            memcpy(h + 16, &peer[i].sin_addr, 4);
            memcpy(h + 20, &peer[i].sin_port, 2);
            memcpy(h + 24, &udp, 2);
            if (with_checksum) {
                h[26] = h[27] = 0;
                sum = udp_checksum(add(add((uint64_t)htons(IPPROTO_UDP) + udp, h + 12, HEAD - 12), iov_in[i].iov_base, length));
                memcpy(h + 26, &sum, 2);
            }
            iov_out[singles][0] = (struct iovec){ h + raw_form.skip, HEAD - raw_form.skip };
            iov_out[singles][1] = (struct iovec){ iov_in[i].iov_base, length };
            to[singles].sin_addr = peer[i].sin_addr;
            out[singles].msg_hdr = (struct msghdr){ .msg_name = &to[singles], .msg_namelen = sizeof to[singles], .msg_iov = iov_out[singles], .msg_iovlen = 2,
                                                    .msg_control = raw_form.control, .msg_controllen = raw_form.control_bytes };
            singles++;
        }
        while (sent < singles) {
            int r = sendmmsg(tx, out + sent, (unsigned)(singles - sent), 0);

            n_out += r > 0 ? (unsigned)r : 0;
            n_fail += r > 0 ? 0 : 1;
            sent += r > 0 ? r : 1;
        }
    }
    printf("in %llu out %llu failed %llu\n", n_in, n_out, n_fail);
    return 0;
}
