package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import java.nio.ByteBuffer;

/**
 * A packet as its receiver would answer it: addresses and ports exchanged. With it the rules are asked about a connection when the
 * packet at hand is the responder's. Belongs to one thread; allocates nothing after construction.
 */
final class ReversedPacket {
    private static final int IPV4_HEADER = 20;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_SOURCE = 8;
    /** Enough of a transport header for every rule to read what it wants. */
    private static final int TRANSPORT = 20;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(IPV6_HEADER + TRANSPORT);
    private final IpPacket packet = new IpPacket();

    /** The reverse of a whole packet or first fragment; extension headers and options are left out. Valid until the next call. */
    IpPacket of(IpPacket original) {
        boolean isIpv4 = original.version() == 4;
        int header = isIpv4 ? IPV4_HEADER : IPV6_HEADER;
        int length = header + TRANSPORT;
        for (int i = 0; i < length; i += Integer.BYTES) {
            bytes.putInt(i, 0);
        }
        if (isIpv4) {
            bytes.putInt(0, 0x4500_0000 | length).putInt(8, 64 << 24 | original.protocol() << 16);
            bytes.putInt(IPV4_SOURCE, (int) original.destinationLow()).putInt(IPV4_SOURCE + 4, (int) original.sourceLow());
        } else {
            bytes.putInt(0, 6 << 28).putInt(4, TRANSPORT << 16 | original.protocol() << 8 | 64);
            bytes.putLong(IPV6_SOURCE, original.destinationHigh()).putLong(IPV6_SOURCE + 8, original.destinationLow());
            bytes.putLong(IPV6_SOURCE + 16, original.sourceHigh()).putLong(IPV6_SOURCE + 24, original.sourceLow());
        }
        if (original.hasPorts()) {
            bytes.putShort(header, (short) original.destinationPort()).putShort(header + 2, (short) original.sourcePort());
        }
        if (original.protocol() == IpProtocol.TCP) {
            bytes.put(header + 12, (byte) (TRANSPORT / 4 << 4));
        }
        packet.wrap(bytes, 0, length);
        return packet;
    }
}
