package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;

/**
 * A packet that a handler offers, to be sent by itself or in the place of another: what is checked before its bytes are copied.
 *
 * <p>Belongs to one worker, reused for packet after packet. Allocates nothing, and throws nothing whatever the handler says.
 */
final class OfferedPacket {
    private final int tunnelMtu;
    private final IpPacket packet = new IpPacket();

    OfferedPacket(int tunnelMtu) {
        this.tunnelMtu = tunnelMtu;
    }

    /** Looks at the packet; false if it is not inside the buffer, or not sound. Nothing else may be asked then. */
    boolean wrap(ByteBuffer buffer, int offset, int length) {
        boolean isInside = offset >= 0 && length >= 0 && length <= buffer.limit() - offset;
        return isInside && packet.wrap(buffer, offset, length) == PacketStatus.OK;
    }

    /** Whether it is longer than tunnelMtu. */
    boolean isTooLarge() {
        return packet.totalLength() > tunnelMtu;
    }

    /** 4 or 6. */
    int version() {
        return packet.version();
    }

    /** Bytes as the packet states them, whatever the handler said stands behind. */
    int length() {
        return packet.totalLength();
    }

    /** IPv4 type of service or IPv6 traffic class. */
    int trafficClass() {
        return packet.trafficClass();
    }
}
