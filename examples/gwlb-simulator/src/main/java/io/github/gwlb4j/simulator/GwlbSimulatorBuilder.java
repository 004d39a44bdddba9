package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/** Collects the settings of a {@link GwlbSimulator}. Not thread-safe. */
public final class GwlbSimulatorBuilder {
    /** Packets a second if {@link #packetsPerSecond} is not called: nothing is lost on loopback then. */
    public static final int DEFAULT_PACKETS_PER_SECOND = 2000;
    /** Unanswered packets that hold back the sender if {@link #window} is not called. */
    public static final int DEFAULT_WINDOW = 64;
    /** After so long a packet is missing if {@link #timeout} is not called. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);
    /** Source ports of a node if {@link #maxSockets} is not called. */
    public static final int DEFAULT_MAX_SOCKETS = 512;

    /** Most unanswered packets that {@link #window} allows. */
    public static final int MAX_WINDOW = 32768;
    /** Longest {@link #timeout}. */
    public static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);

    private static final int MAX_ENDPOINTS = 65536;
    private static final int MAX_SOCKETS = 60000;
    private static final Duration MAX_DURATION = Duration.ofDays(365);

    private InetSocketAddress target;
    private final List<InetAddress> sources = new ArrayList<>();
    private List<Long> endpointIds;
    private int endpoints = 2;
    private int optionClass = Gwlb.OPTION_CLASS;
    private long seed = 1;
    private Duration timeout = DEFAULT_TIMEOUT;
    private int packetsPerSecond = DEFAULT_PACKETS_PER_SECOND;
    private int window = DEFAULT_WINDOW;
    private Duration duration = Duration.ZERO;
    private final List<PacketFilter> expectedDrops = new ArrayList<>();
    private boolean isOneWay;
    private InnerPacketRule innerPacketRule = InnerPacketRule.identical();
    private int maxSockets = DEFAULT_MAX_SOCKETS;

    GwlbSimulatorBuilder() {
    }

    /**
     * Sets where the appliance listens. Required.
     *
     * @param target address and UDP port; replies are awaited at the same port
     * @return this
     * @throws IllegalArgumentException if the address is not resolved or the port is 0
     */
    public GwlbSimulatorBuilder target(InetSocketAddress target) {
        if (target.isUnresolved() || target.getPort() == 0) {
            throw new IllegalArgumentException("target " + target + " needs an address and a port from 1 to 65535");
        }
        this.target = target;
        return this;
    }

    /**
     * Sets where the appliance listens.
     *
     * @param target {@code ADDRESS}, {@code ADDRESS:PORT} or {@code [IPV6]:PORT}; port 6081 if there is none
     * @return this
     * @throws IllegalArgumentException if the text is something else or the name is not known
     */
    public GwlbSimulatorBuilder target(String target) {
        return target(parseTarget(target));
    }

    /**
     * Reads an appliance's address.
     *
     * @param target {@code ADDRESS}, {@code ADDRESS:PORT} or {@code [IPV6]:PORT}; port 6081 if there is none
     * @return address and UDP port
     * @throws IllegalArgumentException if the text is something else or the name is not known
     */
    public static InetSocketAddress parseTarget(String target) {
        String host = target;
        int port = Geneve.UDP_PORT;
        int colon = target.lastIndexOf(':');
        boolean isBareIpv6 = target.indexOf(':') != colon && !target.startsWith("[");
        if (colon >= 0 && !isBareIpv6 && !target.endsWith("]")) {
            port = port(target.substring(colon + 1), target);
            host = target.substring(0, colon);
        }
        return new InetSocketAddress(resolve("target", host), port);
    }

    private static int port(String digits, String target) {
        int port = digits.matches("\\d{1,5}") ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("target '" + target + "': port '" + digits + "' is not in 1..65535");
        }
        return port;
    }

    private static InetAddress resolve(String what, String host) {
        try {
            if (host.isBlank()) {
                throw new IllegalArgumentException(what + " address is missing");
            }
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(what + " '" + host + "' is not an address, and no host of that name is known", e);
        }
    }

    /**
     * Adds a load balancer node. At least one is required; flows are dealt out to them.
     *
     * @param source an address of this machine, another one than the target's
     * @return this
     */
    public GwlbSimulatorBuilder source(InetAddress source) {
        sources.add(Objects.requireNonNull(source, "source"));
        return this;
    }

    /**
     * Adds a load balancer node.
     *
     * @param source an address of this machine, another one than the target's
     * @return this
     * @throws IllegalArgumentException if it is not an address and the name is not known
     */
    public GwlbSimulatorBuilder source(String source) {
        return source(resolve("source", source));
    }

    /**
     * Adds several load balancer nodes: an address and those that follow it.
     *
     * @param first address of this machine, another one than the target's
     * @param count how many, at least 1
     * @return this
     * @throws IllegalArgumentException if it is not an address and the name is not known, or there are not so many after it
     */
    public GwlbSimulatorBuilder sources(String first, int count) {
        byte[] address = resolve("source", first).getAddress();
        Ranges.require("sources", count, 1, 1 + 0xff - (address[address.length - 1] & 0xff));
        for (int i = 0; i < count; i++) {
            try {
                source(InetAddress.getByAddress(address));
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address of " + address.length + " bytes", e);
            }
            address[address.length - 1]++;
        }
        return this;
    }

    /**
     * Sets the number of endpoints; their ids come from the seed.
     *
     * @param endpoints 1 to 65536; 2 if not set
     * @return this
     * @throws IllegalArgumentException if the number is out of range
     */
    public GwlbSimulatorBuilder endpoints(int endpoints) {
        this.endpoints = Ranges.require("endpoints", endpoints, 1, MAX_ENDPOINTS);
        this.endpointIds = null;
        return this;
    }

    /**
     * Sets the endpoints by their ids.
     *
     * @param ids at least one; 64 bits each
     * @return this
     * @throws IllegalArgumentException if there is none
     */
    public GwlbSimulatorBuilder endpointIds(long... ids) {
        Ranges.require("endpoints", ids.length, 1, MAX_ENDPOINTS);
        List<Long> list = new ArrayList<>();
        for (long id : ids) {
            list.add(id);
        }
        endpointIds = List.copyOf(list);
        return this;
    }

    /**
     * Sets the class of the GENEVE options.
     *
     * @param optionClass 0 to 65535; {@link Gwlb#OPTION_CLASS} if not set
     * @return this
     * @throws IllegalArgumentException if the number is out of range
     */
    public GwlbSimulatorBuilder optionClass(int optionClass) {
        this.optionClass = Ranges.require("option class", optionClass, 0, 0xffff);
        return this;
    }

    /**
     * Sets what ports, cookies, endpoint ids and payloads are made from: the same seed gives the same packets.
     *
     * @param seed any number; 1 if not set
     * @return this
     */
    public GwlbSimulatorBuilder seed(long seed) {
        this.seed = seed;
        return this;
    }

    /**
     * Sets after how long a packet that is not back is missing.
     *
     * @param timeout 1 ms to 1 minute; {@link #DEFAULT_TIMEOUT} if not set
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public GwlbSimulatorBuilder timeout(Duration timeout) {
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw new IllegalArgumentException("timeout " + timeout + " is not in 1 ms..1 min");
        }
        this.timeout = timeout;
        return this;
    }

    /**
     * Sets the rate of a run.
     *
     * @param packetsPerSecond 0: as fast as the window allows; {@link #DEFAULT_PACKETS_PER_SECOND} if not set
     * @return this
     * @throws IllegalArgumentException if the number is below 0
     */
    public GwlbSimulatorBuilder packetsPerSecond(int packetsPerSecond) {
        this.packetsPerSecond = Ranges.require("packets a second", packetsPerSecond, 0, Integer.MAX_VALUE);
        return this;
    }

    /**
     * Sets how many packets, and KiB of packets, may be unanswered before a run waits. A packet holds back the sender for 0.2 s
     * at most.
     *
     * @param packets 1 to 32768, or 0: never wait, send at the rate whatever comes back; {@link #DEFAULT_WINDOW} if not set
     * @return this
     * @throws IllegalArgumentException if the number is out of range
     */
    public GwlbSimulatorBuilder window(int packets) {
        this.window = Ranges.require("window", packets, 0, MAX_WINDOW);
        return this;
    }

    /**
     * Sets how long a run sends; captures are then repeated, and conversations go on with new sessions.
     *
     * @param duration up to a year; zero (if not set): each packet of a capture once, each conversation its number of sessions
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public GwlbSimulatorBuilder duration(Duration duration) {
        if (duration.isNegative() || duration.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException("duration " + duration + " is not in 0..365 days");
        }
        this.duration = duration;
        return this;
    }

    /**
     * Adds packets that the appliance is expected to drop: they must not come back.
     *
     * @param filter which ones
     * @return this
     */
    public GwlbSimulatorBuilder expectDrop(PacketFilter filter) {
        expectedDrops.add(Objects.requireNonNull(filter, "filter"));
        return this;
    }

    /**
     * Adds packets that the appliance is expected to drop.
     *
     * @param filter as {@link PacketFilter} reads it, for example {@code udp port 443}
     * @return this
     * @throws IllegalArgumentException if the filter is not understood
     */
    public GwlbSimulatorBuilder expectDrop(String filter) {
        return expectDrop(PacketFilter.parse(filter));
    }

    /**
     * Sets whether nothing at all is to come back, as from an appliance that only monitors.
     *
     * @param oneWay false if not set
     * @return this
     */
    public GwlbSimulatorBuilder oneWay(boolean oneWay) {
        this.isOneWay = oneWay;
        return this;
    }

    /**
     * Sets which changes of inner packets are allowed.
     *
     * @param rule {@link InnerPacketRule#identical()} if not set
     * @return this
     */
    public GwlbSimulatorBuilder innerPacketRule(InnerPacketRule rule) {
        this.innerPacketRule = Objects.requireNonNull(rule, "rule");
        return this;
    }

    /**
     * Sets how many source ports a node may use; further flows share ports. Each takes a file descriptor.
     *
     * @param sockets 1 to 60000; {@link #DEFAULT_MAX_SOCKETS} if not set
     * @return this
     * @throws IllegalArgumentException if the number is out of range
     */
    public GwlbSimulatorBuilder maxSockets(int sockets) {
        this.maxSockets = Ranges.require("sockets", sockets, 1, MAX_SOCKETS);
        return this;
    }

    /**
     * Checks the settings and opens the sockets where replies arrive.
     *
     * @return a simulator, to be closed by the caller
     * @throws IOException              if a source is not an address of this machine or its port is taken; the message says what to do
     * @throws IllegalArgumentException if target or source are missing or do not fit together
     */
    public GwlbSimulator build() throws IOException {
        if (target == null || sources.isEmpty()) {
            throw new IllegalArgumentException("a simulator needs a target and at least one source");
        }
        for (InetAddress source : sources) {
            requireFits(source, target);
        }
        if (sources.stream().distinct().count() < sources.size()) {
            throw new IllegalArgumentException("a source is given twice");
        }
        return new GwlbSimulator(new SimulatorSettings(target, List.copyOf(sources), endpointIds(), optionClass, seed,
                timeout.toNanos(), packetsPerSecond, window, duration.toNanos(), List.copyOf(expectedDrops), isOneWay,
                innerPacketRule, maxSockets));
    }

    /**
     * Checks that a load balancer with this address can send to an appliance.
     *
     * @param source address of a node
     * @param target where the appliance listens
     * @throws IllegalArgumentException if they are of two IP versions, or the source is the target's or no single machine's
     */
    public static void requireFits(InetAddress source, InetSocketAddress target) {
        if (source instanceof Inet4Address != target.getAddress() instanceof Inet4Address) {
            throw new IllegalArgumentException("source " + source.getHostAddress() + " and target "
                    + target.getAddress().getHostAddress() + " are not of one IP version");
        }
        if (source.isAnyLocalAddress() || source.isMulticastAddress()) {
            throw new IllegalArgumentException("source " + source.getHostAddress() + " is not the address of one machine");
        }
        if (source.equals(target.getAddress())) {
            throw new IllegalArgumentException("source and target are both " + source.getHostAddress() + ": replies arrive at the"
                    + " port that the appliance listens on, so the source must be another address (127.0.0.2 for 127.0.0.1)");
        }
    }

    private List<Long> endpointIds() {
        return endpointIds != null ? endpointIds : new SplittableRandom(seed).longs(endpoints).boxed().toList();
    }
}
