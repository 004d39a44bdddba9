package io.github.gwlb4j.simulator;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A datagram that arrived, in a reused buffer: valid until the next one is received. */
final class ReceivedDatagram {
    /** No UDP payload is longer. */
    private static final int MAX_LENGTH = 65535;

    private final byte[] bytes = new byte[MAX_LENGTH];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private InetSocketAddress source;
    private LoadBalancerNode node;
    private FlowSocket flowSocket;
    private int length;
    private int headerLength;
    private long innerHash;
    private long receivedNs;

    /** The empty buffer to receive into. */
    ByteBuffer clear() {
        return buffer.clear();
    }

    /** Takes note of what {@link #clear()}'s buffer got. */
    void received(InetSocketAddress source, LoadBalancerNode node, FlowSocket flowSocket, long receivedNs) {
        this.source = source;
        this.node = node;
        this.flowSocket = flowSocket;
        this.receivedNs = receivedNs;
        length = buffer.position();
        headerLength = Datagrams.headerLength(bytes, length);
        innerHash = Datagrams.innerHash(bytes, headerLength, length - headerLength);
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    int headerLength() {
        return headerLength;
    }

    int innerLength() {
        return length - headerLength;
    }

    long innerHash() {
        return innerHash;
    }

    long receivedNs() {
        return receivedNs;
    }

    InetSocketAddress source() {
        return source;
    }

    /** The node whose address it came to. */
    LoadBalancerNode node() {
        return node;
    }

    /** Whether it came to a flow's own port in place of the GENEVE port. */
    boolean isOnFlowPort() {
        return flowSocket != null;
    }

    boolean hasHeaderOf(OutboundPacket sent) {
        return Arrays.equals(bytes, 0, headerLength, sent.datagram(), 0, sent.headerLength());
    }

    boolean hasInnerPacketOf(OutboundPacket sent) {
        return Arrays.equals(bytes, headerLength, length, sent.datagram(), sent.headerLength(), sent.datagram().length);
    }

    boolean hasPortOf(GwlbFlow flow) {
        return source.getPort() == flow.udpSourcePort();
    }

    boolean isAtNodeOf(GwlbFlow flow) {
        return node == flow.socket().node();
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }
}
