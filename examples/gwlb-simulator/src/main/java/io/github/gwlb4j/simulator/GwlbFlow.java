package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * A flow as the load balancer sees it: one node, one UDP source port, one endpoint and one cookie, the same for both
 * directions of the inner connection. Made by {@link GwlbSimulator#newFlow()}.
 *
 * <p>Not thread-safe: it belongs to the thread that uses its simulator.
 */
public final class GwlbFlow {
    private final FlowSocket socket;
    private final long endpointId;
    private final int flowCookie;
    private final byte[] ipv4Header;
    private final byte[] ipv6Header;
    private long nextSequence;
    private long highestReturned = -1;

    GwlbFlow(FlowSocket socket, int optionClass, long endpointId, int flowCookie) {
        this.socket = socket;
        this.endpointId = endpointId;
        this.flowCookie = flowCookie;
        this.ipv4Header = header(optionClass, Geneve.PROTOCOL_IPV4);
        this.ipv6Header = header(optionClass, Geneve.PROTOCOL_IPV6);
    }

    private byte[] header(int optionClass, int protocolType) {
        ByteBuffer header = ByteBuffer.allocate(Gwlb.HEADER_LENGTH);
        new GwlbHeaderEncoder(optionClass).encode(header, 0, protocolType, endpointId, 0, flowCookie);
        return header.array();
    }

    /** The inner packet with this flow's GENEVE header before it; the protocol type follows the version nibble. */
    byte[] encapsulate(byte[] innerPacket) {
        boolean isIpv6 = innerPacket.length > 0 && innerPacket[0] >>> 4 == 6;
        byte[] header = isIpv6 ? ipv6Header : ipv4Header;
        byte[] datagram = new byte[header.length + innerPacket.length];
        System.arraycopy(header, 0, datagram, 0, header.length);
        System.arraycopy(innerPacket, 0, datagram, header.length, innerPacket.length);
        return datagram;
    }

    FlowSocket socket() {
        return socket;
    }

    long nextSequence() {
        return nextSequence++;
    }

    /** Takes note of a packet that came back; false if a later one was back before it. */
    boolean returnedInOrder(long sequence) {
        if (sequence < highestReturned) {
            return false;
        }
        highestReturned = sequence;
        return true;
    }

    /**
     * The load balancer node that the flow belongs to.
     *
     * @return the node's address
     */
    public InetAddress node() {
        return socket.node().address();
    }

    /**
     * The outer UDP source port, of packets and of their replies.
     *
     * @return 1024 to 65535
     */
    public int udpSourcePort() {
        return socket.port();
    }

    /**
     * The endpoint that the flow came through.
     *
     * @return the id in GENEVE option 1; 0 if a replayed datagram had none
     */
    public long endpointId() {
        return endpointId;
    }

    /**
     * The flow's cookie.
     *
     * @return the cookie in GENEVE option 3; 0 if a replayed datagram had none
     */
    public int flowCookie() {
        return flowCookie;
    }

    @Override
    public String toString() {
        return String.format("%s:%d endpoint %s cookie %08x", node().getHostAddress(), udpSourcePort(),
                EndpointId.toHex(endpointId), flowCookie);
    }
}
