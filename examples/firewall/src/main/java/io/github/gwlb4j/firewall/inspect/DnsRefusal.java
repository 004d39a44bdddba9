package io.github.gwlb4j.firewall.inspect;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.UdpHeader;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes the answer REFUSED to a DNS query over UDP: a whole IP packet from the server that was asked to the client, so that the
 * client fails at once instead of waiting. A client that speaks EDNS is told "Blocked" as the reason (RFC 8914, 4.16).
 *
 * <p>Stateless; usable from any thread. Nothing is allocated. The answer is little longer than the query, so it is of no use
 * to who forges source addresses.
 *
 * <pre>
 *   IP header, 20 or 40 bytes, and UDP header, 8 bytes: addresses and ports exchanged
 *   DNS header, 12 bytes: the query's identifier, operation and RD bit; QR = 1, RA as RD, RCODE = 5, one question
 *   the question, byte for byte: letter case is kept, which some clients check
 *   if the query had one, an OPT record of 17 bytes
 * </pre>
 */
public final class DnsRefusal {
    /** Most bytes that an answer has: headers, the longest question and the OPT record. */
    public static final int MAX_LENGTH = 40 + UdpHeader.LENGTH + DnsQuestion.HEADER_LENGTH + 255 + 4 + 17;

    private static final int TTL = 64;
    private static final int IPV4_DONT_FRAGMENT = 0x4000;
    private static final int IPV4_CHECKSUM_OFFSET = 10;
    private static final int REFUSED = 5;
    private static final int OPERATION_AND_RECURSION_DESIRED = 0x7900;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int OPT_LENGTH = 17;
    private static final int TYPE_OPT = 41;
    /** What fits into the smallest IPv6 packet that every link carries: 1280 bytes less the headers. */
    private static final int EDNS_UDP_SIZE = 1232;
    private static final int OPTION_EXTENDED_ERROR = 15;
    private static final int EXTENDED_ERROR_BLOCKED = 15;

    private DnsRefusal() {
    }

    /**
     * Writes the answer.
     *
     * @param query    the packet that {@code question} was read from
     * @param question has read that packet
     * @param target   receives the answer; not the query's own region; its position, limit and byte order do not matter and do not change
     * @param offset   absolute position of the answer's first byte; {@link #MAX_LENGTH} bytes from there are always enough
     * @return length of the answer in bytes; 0 if there is nothing to answer: no question could be read, or the query is a fragment.
     *         Nothing is written then
     * @throws IndexOutOfBoundsException if the answer does not fit below the target's limit: nothing is written then
     */
    public static int write(IpPacket query, DnsQuestion question, ByteBuffer target, int offset) {
        if (question.questionLength() == 0 || query.isFragment() || query.protocol() != IpProtocol.UDP) {
            return 0;
        }
        boolean isIpv4 = query.version() == 4;
        int headerLength = isIpv4 ? IpPacket.IPV4_HEADER_LENGTH : IpPacket.IPV6_HEADER_LENGTH;
        int udpLength = UdpHeader.LENGTH + DnsQuestion.HEADER_LENGTH + question.questionLength() + (question.hasEdns() ? OPT_LENGTH : 0);
        Objects.checkFromIndexSize(offset, headerLength + udpLength, target.limit());
        long pseudoHeader = isIpv4 ? writeIpv4(query, udpLength, target, offset) : writeIpv6(query, udpLength, target, offset);
        int udp = offset + headerLength;
        writeMessage(question, target, udp + UdpHeader.LENGTH);
        writeUdp(query, udpLength, pseudoHeader, target, udp);
        return headerLength + udpLength;
    }

