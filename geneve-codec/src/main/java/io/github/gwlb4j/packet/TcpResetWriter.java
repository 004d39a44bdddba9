package io.github.gwlb4j.packet;

import io.github.gwlb4j.internal.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes the TCP resets with which a box on the way ends a connection: one to the sender of a segment, and one to its receiver.
 *
 * <p>Stateless; usable from any thread. Nothing is allocated. How often resets are sent is the caller's to limit. No reset is ever
 * answered with one (RFC 9293, 3.5.2).
 *
 * <pre>
 *   IP header, 20 or 40 bytes, then
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  |                        Sequence Number                        |
 *  |                    Acknowledgment Number                      |
 *  |   5   |  0    |    RST [ACK]  |           Window 0            |
 *  |           Checksum            |              0                |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class TcpResetWriter {
    /** Most bytes that a reset has: an IPv6 and a TCP header. */
    public static final int MAX_LENGTH = IpPacket.IPV6_HEADER_LENGTH + TcpHeader.MIN_LENGTH;

    private static final int DATA_OFFSET = TcpHeader.MIN_LENGTH / 4 << 4;

    private TcpResetWriter() {
    }

    /**
     * Writes the reset that the sender of a segment accepts, as though its receiver knew no such connection (RFC 9293, 3.5.2,
     * group 1): it takes its sequence number from the segment's acknowledgment, or acknowledges the segment if that has none.
     *
     * @param packet wrapped with {@link PacketStatus#OK}
     * @param tcp    wrapped around the same packet
     * @param target receives the reset; may be the packet's own buffer, but not the same region; its position, limit and byte
     *               order do not matter and do not change
     * @param offset absolute position of its first byte; {@link #MAX_LENGTH} bytes from there are always enough
     * @return length in bytes; 0 if the segment is a reset itself or one of its addresses is no single host's: nothing is written then
     * @throws IndexOutOfBoundsException if the reset does not fit below the target's limit: nothing is written then
     */
    public static int writeToSender(IpPacket packet, TcpHeader tcp, ByteBuffer target, int offset) {
        if (!mayReset(packet, tcp)) {
            return 0;
        }
        int length = lengthOf(packet);
        Objects.checkFromIndexSize(offset, length, target.limit());
        AnswerHeaders.writeBack(packet, 0, IpProtocol.TCP, length, target, offset);
        boolean isAcknowledging = tcp.has(TcpHeader.ACK);
        int at = offset + length - TcpHeader.MIN_LENGTH;
        Bytes.put32(target, at, tcp.destinationPort() << 16 | tcp.sourcePort());
        write(target, offset, length, isAcknowledging ? tcp.acknowledgmentNumber() : 0, isAcknowledging ? 0 : sequenceAfter(tcp),
                isAcknowledging ? TcpHeader.RST : TcpHeader.RST | TcpHeader.ACK);
        return length;
    }

    /**
     * Writes a reset in a segment's place: the receiver of the segment accepts it if the segment would have been the next in order.
     *
     * @param packet wrapped with {@link PacketStatus#OK}; it must not be sent itself
     * @param tcp    wrapped around the same packet
     * @param target receives the reset; as for {@link #writeToSender}
     * @param offset absolute position of its first byte; {@link #MAX_LENGTH} bytes from there are always enough
     * @return length in bytes; 0 if the segment is a reset itself or one of its addresses is no single host's: nothing is written then
     * @throws IndexOutOfBoundsException if the reset does not fit below the target's limit: nothing is written then
     */
    public static int writeToReceiver(IpPacket packet, TcpHeader tcp, ByteBuffer target, int offset) {
        if (!mayReset(packet, tcp)) {
            return 0;
        }
        int length = lengthOf(packet);
        Objects.checkFromIndexSize(offset, length, target.limit());
        AnswerHeaders.writeOnward(packet, IpProtocol.TCP, length, target, offset);
        boolean isAcknowledging = tcp.has(TcpHeader.ACK);
        Bytes.put32(target, offset + length - TcpHeader.MIN_LENGTH, tcp.sourcePort() << 16 | tcp.destinationPort());
        write(target, offset, length, tcp.sequenceNumber(), isAcknowledging ? tcp.acknowledgmentNumber() : 0,
                isAcknowledging ? TcpHeader.RST | TcpHeader.ACK : TcpHeader.RST);
        return length;
    }

    private static boolean mayReset(IpPacket packet, TcpHeader tcp) {
        return !tcp.has(TcpHeader.RST) && IcmpErrorWriter.errorStatus(packet) == IcmpErrorStatus.OK;
    }

    private static int lengthOf(IpPacket packet) {
        return (packet.version() == 4 ? IpPacket.IPV4_HEADER_LENGTH : IpPacket.IPV6_HEADER_LENGTH) + TcpHeader.MIN_LENGTH;
    }

    /** SYN and FIN take a number each, as a byte of data does (RFC 9293, 3.4). */
    private static int sequenceAfter(TcpHeader tcp) {
        return tcp.sequenceNumber() + tcp.payloadLength() + (tcp.has(TcpHeader.SYN) ? 1 : 0) + (tcp.has(TcpHeader.FIN) ? 1 : 0);
    }

    /** The IP header and the ports stand already. */
    private static void write(ByteBuffer target, int offset, int length, int sequence, int acknowledgment, int flags) {
        int at = offset + length - TcpHeader.MIN_LENGTH;
        Bytes.put32(target, at + TcpHeader.SEQUENCE_OFFSET, sequence);
        Bytes.put32(target, at + TcpHeader.ACKNOWLEDGMENT_OFFSET, acknowledgment);
        Bytes.put32(target, at + TcpHeader.DATA_OFFSET_OFFSET, (DATA_OFFSET << 8 | flags) << 16);
        Bytes.put32(target, at + TcpHeader.CHECKSUM_OFFSET, 0);
        int version = length == MAX_LENGTH ? 6 : 4;
        long sum = AnswerHeaders.pseudoHeaderSum(version, target, offset, IpProtocol.TCP, TcpHeader.MIN_LENGTH)
                + InternetChecksum.sum(target, at, TcpHeader.MIN_LENGTH);
        Bytes.put16(target, at + TcpHeader.CHECKSUM_OFFSET, ~InternetChecksum.fold(sum) & 0xffff);
    }
}
