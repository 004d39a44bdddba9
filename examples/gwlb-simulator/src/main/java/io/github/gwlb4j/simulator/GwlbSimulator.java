package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;

/**
 * Plays a Gateway Load Balancer, one or more nodes of it, against an appliance: to test an appliance without AWS.
 *
 * <p>Not thread-safe: one thread uses it, but for {@link #stop()}. It starts no thread. Its traffic stays between the source
 * addresses and the target; it needs no privilege.
 *
 * <pre>{@code
 * try (GwlbSimulator gwlb = GwlbSimulator.builder().target("127.0.0.1:6081").source("127.0.0.2").build()) {
 *     SimulationReport report = gwlb.run(Traffic.dns(10), Traffic.http(10).overIpv6());
 *     assertTrue(report.isOk(), report::toString);
 *
 *     GwlbFlow flow = gwlb.newFlow();
 *     gwlb.send(flow, PacketBuilder.ipv4("10.0.0.1", "10.0.0.53").udp(40000, 53).payload("?").build());
 *     assertTrue(gwlb.awaitReply(Duration.ofSeconds(5)).orElseThrow().isIntact());
 * }
 * }</pre>
 *
 * <p>A packet goes from (node, the flow's source port) to the target; its reply is awaited at (node, the target's port), because
 * a load balancer's ports are kept and not swapped. So two simulators, or a simulator and an appliance that listens on every
 * address, cannot share a source address. Linux has all of 127.0.0.0/8; on macOS add one: {@code sudo ifconfig lo0 alias
 * 127.0.0.2 up}.
 *
 * <p>Interrupting the thread that uses it closes its sockets, as always with NIO channels.
 */
public final class GwlbSimulator implements Closeable {
    /** Row of the report for packets sent one by one. */
    private static final String SINGLE = "single";
    private static final int MAX_SINGLES = 1 << 12;
    private static final long MAX_SINGLES_BYTES = 16 << 20;
    /** Packets sent one by one are never late: how long to wait is what {@link #awaitReply} says. */
    private static final long NO_TIMEOUT_NS = Long.MAX_VALUE / 2;
    private static final int MAX_UDP_PAYLOAD = 65507;

    private final SimulatorSettings settings;
    private final Network network;
    private final FlowFactory singleFlows;
    private final SentWindow singles;
    private final ReplyChecker singleChecker;
    private final GwlbDecoder decoder;
    private final Queue<Reply> replies = new ArrayDeque<>();
    private GwlbFlow rawFlow;
    private volatile SimulationRun run;
    private SimulationReport lastReport;

    GwlbSimulator(SimulatorSettings settings) throws IOException {
        this.settings = settings;
        this.network = new Network(settings);
        this.singleFlows = new FlowFactory(settings, network.nodes());
        this.singles = new SentWindow(MAX_SINGLES, MAX_SINGLES_BYTES, NO_TIMEOUT_NS, sent -> { });
        this.singleChecker = new ReplyChecker(singles, settings.target().getAddress(), settings.innerPacketRule(),
                settings.optionClass());
        this.decoder = new GwlbDecoder(settings.optionClass());
    }

    /**
     * Starts with the default settings.
     *
     * @return a builder that needs a target and a source
     */
    public static GwlbSimulatorBuilder builder() {
        return new GwlbSimulatorBuilder();
    }

    /**
     * Sends traffic, a packet of each in turn, and waits for what comes back: until all is back, at most for the timeout
     * after the last packet. What {@link #send} has left unanswered is forgotten.
     *
     * @param traffic what to send
     * @return what came back and how
     * @throws IOException              if packets cannot be sent, for example because a firewall of this machine forbids it
     * @throws IllegalArgumentException if there is no traffic
     */
    public SimulationReport run(Traffic... traffic) throws IOException {
        if (traffic.length == 0) {
            throw new IllegalArgumentException("no traffic to send");
        }
        FlowFactory flows = new FlowFactory(settings, network.nodes());
        List<PacketFeed> feeds = new ArrayList<>();
        for (Traffic one : traffic) {
            feeds.add(one.open(flows, settings.durationNs() > 0));
        }
        return execute(new SimulationRun(settings, network, PacketFeed.interleave(feeds), flows));
    }

    /**
     * Sends traffic while things go wrong as a timeline says. Rate and duration are in the timeline's time, which may be faster than
     * the clock; the duration ends the run after so many packets, so that the same seed gives the same run.
     *
     * @param timeline what goes wrong and when; may start traffic of its own
     * @param traffic  what to send from the start
     * @return what came back and how, and what became of the timeline
     * @throws IOException              if packets cannot be sent, for example because a firewall of this machine forbids it
     * @throws IllegalArgumentException if there is no traffic, the rate is 0, or the timeline names a node that is not there
     */
    public SimulationReport run(Timeline timeline, Traffic... traffic) throws IOException {
        timeline.requireRunnable(settings, traffic.length);
        FlowFactory flows = new FlowFactory(settings, network.nodes());
        PacketFeed feed = TimelineFeed.open(timeline, flows, traffic);
        return execute(new SimulationRun(settings, network, feed, flows, settings.packetsPerSecond() * timeline.speed(), 0));
    }

    private SimulationReport execute(SimulationRun newRun) throws IOException {
        run = newRun;
        lastReport = null;
        try {
            replies.clear();
            lastReport = newRun.execute();
            return lastReport;
        } finally {
            run = null;
        }
    }

    /**
     * The report of the last run.
     *
     * @return empty if there was none, or it has failed
     */
    public Optional<SimulationReport> lastReport() {
        return Optional.ofNullable(lastReport);
    }

    /** Ends the sending of {@link #run(Traffic...)}, which then waits for the last replies and returns. From any thread. */
    public void stop() {
        SimulationRun current = run;
        if (current != null) {
            current.stop();
        }
    }

