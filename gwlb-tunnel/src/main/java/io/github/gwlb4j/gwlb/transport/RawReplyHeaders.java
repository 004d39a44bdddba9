package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpProtocol;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final long VERSION_AND_LENGTH = 0x45L << 56;
    private static final long TTL_AND_PROTOCOL = (long) TTL << 56 | (long) IpProtocol.UDP << 48;
    private static final int TRAFFIC_CLASS_SHIFT = 48;

    private final ByteBuffer headers;
    private final long address;

    RawReplyHeaders(int count) {
        headers = NativeMemory.allocate(count * STRIDE);
        address = NativeMemory.addressOf(headers);
    }

    /** Writes the headers of a batch's datagram i to a place and gives its native address. */
    long write(int place, DatagramBatch batch, int i, int destinationPort) {
        write(headers, place * STRIDE, batch, i, destinationPort);
        return address + place * STRIDE;
    }

    /** Writes the headers of a batch's datagram i in front of it, where {@link #BYTES} must be free. */
    void writeInFront(DatagramBatch batch, int i, int destinationPort) {
        write(batch.buffer(), batch.offset(i) - BYTES, batch, i, destinationPort);
    }

    private static void write(ByteBuffer to, int at, DatagramBatch batch, int i, int destinationPort) {
        long source = Integer.toUnsignedLong(batch.origin(i));
        long destination = batch.peerLow(i);
        int sourcePort = batch.peerPort(i);
        int udpLength = UDP_HEADER_BYTES + batch.length(i);
        // RFC 768: addresses, protocol and length as a pseudo header, then UDP header and data. 32-bit halves may be added up as they are.
        long sum = source + destination + IpProtocol.UDP + udpLength + sourcePort + destinationPort + udpLength
                + InternetChecksum.sum(batch.buffer(), batch.offset(i), batch.length(i));
        int checksum = ~InternetChecksum.fold(sum) & 0xffff;
        LONG.set(to, at, VERSION_AND_LENGTH | (long) Math.max(0, batch.replyTrafficClass(i)) << TRAFFIC_CLASS_SHIFT);
        LONG.set(to, at + 8, TTL_AND_PROTOCOL | source);
        LONG.set(to, at + 16, destination << 32 | (long) sourcePort << 16 | destinationPort);
        INT.set(to, at + 24, udpLength << 16 | (checksum == 0 ? 0xffff : checksum)); // 0 would mean no checksum
    }
}