    /** RFC 791, 3.1; answers the pseudo header's sum. */
    private static long writeIpv4(IpPacket query, int udpLength, ByteBuffer target, int at) {
        Unsigned.put32(target, at, 0x4500 << 16 | IpPacket.IPV4_HEADER_LENGTH + udpLength);
        // Never fragmented, so no other packet can be taken for a part of it: identification 0 (RFC 6864, 4.1).
        Unsigned.put32(target, at + 4, IPV4_DONT_FRAGMENT);
        Unsigned.put32(target, at + 8, (TTL << 8 | IpProtocol.UDP) << 16);
        Unsigned.put32(target, at + 12, (int) query.destinationLow());
        Unsigned.put32(target, at + 16, (int) query.sourceLow());
        Unsigned.put16(target, at + IPV4_CHECKSUM_OFFSET, InternetChecksum.of(target, at, IpPacket.IPV4_HEADER_LENGTH));
        return InternetChecksum.sum(target, at + 12, 8) + IpProtocol.UDP + udpLength;
    }

    /** RFC 8200, 3; answers the pseudo header's sum. */
    private static long writeIpv6(IpPacket query, int udpLength, ByteBuffer target, int at) {
        Unsigned.put32(target, at, 6 << 28);
        Unsigned.put32(target, at + 4, udpLength << 16 | IpProtocol.UDP << 8 | TTL);
        putAddress(target, at + 8, query.destinationHigh(), query.destinationLow());
        putAddress(target, at + 24, query.sourceHigh(), query.sourceLow());
        return InternetChecksum.sum(target, at + 8, 32) + IpProtocol.UDP + udpLength;
    }

    private static void putAddress(ByteBuffer target, int at, long high, long low) {
        Unsigned.put32(target, at, (int) (high >>> 32));
        Unsigned.put32(target, at + 4, (int) high);
        Unsigned.put32(target, at + 8, (int) (low >>> 32));
        Unsigned.put32(target, at + 12, (int) low);
    }

    private static void writeMessage(DnsQuestion question, ByteBuffer target, int at) {
        ByteBuffer query = question.message();
        int from = question.offset();
        boolean hasEdns = question.hasEdns();
        int flags = Unsigned.u16(query, from + DnsQuestion.FLAGS_OFFSET) & OPERATION_AND_RECURSION_DESIRED;
        // Without RA, tools blame the server for not being a resolver, which is not why it refuses.
        int available = (flags & RECURSION_DESIRED) == 0 ? 0 : RECURSION_AVAILABLE;
        Unsigned.put16(target, at, Unsigned.u16(query, from));
        Unsigned.put16(target, at + DnsQuestion.FLAGS_OFFSET, DnsQuestion.RESPONSE_FLAG | flags | available | REFUSED);
        Unsigned.put32(target, at + DnsQuestion.QUESTION_COUNT_OFFSET, 1 << 16);
        Unsigned.put32(target, at + 8, hasEdns ? 1 : 0);
        int questionAt = at + DnsQuestion.HEADER_LENGTH;
        target.put(questionAt, query, from + DnsQuestion.HEADER_LENGTH, question.questionLength());
        if (hasEdns) {
            writeOpt(target, questionAt + question.questionLength());
        }
    }

    /** Root name, type, UDP size, extended RCODE and flags, data: one option (RFC 6891, 6.1.2; RFC 8914, 2). */
    private static void writeOpt(ByteBuffer target, int at) {
        target.put(at, (byte) 0);
        Unsigned.put32(target, at + 1, TYPE_OPT << 16 | EDNS_UDP_SIZE);
        Unsigned.put32(target, at + 5, 0);
        Unsigned.put16(target, at + 9, 6);
        Unsigned.put32(target, at + 11, OPTION_EXTENDED_ERROR << 16 | 2);
        Unsigned.put16(target, at + 15, EXTENDED_ERROR_BLOCKED);
    }

    private static void writeUdp(IpPacket query, int length, long pseudoHeader, ByteBuffer target, int at) {
        Unsigned.put32(target, at, query.destinationPort() << 16 | query.sourcePort());
        Unsigned.put32(target, at + 4, length << 16);
        int checksum = ~InternetChecksum.fold(pseudoHeader + InternetChecksum.sum(target, at, length)) & 0xffff;
        Unsigned.put16(target, at + 6, checksum == 0 ? 0xffff : checksum); // 0 would mean: none (RFC 768)
    }
}