    /**
     * A new flow of the first node and the first endpoint.
     *
     * @return a flow with a port and a cookie of its own
     * @throws IOException if no port is free
     */
    public GwlbFlow newFlow() throws IOException {
        return newFlow(0, 0);
    }

    /**
     * A new flow.
     *
     * @param node     index of a source address, from 0 in the order in which they were given
     * @param endpoint index of an endpoint, from 0
     * @return a flow with a cookie of its own, and a port of its own as long as the limit on sockets allows
     * @throws IOException               if no port is free
     * @throws IndexOutOfBoundsException if there is no such node or endpoint
     */
    public GwlbFlow newFlow(int node, int endpoint) throws IOException {
        Objects.checkIndex(node, settings.sources().size());
        Objects.checkIndex(endpoint, settings.endpointIds().size());
        return singleFlows.newFlow(node, endpoint);
    }

    /**
     * Sends one packet with the GENEVE header of its flow.
     *
     * @param flow        made by this simulator
     * @param innerPacket IPv4 or IPv6 packet, or anything else: the version nibble decides on the protocol type
     * @throws IOException              if it cannot be sent
     * @throws IllegalArgumentException if it is longer than 65467 bytes, or the flow is another simulator's
     */
    public void send(GwlbFlow flow, byte[] innerPacket) throws IOException {
        boolean isExpectedBack = singleFlows.isExpectedBack(SINGLE, flow.endpointId(), innerPacket);
        send(new OutboundPacket(flow, flow.encapsulate(innerPacket), SINGLE, isExpectedBack));
    }

    /**
     * Sends any UDP payload from a flow's source port, such as a malformed GENEVE datagram. If an appliance must refuse it
     * and it comes back, the reply has the fault {@link ReplyFault#NOT_EXPECTED_BACK}.
     *
     * @param flow     made by this simulator; gives node and port
     * @param datagram sent as it is, at most 65507 bytes
     * @throws IOException              if it cannot be sent
     * @throws IllegalArgumentException if it is longer, or the flow is another simulator's
     */
    public void sendRaw(GwlbFlow flow, byte[] datagram) throws IOException {
        boolean isAccepted = decoder.decode(ByteBuffer.wrap(datagram), 0, datagram.length) == GeneveStatus.OK;
        boolean isExpectedBack = isAccepted && singleFlows.isExpectedBack(SINGLE, decoder.options().endpointId(),
                Arrays.copyOfRange(datagram, decoder.header().payloadOffset(), datagram.length));
        send(new OutboundPacket(flow, datagram.clone(), SINGLE, isExpectedBack));
    }

    /**
     * Sends any UDP payload from a source port that all payloads sent this way share.
     *
     * @param datagram sent as it is, at most 65507 bytes
     * @throws IOException              if it cannot be sent
     * @throws IllegalArgumentException if it is longer
     * @see #sendRaw(GwlbFlow, byte[])
     */
    public void sendRaw(byte[] datagram) throws IOException {
        if (rawFlow == null) {
            rawFlow = newFlow();
        }
        sendRaw(rawFlow, datagram);
    }

    private void send(OutboundPacket packet) throws IOException {
        int length = packet.datagram().length;
        if (!network.nodes().contains(packet.flow().socket().node())) {
            throw new IllegalArgumentException("the flow " + packet.flow() + " was made by another simulator");
        }
        if (length > MAX_UDP_PAYLOAD) {
            throw new IllegalArgumentException("a datagram of " + length + " bytes does not fit into UDP: at most "
                    + MAX_UDP_PAYLOAD);
        }
        long nowNs = System.nanoTime();
        if (!singles.makeRoom(length, nowNs)) {
            singles.expireAll();
            singles.makeRoom(length, nowNs);
        }
        if (!network.send(packet)) {
            throw new IOException("cannot send: the socket's send buffer is full");
        }
        singles.add(packet, nowNs);
    }

    /**
     * Waits for the next datagram that comes back, right or wrong, and judges it.
     *
     * @param timeout how long to wait at most
     * @return the reply, or empty if none came in time
     * @throws IOException if receiving fails
     */
    public Optional<Reply> awaitReply(Duration timeout) throws IOException {
        long startNs = System.nanoTime();
        long leftMs = 0;
        while (replies.isEmpty() && leftMs >= 0) {
            network.receive(leftMs, this::onDatagram);
            long leftNs = timeout.toNanos() - (System.nanoTime() - startNs);
            leftMs = leftNs <= 0 ? -1 : Math.max(1, leftNs / 1_000_000);
        }
        return Optional.ofNullable(replies.poll());
    }

    private void onDatagram(ReceivedDatagram datagram) {
        SentPacket sent = singleChecker.check(datagram);
        replies.add(new Reply(datagram, sent, singleChecker.faults()));
        if (sent != null) {
            singles.returned(sent);
        }
    }

    /**
     * Where the appliance listens.
     *
     * @return address and UDP port
     */
    public InetSocketAddress target() {
        return settings.target();
    }

    /**
     * The nodes' addresses.
     *
     * @return at least one
     */
    public List<InetAddress> sources() {
        return settings.sources();
    }

    /**
     * The endpoints' ids.
     *
     * @return at least one
     */
    public List<Long> endpointIds() {
        return settings.endpointIds();
    }

    /**
     * How often the target's host has said that nothing listens there (ICMP port unreachable).
     *
     * @return number of ICMP errors seen so far; the kernel may merge several
     */
    public long portUnreachable() {
        return network.portUnreachable();
    }

    /**
     * Closes all sockets.
     *
     * @throws IOException if closing fails
     */
    @Override
    public void close() throws IOException {
        network.close();
    }
}
