package io.github.gwlb4j.simulator.load;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/** Collects the settings of a {@link LoadTest}. Not thread-safe. */
public final class LoadTestBuilder {
    /** Inner flows if {@link #flows} is not called. */
    public static final int DEFAULT_FLOWS = 1000;
    /** UDP source ports if {@link #ports} is not called. */
    public static final int DEFAULT_PORTS = 64;
    /** How long each rate is sent if {@link #step} is not called. */
    public static final Duration DEFAULT_STEP = Duration.ofSeconds(5);
    /** How long the first rate is sent before, uncounted, if {@link #warmUp} is not called. */
    public static final Duration DEFAULT_WARM_UP = Duration.ofSeconds(2);
    /** How long replies are awaited after a step if {@link #timeout} is not called. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);

    private static final int MAX_FLOWS = 1_000_000;
    private static final int MAX_PORTS = 4096;
    private static final int MAX_ENDPOINTS = 65_536;
    private static final int MAX_RUN = 64;
    private static final int MAX_UDP_PAYLOAD = 65_507;
    private static final Duration MAX_STEP = Duration.ofHours(1);
    private static final Duration MIN_STEP = Duration.ofMillis(100);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);
    private static final int IPV6_UNIQUE_LOCAL = 0xfc;

    private InetSocketAddress target;
    private InetAddress source;
    private boolean isTargetMine;
    private int flows = DEFAULT_FLOWS;
    private int ports = DEFAULT_PORTS;
    private int endpoints = 1;
    private PacketSizes sizes = PacketSizes.parse("imix");
    private int runLength = 1;
    private Duration step = DEFAULT_STEP;
    private Duration warmUp = DEFAULT_WARM_UP;
    private Duration timeout = DEFAULT_TIMEOUT;
    private long seed = 1;
    private boolean isPortable;

    LoadTestBuilder() {
    }

    /**
     * Sets where the appliance listens. Required.
     *
     * @param target {@code ADDRESS}, {@code ADDRESS:PORT} or {@code [IPV6]:PORT}; port 6081 if there is none
     * @return this
     * @throws IllegalArgumentException if the text is something else or the name is not known
     */
    public LoadTestBuilder target(String target) {
        this.target = GwlbSimulatorBuilder.parseTarget(target);
        return this;
    }

    /**
     * Sets the load balancer's address. Required.
     *
     * @param source an address of this machine, another one than the target's
     * @return this
     * @throws IllegalArgumentException if it is not an address and the name is not known
     */
    public LoadTestBuilder source(String source) {
        try {
            this.source = InetAddress.getByName(source);
            return this;
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("source '" + source + "' is not an address, and no host of that name is known", e);
        }
    }

    /**
     * Says that the target may be flooded although its address is a public one. A load test sent elsewhere by mistake is an
     * attack, so without this only loopback, private (RFC 1918, RFC 4193) and link-local addresses are taken.
     *
     * @param isMine true if it is yours
     * @return this
     */
    public LoadTestBuilder ownTarget(boolean isMine) {
        this.isTargetMine = isMine;
        return this;
    }

    /**
     * Sets how many inner flows take turns.
     *
     * @param count 1 to 1,000,000
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LoadTestBuilder flows(int count) {
        this.flows = requireRange("flows", count, 1, MAX_FLOWS);
        return this;
    }

    /**
     * Sets how many outer UDP source ports the flows share. Each is a socket of this program, and often one of the appliance's.
     *
     * @param count 1 to 4096
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LoadTestBuilder ports(int count) {
        this.ports = requireRange("ports", count, 1, MAX_PORTS);
        return this;
    }

    /**
     * Sets how many endpoints the flows are dealt out to.
     *
     * @param count 1 to 65,536
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LoadTestBuilder endpoints(int count) {
        this.endpoints = requireRange("endpoints", count, 1, MAX_ENDPOINTS);
        return this;
    }

    /**
     * Sets the lengths of inner packets.
     *
     * @param packetSizes {@code imix} if not set
     * @return this
     */
    public LoadTestBuilder sizes(PacketSizes packetSizes) {
        this.sizes = packetSizes;
        return this;
    }

