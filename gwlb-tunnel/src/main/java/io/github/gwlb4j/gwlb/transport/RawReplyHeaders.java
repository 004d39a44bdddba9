package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpProtocol;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * IPv4 and UDP headers of replies that leave through a raw socket. Belongs to one worker's thread; allocates nothing after
 * construction.
 *
 * <pre>
 *   0  45 | TOS | total length      12  source address
 *   4  identification | fragment    16  destination address
 *   8  TTL | 17 | header checksum   20  source port | destination port
 *                                   24  UDP length  | UDP checksum
 * </pre>
 *
 * <p>The kernel fills in total length, identification and header checksum (raw(7)). DF is clear, as on the bound sockets.
 */
final class RawReplyHeaders {
    static final int BYTES = 28;
    /** As the kernel's own default (net.ipv4.ip_default_ttl), which bound sockets have. */
    private static final int TTL = 64;
    private static final int UDP_HEADER_BYTES = 8;
    /** Keeps the fields aligned. */
    private static final int STRIDE = 32;

    private final ByteBuffer headers;
    private final long address;

    RawReplyHeaders(int count) {
        headers = NativeMemory.allocate(count * STRIDE);
        address = NativeMemory.addressOf(headers);
        headers.order(ByteOrder.BIG_ENDIAN);
    }

    /** Writes the headers of a batch's datagram i to a place and gives its native address. */
    long write(int place, DatagramBatch batch, int i, int destinationPort) {
        int at = place * STRIDE;
        int source = batch.origin(i);
        int destination = (int) batch.peerLow(i);
        int udpLength = UDP_HEADER_BYTES + batch.length(i);
        headers.put(at, (byte) 0x45);
        headers.put(at + 1, (byte) Math.max(0, batch.replyTrafficClass(i)));
        headers.putShort(at + 2, (short) 0);
        headers.putInt(at + 4, 0);
        headers.put(at + 8, (byte) TTL);
        headers.put(at + 9, (byte) IpProtocol.UDP);
        headers.putShort(at + 10, (short) 0);
        headers.putInt(at + 12, source);
        headers.putInt(at + 16, destination);
        headers.putShort(at + 20, (short) batch.peerPort(i));
        headers.putShort(at + 22, (short) destinationPort);
        headers.putShort(at + 24, (short) udpLength);
        headers.putShort(at + 26, (short) 0);
        // RFC 768: addresses, protocol and length as a pseudo header, then UDP header and data; 0 would mean no checksum.
        long sum = InternetChecksum.sum(headers, at + 12, BYTES - 12) + IpProtocol.UDP + udpLength
                + InternetChecksum.sum(batch.buffer(), batch.offset(i), batch.length(i));
        int checksum = ~InternetChecksum.fold(sum) & 0xffff;
        headers.putShort(at + 26, (short) (checksum == 0 ? 0xffff : checksum));
        return address + at;
    }
}
