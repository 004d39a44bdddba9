package io.github.gwlb4j.simulator;

import java.util.Arrays;
import java.util.Objects;

/** A datagram to be sent: never changed, so that it can be sent again and compared with what comes back. */
final class OutboundPacket {
    private final GwlbFlow flow;
    private final byte[] datagram;
    private final String kind;
    private final boolean isExpectedBack;
    private final int headerLength;
    private final long innerHash;

    OutboundPacket(GwlbFlow flow, byte[] datagram, String kind, boolean isExpectedBack) {
        this.flow = Objects.requireNonNull(flow, "flow");
        this.datagram = datagram;
        this.kind = kind;
        this.isExpectedBack = isExpectedBack;
        this.headerLength = Datagrams.headerLength(datagram, datagram.length);
        this.innerHash = Datagrams.innerHash(datagram, headerLength, datagram.length - headerLength);
    }

    /** The same inner packet in another flow; a datagram that an appliance must refuse stays as it is. */
    OutboundPacket movedTo(GwlbFlow other) {
        return new OutboundPacket(other, kind.equals(CaptureFeed.REFUSED) ? datagram : other.encapsulate(innerPacket()), kind, isExpectedBack);
    }

    /** The same packet, which the appliance is to drop. */
    OutboundPacket notExpectedBack() {
        return new OutboundPacket(flow, datagram, kind, false);
    }

    GwlbFlow flow() {
        return flow;
    }

    byte[] datagram() {
        return datagram;
    }

    /** The row in the report. */
    String kind() {
        return kind;
    }

    boolean isExpectedBack() {
        return isExpectedBack;
    }

    /** Length of the GENEVE header, 0 if there is no whole one. */
    int headerLength() {
        return headerLength;
    }

    /** A copy of what follows the GENEVE header. */
    byte[] innerPacket() {
        return Arrays.copyOfRange(datagram, headerLength, datagram.length);
    }

    int innerLength() {
        return datagram.length - headerLength;
    }

    long innerHash() {
        return innerHash;
    }
}
