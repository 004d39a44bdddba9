package io.github.gwlb4j.firewall.rules;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;
import java.nio.ByteBuffer;

/** Makes a packet to ask the rules about: headers that they look at, no payload, no checksums. Cold path; not thread-safe. */
final class SamplePacket {
    private static final int VERSION_6 = 0x6000_0000;
    private static final short IPV4_START = 0x4500;
    private static final byte TTL = 64;
    private static final byte FRAGMENT_HEADER = 44;
    private static final int TRANSPORT_LENGTH = 20;
    private static final int TCP_DATA_OFFSET = 5 << 12;

    private int version = 4;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int protocol = IpProtocol.TCP;
    private int sourcePort;
    private int destinationPort;
    private int flags = TcpHeader.SYN;
    private int fragmentOffset;

    SamplePacket from(int version, long high, long low, int port) {
        this.version = version;
        sourceHigh = high;
        sourceLow = low;
        sourcePort = port;
        return this;
    }

    SamplePacket to(long high, long low, int port) {
        destinationHigh = high;
        destinationLow = low;
        destinationPort = port;
        return this;
    }

    SamplePacket protocol(int protocol) {
        this.protocol = protocol;
        return this;
    }

    /** TCP flags as in {@link TcpHeader}; without this, SYN. */
    SamplePacket flags(int flags) {
        this.flags = flags;
        return this;
    }

    /** Makes it a later fragment, whose data belong that many bytes behind the start; a multiple of 8. */
    SamplePacket fragmentOffset(int bytes) {
        this.fragmentOffset = bytes;
        return this;
    }

    IpPacket build() {
        ByteBuffer buffer = ByteBuffer.allocate(IpPacket.IPV6_HEADER_LENGTH + 8 + TRANSPORT_LENGTH);
        if (version == 4) {
            buffer.putShort(IPV4_START).putShort((short) (IpPacket.IPV4_HEADER_LENGTH + TRANSPORT_LENGTH)).putShort((short) 0)
                    .putShort((short) (fragmentOffset >> 3)).put(TTL).put((byte) protocol).putShort((short) 0)
                    .putInt((int) sourceLow).putInt((int) destinationLow);
        } else {
            boolean isFragment = fragmentOffset > 0;
            buffer.putInt(VERSION_6).putShort((short) (TRANSPORT_LENGTH + (isFragment ? 8 : 0)))
                    .put(isFragment ? FRAGMENT_HEADER : (byte) protocol).put(TTL)
                    .putLong(sourceHigh).putLong(sourceLow).putLong(destinationHigh).putLong(destinationLow);
            if (isFragment) {
                buffer.put((byte) protocol).put((byte) 0).putShort((short) fragmentOffset).putInt(1);
            }
        }
        if (IpProtocol.hasPorts(protocol)) {
            buffer.putShort((short) sourcePort).putShort((short) destinationPort);
            if (protocol == IpProtocol.TCP) {
                buffer.putLong(0).putShort((short) (TCP_DATA_OFFSET | flags));
            }
        }
        int length = IpPacket.IPV4_HEADER_LENGTH + TRANSPORT_LENGTH;
        if (version == 6) {
            length = IpPacket.IPV6_HEADER_LENGTH + TRANSPORT_LENGTH + (fragmentOffset > 0 ? 8 : 0);
        }
        IpPacket packet = new IpPacket();
        PacketStatus status = packet.wrap(buffer, 0, length);
        if (status != PacketStatus.OK) {
            throw new IllegalArgumentException("such a packet cannot be: " + status.label());
        }
        return packet;
    }
}