    /**
     * Sets how many packets of a flow follow each other at once, as TCP senders and receive offloads make them.
     *
     * @param packets 1 to 64, and no more than 65,507 bytes together
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LoadTestBuilder runLength(int packets) {
        this.runLength = requireRange("packets of a run", packets, 1, MAX_RUN);
        return this;
    }

    /**
     * Sets how long each rate is sent.
     *
     * @param duration 100 ms to 1 h
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LoadTestBuilder step(Duration duration) {
        this.step = requireRange("step", duration, MIN_STEP, MAX_STEP);
        return this;
    }

    /**
     * Sets how long the first rate is sent before it counts, so that the appliance knows the flows and its code is compiled.
     *
     * @param duration 0 to 1 h
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LoadTestBuilder warmUp(Duration duration) {
        this.warmUp = requireRange("warm-up", duration, Duration.ZERO, MAX_STEP);
        return this;
    }

    /**
     * Sets how long replies are awaited after the last packet of a step.
     *
     * @param duration 0 to 1 min
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LoadTestBuilder timeout(Duration duration) {
        this.timeout = requireRange("timeout", duration, Duration.ZERO, MAX_TIMEOUT);
        return this;
    }

    /**
     * Sets where cookies, endpoint ids and payload come from.
     *
     * @param value any
     * @return this
     */
    public LoadTestBuilder seed(long value) {
        this.seed = value;
        return this;
    }

    /**
     * Uses Java's own sockets also where system calls for many datagrams at once would be faster.
     *
     * @param isJavaOnly false if not set
     * @return this
     */
    public LoadTestBuilder portable(boolean isJavaOnly) {
        this.isPortable = isJavaOnly;
        return this;
    }

    /**
     * Checks the settings, opens the sockets and starts the thread that receives.
     *
     * @return a test, to be closed
     * @throws IOException              if the source is not an address of this machine or its port is taken
     * @throws IllegalArgumentException if target or source are missing, do not fit together, or the target is nobody's to flood
     */
    public LoadTest build() throws IOException {
        if (target == null || source == null) {
            throw new IllegalArgumentException("a load test needs a target and a source");
        }
        GwlbSimulatorBuilder.requireFits(source, target);
        requirePermitted(target.getAddress());
        if ((long) runLength * (sizes.longest() + Gwlb.HEADER_LENGTH) > MAX_UDP_PAYLOAD) {
            throw new IllegalArgumentException("a run of " + runLength + " packets of " + sizes.longest() + " bytes is too long: at most "
                    + MAX_UDP_PAYLOAD / (sizes.longest() + Gwlb.HEADER_LENGTH));
        }
        return new LoadTest(new LoadSettings(target, source, flows, ports, endpoints, sizes, runLength, step.toNanos(),
                warmUp.toNanos(), timeout.toNanos(), seed, isPortable));
    }

    private void requirePermitted(InetAddress address) {
        boolean isUniqueLocal = address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == IPV6_UNIQUE_LOCAL;
        boolean isPrivate = address.isLoopbackAddress() || address.isSiteLocalAddress() || address.isLinkLocalAddress() || isUniqueLocal;
        if (!isPrivate && !isTargetMine) {
            throw new IllegalArgumentException(address.getHostAddress() + " is neither a loopback nor a private address: a load test "
                    + "against someone else's machine is an attack. If it is yours, say --i-own-this-target");
        }
    }

    private static int requireRange(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is not in " + min + ".." + max);
        }
        return value;
    }

    private static Duration requireRange(String what, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(what + " of " + value.toMillis() + " ms is not in " + min.toMillis() + ".." + max.toMillis());
        }
        return value;
    }
}
