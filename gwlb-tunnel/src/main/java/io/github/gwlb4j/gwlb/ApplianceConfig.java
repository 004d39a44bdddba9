package io.github.gwlb4j.gwlb;

import static io.github.gwlb4j.gwlb.internal.Limits.requirePositive;
import static io.github.gwlb4j.gwlb.internal.Limits.requirePositiveOrNever;
import static io.github.gwlb4j.gwlb.internal.Limits.requireRange;

import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthContributor;
import io.github.gwlb4j.gwlb.internal.Admission;
import io.github.gwlb4j.gwlb.internal.EndpointModes;
import io.github.gwlb4j.gwlb.internal.PacketRules;
import io.github.gwlb4j.gwlb.internal.TunnelRules;
import io.github.gwlb4j.gwlb.internal.WorkerSettings;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.gwlb.transport.NioTransport;
import io.github.gwlb4j.gwlb.transport.ReturnPathMode;
import io.github.gwlb4j.gwlb.transport.Steering;
import io.github.gwlb4j.gwlb.transport.UdpOffload;
import io.github.gwlb4j.linux.UnixSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The settings of an appliance, checked here and nowhere else, sealed by {@link GwlbApplianceBuilder#build()}. Immutable. */
final class ApplianceConfig {
    private static final int USUAL_TUNNELS = 64;
    private static final int LONGEST_SETTING = 500;
    private static final Duration LONGEST_BUSY_POLL = Duration.ofSeconds(1);
    private static final AtomicInteger UNNAMED = new AtomicInteger();

    private final InetSocketAddress listen;
    private final int receiveBufferBytes;
    private final int maxReturnSockets;
    private final Duration returnSocketIdle;
    private final ReturnPathMode returnPath;
    private final UdpOffload udpOffload;
    private final Steering steering;
    private final Supplier<DatagramTransport> transport;
    final int workers;
    private final int[] workerCpus;
    private final Duration busyPoll;
    final PacketHandler.Factory handlers;
    final List<TunnelListener> listeners;
    final TunnelRules tunnelRules;
    final PacketRules packetRules;
    final TunSettings tun;
    final PacketCapture capture;
    final String name;
    final boolean isInJmx;
    final boolean isDroppingCapabilities;
    final HealthConfig health;
    final Map<String, HealthContributor> healthContributors;
    final Path takeover;

    ApplianceConfig(GwlbApplianceBuilder from) {
        listen = Objects.requireNonNull(from.listen, "listen address");
        workers = requireRange("workers", from.workers, 1, 256);
        workerCpus = from.workerCpus.clone();
        for (int cpu : workerCpus) {
            requireRange("workerCpus", cpu, 0, 1023);
        }
        busyPoll = requireBusyPoll(from.busyPoll);
        receiveBufferBytes = requireRange("receiveBufferBytes", from.receiveBufferBytes, 4096, 1 << 30);
        maxReturnSockets = requireRange("maxReturnSockets", from.maxReturnSockets, 1, 65_536);
        returnSocketIdle = requirePositive("returnSocketIdle", from.returnSocketIdle);
        returnPath = Objects.requireNonNull(from.returnPath, "returnPath");
        udpOffload = Objects.requireNonNull(from.udpOffload, "udpOffload");
        steering = steering(from);
        transport = from.transport;
        handlers = requireHandlers(from);
        listeners = List.copyOf(from.listeners);
        tunnelRules = tunnelRules(from);
        packetRules = packetRules(from);
        tun = Objects.requireNonNull(from.tun, "tun settings");
        capture = from.capture;
        name = from.name != null ? requireName(from.name) : "gwlb4j-" + UNNAMED.incrementAndGet();
        isInJmx = from.isInJmx;
        isDroppingCapabilities = from.isDroppingCapabilities;
        health = from.health;
        healthContributors = Collections.unmodifiableMap(new LinkedHashMap<>(from.healthContributors));
        takeover = requireSocketPath(from);
    }

    /** The edge to the network: the one that was set, else the fast one where it works. */
    DatagramTransport newTransport() {
        if (transport != null) {
            return transport.get();
        }
        long idleNs = returnSocketIdle.toNanos();
        boolean isIpv4 = listen.getAddress() instanceof Inet4Address;
        if (!isIpv4 || LinuxTransport.unavailableCause() != null) {
            return new NioTransport(listen, receiveBufferBytes, maxReturnSockets, idleNs);
        }
        LinuxTransport linux = new LinuxTransport(listen, receiveBufferBytes, maxReturnSockets, idleNs, returnPath, udpOffload, steering, filesOfTunnels());
        linux.busyPoll(busyPoll);
        return linux;
    }

    WorkerSettings workerSettings() {
        return new WorkerSettings(workers, workerCpus, busyPoll.toNanos());
    }

    /** Descriptors to keep free for the TUN queues of so many tunnels as are usual: each queue has two, each interface one for each worker. */
    int filesOfTunnels() {
        return tunnelRules.modes().hasInterfaces() ? 4 * workers * Math.min(tunnelRules.maxTunnels(), USUAL_TUNNELS) : 0;
    }

    private static Duration requireBusyPoll(Duration time) {
        Objects.requireNonNull(time, "busyPoll");
        if (time.isNegative() || time.compareTo(LONGEST_BUSY_POLL) > 0) {
            throw new IllegalArgumentException("busyPoll is " + time + ", must be zero (off) to " + LONGEST_BUSY_POLL.toSeconds() + " s");
        }
        return time;
    }

    private static Path requireSocketPath(GwlbApplianceBuilder from) {
        Path path = from.takeover == null ? null : from.takeover.toAbsolutePath();
        if (path != null && path.toString().getBytes(StandardCharsets.UTF_8).length > UnixSocket.MAX_PATH_BYTES) {
            throw new IllegalArgumentException("takeover is " + path + ", the path of a socket has at most " + UnixSocket.MAX_PATH_BYTES + " bytes");
        }
        if (path != null && from.transport != null) {
            throw new IllegalArgumentException("takeover is for the Linux transport: leave it out, or transport");
        }
        return path;
    }

    /** What is part of a hand-over, so that both processes must have the same. */
    Map<String, String> handedOverSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listen", (listen.isUnresolved() ? listen.getHostString() : listen.getAddress().getHostAddress()) + ":" + listen.getPort());
        settings.put("workers", Integer.toString(workers));
        settings.put("mode", tunnelRules.modes().usual().toString());
        settings.put("modeOf", shortened(new TreeMap<>(tunnelRules.modes().exceptions())));
        settings.put("tunnelMtu", Integer.toString(packetRules.tunnelMtu()));
        settings.put("steering", handedOverSteering());
        settings.put("optionClass", Integer.toString(packetRules.optionClass()));
        settings.put("udpOffload", udpOffload.toString());
        settings.put("offload of interfaces", tunnelRules.modes().hasInterfaces() ? tun.offload().toString() : "none");
        return settings;
    }

    /** The sockets keep theirs: another would send flows to other workers, of which those of the old process know nothing if that one goes on. */
    private String handedOverSteering() {
        return workers == 1 ? "none" : (steering == Steering.AUTO ? Steering.INNER_FLOW : steering).toString();
    }

    /** A message has room for so many. */
    private static String shortened(Map<Long, TunnelMode> modes) {
        String text = modes.toString();
        return text.length() <= LONGEST_SETTING ? text : modes.size() + " endpoints, checksum " + Integer.toHexString(text.hashCode());
    }

    private static TunnelRules tunnelRules(GwlbApplianceBuilder from) {
        Duration first = requirePositive("creationRetry first", from.retryFirst);
        Duration max = requirePositive("creationRetry max", from.retryMax);
        if (max.compareTo(first) < 0) {
            throw new IllegalArgumentException("creationRetry max is " + max + ", must not be less than the first, " + first);
        }
        Admission admission = new Admission(from.allowedSources, from.allowedEndpoints);
        int maxTunnels = requireRange("maxTunnels", from.maxTunnels, 1, 65_536);
        if (from.declared.size() > maxTunnels) {
            throw new IllegalArgumentException(from.declared.size() + " declared tunnels are more than maxTunnels, " + maxTunnels);
        }
        if (!from.allowedEndpoints.isEmpty() && !from.allowedEndpoints.containsAll(from.declared)) {
            throw new IllegalArgumentException("a declared tunnel is of an endpoint that is not allowed: call allowEndpoint for it, too");
        }
        return new TunnelRules(admission, new EndpointModes(from.mode, from.modes), maxTunnels,
                requirePositiveOrNever("tunnelIdleTimeout", from.tunnelIdleTimeout).toNanos(), first.toNanos(), max.toNanos(),
                Set.copyOf(from.declared), requireRange("maxCallbacks", from.maxCallbacks, 1, 1024),
                requirePositive("closeTimeout", from.closeTimeout).toNanos());
    }

    private static PacketRules packetRules(GwlbApplianceBuilder from) {
        return new PacketRules(requireRange("optionClass", from.optionClass, 0, 0xffff), from.isFailOpen, from.isPoisoning,
                requireRange("tunnelMtu", from.tunnelMtu, 576, 65_535), from.isClampingMss,
                requireRange("packetTooBigPerSecond", from.packetTooBigPerSecond, 0, 1_000_000),
                requireRange("heldPackets", from.heldPackets, 0, 65_536), requireRange("heldBytes", from.heldBytes, 65_536, 1 << 30),
                requireTracking(from), requireRange("injectQueue", from.injectQueue, 16, 65_536),
                hasInline(from) ? requireRange("rewriteBytes", from.rewriteBytes, 0, 1 << 26) : 0);
    }

    /** Only inline handlers have state that is a worker's own. */
    private static Steering steering(GwlbApplianceBuilder from) {
        Steering wanted = Objects.requireNonNull(from.steering, "steering");
        return wanted == Steering.AUTO && !hasInline(from) ? Steering.OUTER_FLOW : wanted;
    }

    private static boolean hasInline(GwlbApplianceBuilder from) {
        return from.mode.isInline() || from.modes.values().stream().anyMatch(TunnelMode::isInline);
    }

    private static FlowTracking requireTracking(GwlbApplianceBuilder from) {
        if (from.flowTracking != null && !hasInline(from)) {
            throw new IllegalArgumentException("flowTracking is for the inline modes, and no endpoint is in one: leave it out, or call "
                    + "mode(TunnelMode.INLINE); in mode TUN the kernel tracks connections");
        }
        return from.flowTracking;
    }

    /** A handler is needed unless no endpoint is inline. */
    private static PacketHandler.Factory requireHandlers(GwlbApplianceBuilder from) {
        if (from.handlers == null && hasInline(from)) {
            throw new IllegalArgumentException("no packet handler: call handler(worker -> packet -> Verdict.FORWARD) or the like, "
                    + "or mode(TunnelMode.TUN) to let the kernel decide");
        }
        return from.handlers != null ? from.handlers : worker -> packet -> Verdict.DROP; // never asked
    }

    private static String requireName(String name) {
        if (name.isBlank() || name.length() > 100 || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("name is '" + name + "', must be 1 to 100 characters, not blank, without control characters");
        }
        return name;
    }
}
