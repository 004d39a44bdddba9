package io.github.gwlb4j.simulator.packet;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Cuts IP packets into fragments (RFC 791, 3.2; RFC 8200, 4.5). Stateless; usable from any thread. */
public final class Fragmenter {
    private static final int FRAGMENT_HEADER_LENGTH = 8;
    private static final int IPV4_IDENTIFICATION_OFFSET = 4;
    private static final int IPV4_FRAGMENT_OFFSET = 6;
    private static final int IPV4_CHECKSUM_OFFSET = 10;
    private static final int IPV4_MORE_FRAGMENTS = 0x2000;
    private static final int IPV6_NEXT_HEADER_OFFSET = 6;

    private Fragmenter() {
    }

    /**
     * Cuts a packet into fragments, the first one first.
     *
     * @param packet          a whole IPv4 packet without options, or an IPv6 packet without extension headers
     * @param maxLengthBytes  most bytes that a fragment may have with its IP header, at least 8 of them data
     * @param identification  number that ties the fragments together: 16 bits for IPv4, 32 for IPv6
     * @return at least two fragments
     * @throws IllegalArgumentException if the packet is malformed, has options or extension headers, or fits as it is
     */
    public static List<byte[]> split(byte[] packet, int maxLengthBytes, int identification) {
        IpPacket view = new IpPacket();
        PacketStatus status = view.wrap(ByteBuffer.wrap(packet), 0, packet.length);
        if (status != PacketStatus.OK || view.isFragment()) {
            throw new IllegalArgumentException("not a whole IP packet: " + status.label());
        }
        int headerLength = view.version() == 4 ? IpPacket.IPV4_HEADER_LENGTH : IpPacket.IPV6_HEADER_LENGTH;
        if (view.transportOffset() != headerLength) {
            throw new IllegalArgumentException("a packet with IP options or extension headers cannot be cut here");
        }
        int fragmentHeader = view.version() == 4 ? headerLength : headerLength + FRAGMENT_HEADER_LENGTH;
        int dataLength = maxLengthBytes - fragmentHeader & ~7;
        if (dataLength < 8 || view.totalLength() <= maxLengthBytes) {
            throw new IllegalArgumentException("a packet of " + view.totalLength() + " bytes cannot be cut into fragments of "
                    + maxLengthBytes);
        }
        List<byte[]> fragments = new ArrayList<>();
        for (int offset = 0; headerLength + offset < view.totalLength(); offset += dataLength) {
            int length = Math.min(dataLength, view.totalLength() - headerLength - offset);
            boolean hasMore = headerLength + offset + length < view.totalLength();
            fragments.add(view.version() == 4
                    ? ipv4Fragment(packet, offset, length, hasMore, identification)
                    : ipv6Fragment(packet, offset, length, hasMore, identification));
        }
        return fragments;
    }

    private static byte[] ipv4Fragment(byte[] packet, int offset, int length, boolean hasMore, int identification) {
        int header = IpPacket.IPV4_HEADER_LENGTH;
        ByteBuffer fragment = ByteBuffer.allocate(header + length);
        fragment.put(packet, 0, header).put(packet, header + offset, length);
        fragment.putShort(2, (short) (header + length));
        fragment.putShort(IPV4_IDENTIFICATION_OFFSET, (short) identification);
        fragment.putShort(IPV4_FRAGMENT_OFFSET, (short) ((hasMore ? IPV4_MORE_FRAGMENTS : 0) | offset >> 3));
        fragment.putShort(IPV4_CHECKSUM_OFFSET, (short) 0);
        fragment.putShort(IPV4_CHECKSUM_OFFSET, (short) InternetChecksum.of(fragment, 0, header));
        return fragment.array();
    }

    private static byte[] ipv6Fragment(byte[] packet, int offset, int length, boolean hasMore, int identification) {
        int header = IpPacket.IPV6_HEADER_LENGTH;
        ByteBuffer fragment = ByteBuffer.allocate(header + FRAGMENT_HEADER_LENGTH + length);
        fragment.put(packet, 0, header);
        fragment.put(packet[IPV6_NEXT_HEADER_OFFSET]).put((byte) 0).putShort((short) (offset | (hasMore ? 1 : 0)))
                .putInt(identification);
        fragment.put(packet, header + offset, length);
        fragment.putShort(4, (short) (FRAGMENT_HEADER_LENGTH + length));
        fragment.put(IPV6_NEXT_HEADER_OFFSET, (byte) IpProtocol.FRAGMENT);
        return fragment.array();
    }
}
