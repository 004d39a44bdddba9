package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

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
    private final int optionClass;
    private GwlbFlow predecessor;
    private GwlbFlow successor;

    GwlbFlow(FlowSocket socket, int optionClass, long endpointId, int flowCookie) {
        this.optionClass = optionClass;
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
        byte[] header = header(isIpv6);
        byte[] datagram = new byte[header.length + innerPacket.length];
        System.arraycopy(header, 0, datagram, 0, header.length);
        System.arraycopy(innerPacket, 0, datagram, header.length, innerPacket.length);
        return datagram;
    }

    private byte[] header(boolean isIpv6) {
        return isIpv6 ? ipv6Header : ipv4Header;
    }

    /** Whether a datagram begins with this flow's header, as this simulator writes it. */
    boolean hasHeader(byte[] datagram, int headerLength) {
        return Arrays.equals(ipv4Header, 0, ipv4Header.length, datagram, 0, headerLength)
                || Arrays.equals(ipv6Header, 0, ipv6Header.length, datagram, 0, headerLength);
    }

    /** From now on the load balancer has this flow as another one: at another node, or with another cookie. */
    void replaceBy(GwlbFlow next) {
        successor = next;
        next.predecessor = this;
    }

    /** What has become of this flow, or null. */
    GwlbFlow successor() {
        return successor;
    }

    /** What this flow was before, or null. */
    GwlbFlow predecessor() {
        return predecessor;
    }

    /** The same flow on the wire, with an order of its own: for a packet that need not keep its place among the others. */
    GwlbFlow twin() {
        return new GwlbFlow(socket, optionClass, endpointId, flowCookie);
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
