package io.github.gwlb4j.simulator;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** A datagram that came back to the simulator, judged. Immutable, apart from the arrays. */
public final class Reply {
    private final byte[] datagram;
    private final int headerLength;
    private final InetSocketAddress source;
    private final InetAddress node;
    private final GwlbFlow flow;
    private final Set<ReplyFault> faults;

    Reply(ReceivedDatagram received, SentPacket sent, EnumSet<ReplyFault> faults) {
        this.datagram = received.copy();
        this.headerLength = received.headerLength();
        this.source = received.source();
        this.node = received.node().address();
        this.flow = sent == null ? null : sent.packet.flow();
        this.faults = Collections.unmodifiableSet(EnumSet.copyOf(faults));
    }

    /**
     * What is wrong with it.
     *
     * @return empty if all is right
     */
    public Set<ReplyFault> faults() {
        return faults;
    }

    /**
     * Whether nothing is wrong.
     *
     * @return true if {@link #faults()} is empty
     */
    public boolean isIntact() {
        return faults.isEmpty();
    }

    /**
     * The flow of the packet that this is the reply to.
     *
     * @return empty if it matches nothing that was sent
     */
    public Optional<GwlbFlow> flow() {
        return Optional.ofNullable(flow);
    }

    /**
     * The whole UDP payload: GENEVE header and inner packet.
     *
     * @return an array of the caller's own
     */
    public byte[] datagram() {
        return datagram.clone();
    }

    /**
     * What follows the GENEVE header.
     *
     * @return an array of the caller's own; the whole payload if it has no GENEVE header
     */
    public byte[] innerPacket() {
        return Arrays.copyOfRange(datagram, headerLength, datagram.length);
    }

    /**
     * Outer source address and UDP source port.
     *
     * @return right is the appliance's address and the flow's port
     */
    public InetSocketAddress source() {
        return source;
    }

    /**
     * The load balancer node that it came to.
     *
     * @return outer destination address
     */
    public InetAddress node() {
        return node;
    }

    @Override
    public String toString() {
        return datagram.length + " bytes from " + source.getAddress().getHostAddress() + ":" + source.getPort() + " to "
                + node.getHostAddress() + (flow == null ? "" : ", flow " + flow) + ", "
                + (faults.isEmpty() ? "intact" : "wrong: " + faults);
    }
}
