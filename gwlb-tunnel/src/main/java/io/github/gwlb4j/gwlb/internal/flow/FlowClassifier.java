package io.github.gwlb4j.gwlb.internal.flow;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.TcpHeader;

/**
 * Tells to which flow a packet belongs, on both sides of the appliance alike: whole packets and first fragments by their
 * ports, later fragments by what their first said, ICMP errors by the packet they quote, be it a fragment.
 *
 * <p>Not thread-safe: belongs to one worker; the fragment records are shared. Allocates nothing.
 *
 * <p>A later fragment whose first has not been seen (it was overtaken, or went past another appliance) is keyed by addresses and
 * protocol alone. As that holds on both sides, it still finds back what it came with.
 */
public final class FlowClassifier {
    private final FragmentRecords fragments;
    private final FlowKey key = new FlowKey();
    private final FlowKey fragmentKey = new FlowKey();
    /** Of ICMP errors, which make a key take memory for what they quote, once: not one of the many keys of a caller's. */
    private final FlowKey errorKey = new FlowKey();
    private final IpPacket quoted = new IpPacket();
    private final TcpHeader tcp = new TcpHeader();
    private FlowSignal signal = FlowSignal.DATA;

    /**
     * Makes a classifier.
     *
     * @param fragments shared by all workers
     */
    public FlowClassifier(FragmentRecords fragments) {
        this.fragments = fragments;
    }

    /**
     * Takes a packet's flow; {@link #key()} and {@link #signal()} tell it.
     *
     * @param endpointId the endpoint that the packet came through, or will go through
     * @param packet     wrapped with {@link PacketStatus#OK}
     * @param nowNs      monotonic time
     */
    public void classify(long endpointId, IpPacket packet, long nowNs) {
        FlowSignal found = classify(endpointId, packet, key, nowNs);
        if (signal != found) { // storing a reference costs a garbage collector's barrier
            signal = found;
        }
    }

    /**
     * Takes a packet's flow into a key of the caller's, for who looks at many packets before it asks for their flows. {@link #key()} and
     * {@link #signal()} stay what they are.
     *
     * @param endpointId the endpoint that the packet came through, or will go through
     * @param packet     wrapped with {@link PacketStatus#OK}
     * @param into       set to the packet's flow and direction
     * @param nowNs      monotonic time
     * @return what the packet means for its flow
     */
    public FlowSignal classify(long endpointId, IpPacket packet, FlowKey into, long nowNs) {
        if (packet.fragmentOffset() != 0) {
            return followFirst(endpointId, packet, into, nowNs) ? FlowSignal.RELATED : FlowSignal.DATA;
        }
        if (packet.isIcmpError()) {
            return setQuoted(endpointId, packet, into, nowNs) ? FlowSignal.RELATED : FlowSignal.DATA;
        }
        into.setByPorts(endpointId, packet);
        if (packet.isFragment()) {
            fragments.remember(fragmentKey.set(endpointId, packet), packet, into, nowNs);
        }
        return tcp.wrap(packet) ? signalOf(tcp.flags()) : FlowSignal.DATA;
    }

    /** Takes the flow of a later fragment; false if its first is unknown, and the key is one of fragments. */
    private boolean followFirst(long endpointId, IpPacket later, FlowKey into, long nowNs) {
        if (fragments.find(fragmentKey.set(endpointId, later), later, into, nowNs)) {
            return true;
        }
        into.set(endpointId, later);
        return false;
    }

    /** Takes the flow of the quoted packet; false if there is none to be read, and the key is the error's own. */
    private boolean setQuoted(long endpointId, IpPacket error, FlowKey into, long nowNs) {
        boolean isReadable = error.wrapQuoted(quoted) == PacketStatus.OK && quoted.version() == error.version();
        if (isReadable && quoted.fragmentOffset() != 0) {
            followFirst(endpointId, quoted, into, nowNs);
            into.reverse(); // an error travels against the packet it quotes
        } else {
            into.set(errorKey.setByPorts(endpointId, error));
        }
        return isReadable;
    }

    private static FlowSignal signalOf(int tcpFlags) {
        if ((tcpFlags & (TcpHeader.RST | TcpHeader.SYN | TcpHeader.FIN)) == 0) {
            return FlowSignal.DATA;
        }
        if ((tcpFlags & TcpHeader.RST) != 0) {
            return FlowSignal.TCP_RST;
        }
        return (tcpFlags & TcpHeader.SYN) != 0 ? FlowSignal.TCP_SYN : FlowSignal.TCP_FIN;
    }

    /**
     * The flow of the last packet, with the packet's direction.
     *
     * @return overwritten by the next {@link #classify(long, IpPacket, long)}
     */
    public FlowKey key() {
        return key;
    }

    /**
     * What the last packet means for its flow.
     *
     * @return never null
     */
    public FlowSignal signal() {
        return signal;
    }
}
