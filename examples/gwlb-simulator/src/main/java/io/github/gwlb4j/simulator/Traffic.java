package io.github.gwlb4j.simulator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the load balancer sends: built-in conversations or a capture file. Immutable; usable from any thread and more than once.
 *
 * <pre>{@code
 * gwlb.run(Traffic.dns(10), Traffic.http(10).overIpv6().sessions(5), Traffic.capture(Path.of("office.pcap")));
 * }</pre>
 */
public abstract class Traffic {
    Traffic() {
    }

    /** Makes the flows, with their ports and cookies, and starts from the first packet; endless: without an end. */
    abstract PacketFeed open(FlowFactory flows, boolean isEndless) throws IOException;

    /**
     * Conversations of one kind, over IPv4.
     *
     * @param kind  what they are
     * @param flows number of flows of the load balancer, 1 to 65534
     * @return the traffic
     * @throws IllegalArgumentException if the number is out of range
     */
    public static BuiltInTraffic of(TrafficKind kind, int flows) {
        return new BuiltInTraffic(kind, flows);
    }

    /**
     * DNS queries and answers, see {@link TrafficKind#DNS}.
     *
     * @param flows number of flows, 1 to 65534
     * @return the traffic
     */
    public static BuiltInTraffic dns(int flows) {
        return of(TrafficKind.DNS, flows);
    }

    /**
     * HTTP connections, see {@link TrafficKind#HTTP}.
     *
     * @param flows number of flows, 1 to 65534
     * @return the traffic
     */
    public static BuiltInTraffic http(int flows) {
        return of(TrafficKind.HTTP, flows);
    }

    /**
     * TLS connections, see {@link TrafficKind#TLS}.
     *
     * @param flows number of flows, 1 to 65534
     * @return the traffic
     */
    public static BuiltInTraffic tls(int flows) {
        return of(TrafficKind.TLS, flows);
    }

    /**
     * ICMP echo, see {@link TrafficKind#ICMP}.
     *
     * @param flows number of flows, 1 to 65534
     * @return the traffic
     */
    public static BuiltInTraffic icmp(int flows) {
        return of(TrafficKind.ICMP, flows);
    }

    /**
     * IP fragments, see {@link TrafficKind#FRAGMENTS}.
     *
     * @param flows number of flows, 1 to 65534
     * @return the traffic
     */
    public static BuiltInTraffic fragments(int flows) {
        return of(TrafficKind.FRAGMENTS, flows);
    }

    /**
     * Packets of 8500 bytes, see {@link TrafficKind#JUMBO}.
     *
     * @param flows number of flows, 1 to 65534
     * @return the traffic
     */
    public static BuiltInTraffic jumbo(int flows) {
        return of(TrafficKind.JUMBO, flows);
    }

    /**
     * Every kind, over IPv4 and over IPv6.
     *
     * @param flowsOfEach number of flows of each kind and IP version, 1 to 65534
     * @return twelve sorts of traffic
     */
    public static BuiltInTraffic[] everything(int flowsOfEach) {
        List<BuiltInTraffic> all = new ArrayList<>();
        for (TrafficKind kind : TrafficKind.values()) {
            all.add(of(kind, flowsOfEach));
            all.add(of(kind, flowsOfEach).overIpv6());
        }
        return all.toArray(new BuiltInTraffic[0]);
    }

    /**
     * The packets of a capture file: pcap, pcapng or hex dump. See {@link CaptureTraffic} for what becomes of them.
     *
     * @param file read as a whole now
     * @return the traffic
     * @throws IOException if the file cannot be read, is no capture, is damaged or cut short, or has nothing to send
     */
    public static CaptureTraffic capture(Path file) throws IOException {
        return CaptureTraffic.read(file);
    }
}
