package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpProtocol;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * UDP headers of replies that leave through a raw socket (RFC 768): source port, destination port, length, checksum, 16 bits each.
 * The kernel writes the IPv4 header in front. Belongs to one worker's thread; allocates nothing after construction.
 */
final class RawReplyHeaders {
    static final int BYTES = 8;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final ByteBuffer headers;
    private final long address;

    RawReplyHeaders(int count) {
        headers = NativeMemory.allocate(count * BYTES);
        address = NativeMemory.addressOf(headers);
    }

    /** Writes the header of a batch's datagram i to a place and gives its native address. */
    long write(int place, DatagramBatch batch, int i, int destinationPort) {
        LONG.set(headers, place * BYTES, header(batch, i, destinationPort));
        return address + place * BYTES;
    }

    /** Writes the header of a batch's datagram i in front of it, where {@link #BYTES} must be free. */
    void writeInFront(DatagramBatch batch, int i, int destinationPort) {
        LONG.set(batch.buffer(), batch.offset(i) - BYTES, header(batch, i, destinationPort));
    }

    private static long header(DatagramBatch batch, int i, int destinationPort) {
        int sourcePort = batch.peerPort(i);
        int udpLength = BYTES + batch.length(i);
        // RFC 768: addresses, protocol and length as a pseudo header, then UDP header and data. 32-bit halves may be added up as they are.
        long sum = Integer.toUnsignedLong(batch.origin(i)) + batch.peerLow(i) + IpProtocol.UDP + udpLength + sourcePort + destinationPort + udpLength
                + InternetChecksum.sum(batch.buffer(), batch.offset(i), batch.length(i));
        int checksum = ~InternetChecksum.fold(sum) & 0xffff;
        return (long) sourcePort << 48 | (long) destinationPort << 32 | (long) udpLength << 16
                | (checksum == 0 ? 0xffff : checksum); // 0 would mean no checksum
    }
}
