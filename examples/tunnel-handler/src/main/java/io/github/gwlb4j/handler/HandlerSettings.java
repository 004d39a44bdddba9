package io.github.gwlb4j.handler;

import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthConfig.Format;
import io.github.gwlb4j.gwlb.hook.ScriptHook;
import io.github.gwlb4j.handler.options.HealthOptions;
import io.github.gwlb4j.handler.options.LogOptions;
import io.github.gwlb4j.handler.options.NetworkOptions;
import io.github.gwlb4j.handler.options.ThreadOptions;
import io.github.gwlb4j.handler.options.TunnelOptions;
import io.github.gwlb4j.linux.NativeThread;
import io.github.gwlb4j.tun.Capability;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.OffloadPolicy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns options into an appliance, and refuses those that contradict each other.
 *
 * @param tunnels tunnels, scripts and flows
 * @param network where GENEVE comes from
 * @param health  health page and the way to stop
 * @param threads threads and their CPUs
 * @param logging log and captures
 */
record HandlerSettings(TunnelOptions tunnels, NetworkOptions network, HealthOptions health, ThreadOptions threads, LogOptions logging) {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerSettings.class);
    /** The load balancer's own timeout for what is not TCP, which cannot be set there. */
    private static final Duration OTHER_FLOW_TIMEOUT = Duration.ofSeconds(120);
    /** What a script that was killed has for its end, and a little. */
    private static final Duration HOOK_GRACE = Duration.ofSeconds(10);
    private static final int DAY_SECONDS = 86_400;
    private static final int MAX_PORT = 65_535;
    /** Those below are for CAP_NET_BIND_SERVICE. */
    private static final int FIRST_FREE_PORT = 1024;
    /** What the library calls the settings that it checks. */
    private static final Map<String, String> OPTIONS = Map.of("createScript", "-c/--cmdnew", "destroyScript", "-r/--cmddel",
            "maxFlows", "--max-flows", "maxTunnels", "--max-tunnels", "tunnelMtu", "--mtu", "receiveBufferBytes", "--receive-buffer",
            "optionClass", "--class", "workers", "the number of threads");

    /**
     * Checks what the library does not.
     *
     * @throws IllegalArgumentException if a setting is out of range or contradicts another; the message names it
     */
    void check() {
        requireRange("-t/--timeout", tunnels.timeoutSeconds, 0, Integer.MAX_VALUE);
        requireRange("-i/--idle", tunnels.idleSeconds, 1, DAY_SECONDS);
        requireRange("--hook-timeout", tunnels.hookTimeoutSeconds, 1, DAY_SECONDS);
        requireRange("--save-interval", tunnels.saveIntervalSeconds, 1, DAY_SECONDS);
        requireRange("--drain", health.drainSeconds, 0, DAY_SECONDS);
        requireRange("--udpthreads", threads.udpThreads, 1, 256);
        requireRange("--tunthreads", threads.tunThreads, 1, 256);
        requireRange("-p/--port", health.port, 1, MAX_PORT);
        requireRange("--metrics", health.metricsPort, 1, MAX_PORT);
        checkMode();
        checkSavedFlows();
        checkOffload();
        if (health.metricsPort != null && health.port != null && !health.metricsPort.equals(health.port)) {
            throw new IllegalArgumentException("--metrics " + health.metricsPort + " contradicts --port " + health.port
                    + ": /metrics is served on the health page's port; leave --metrics out");
        }
        for (int cpu : threads.cpus()) {
            if (!NativeThread.mayRunOn(cpu)) {
                throw new IllegalArgumentException("CPU " + cpu + " of --udpaffinity or --tunaffinity does not exist, or this process may not use it "
                        + "('taskset -p $$' and 'lscpu' tell more)");
            }
        }
    }

    private void checkMode() {
        if (tunnels.isTap && tunnels.isOneWay) {
            throw new IllegalArgumentException("--tap contradicts --one-way: with the first every packet goes back, with the second none");
        }
        if (tunnels.maxFlows != null && mode() != TunnelMode.TUN) {
            throw new IllegalArgumentException("--max-flows contradicts " + (tunnels.isTap ? "--tap" : "--one-way") + ": it needs no memory of flows");
        }
    }

    private void checkSavedFlows() {
        if (tunnels.savedFlows != null && mode() != TunnelMode.TUN) {
            throw new IllegalArgumentException("--save-flows contradicts " + (tunnels.isTap ? "--tap" : "--one-way") + ": it has no flows");
        }
    }

    private void checkOffload() {
        if (tunnels.isOffloaded && logging.isHexDump) {
            throw new IllegalArgumentException("--offload contradicts -x/--hexdump: merged packets are not those that came");
        }
        if (tunnels.isOffloaded && mode() != TunnelMode.TUN) {
            throw new IllegalArgumentException("--offload contradicts " + (tunnels.isTap ? "--tap" : "--one-way") + ": who listens wants packets as they came");
        }
    }

    private static void requireRange(String name, Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
        }
    }

    /** What happens to packets. */
    TunnelMode mode() {
        return tunnels.isTap ? TunnelMode.INLINE_WITH_TAP : tunnels.isOneWay ? TunnelMode.TUN_ONE_WAY : TunnelMode.TUN;
    }

    /** What is needed after the start: for interfaces and what scripts do with them, and the sockets. */
    List<Capability> capabilities() {
        List<Capability> needed = new ArrayList<>(List.of(Capability.NET_ADMIN, Capability.NET_RAW));
        boolean isPrivileged = network.listen.getPort() < FIRST_FREE_PORT || healthPort() != null && healthPort() < FIRST_FREE_PORT;
        if (isPrivileged) {
            needed.add(Capability.NET_BIND_SERVICE);
        }
        return needed;
    }

    private Integer healthPort() {
        return health.port != null ? health.port : health.metricsPort;
    }

    /** How long forwarding goes on after a signal. */
    Duration drain() {
        return Duration.ofSeconds(health.drainSeconds);
    }

    /** An exception that speaks of options, not of the library's settings. */
    private static IllegalArgumentException inOptions(IllegalArgumentException e) {
        String[] words = e.getMessage().split(" ", 2);
        return OPTIONS.containsKey(words[0]) ? new IllegalArgumentException(OPTIONS.get(words[0]) + " " + words[1], e) : e;
    }

    /**
     * Builds the appliance.
     *
     * @param watch   told of tunnels after the scripts
     * @param capture of packets, or null
     * @throws IllegalArgumentException if a setting is wrong; the message names it
     */
    GwlbAppliance build(InterfaceWatch watch, PacketCapture capture) {
        try {
            return builder(watch, capture).build();
        } catch (IllegalArgumentException e) {
            throw inOptions(e);
        }
    }

    private GwlbApplianceBuilder builder(InterfaceWatch watch, PacketCapture capture) {
        Duration hookTimeout = Duration.ofSeconds(tunnels.hookTimeoutSeconds);
        GwlbApplianceBuilder builder = GwlbAppliance.builder().name("gwlbtun")
                .mode(mode())
                .handler(worker -> packet -> Verdict.FORWARD)
                .listen(network.listen)
                .receiveBufferBytes(network.receiveBufferBytes)
                .optionClass(network.optionClass)
                .workers(threads.workers())
                .maxTunnels(tunnels.maxTunnels)
                .tunnelIdleTimeout(Duration.ofSeconds(tunnels.timeoutSeconds))
                .tunnelMtu(tunnels.mtu)
                .tun(tunSettings())
                .listener(ScriptHook.builder().createScript(tunnels.createScript).destroyScript(tunnels.destroyScript).timeLimit(hookTimeout).build())
                .listener(watch)
                .closeTimeout(hookTimeout.plus(HOOK_GRACE))
                .takeover(health.takeover)
                .capture(capture)
                .dropCapabilities(true)
                .health(healthConfig());
        network.sources.forEach(builder::allowSource);
        network.endpoints.forEach(builder::allowEndpoint);
        tunnels.preCreated.forEach(builder::declareTunnel);
        return builder.workerCpus(threads.cpus().stream().mapToInt(Integer::intValue).toArray());
    }

    private TunSettings tunSettings() {
        TunSettings.Builder tun = TunSettings.builder().offload(tunnels.isOffloaded ? OffloadPolicy.AUTO : OffloadPolicy.OFF)
                .tcpFlowTimeout(Duration.ofSeconds(tunnels.idleSeconds)).otherFlowTimeout(OTHER_FLOW_TIMEOUT);
        if (tunnels.maxFlows != null) {
            tun.maxFlows(tunnels.maxFlows);
        }
        if (tunnels.savedFlows != null) {
            tun.flowTableFile(tunnels.savedFlows, Duration.ofSeconds(tunnels.saveIntervalSeconds));
        }
        if (logging.isHexDump) {
            tun.deviceOpener(new PacketDump.Opener(new PacketDump.Budget()));
        }
        return tun.build();
    }

    private HealthConfig healthConfig() {
        Integer port = healthPort();
        if (port == null) {
            if (health.isJson || health.isStatusOnly) {
                LOG.warn("-j and -s have no effect without -p: there is no health page");
            }
            return null;
        }
        Format format = health.isStatusOnly ? Format.STATUS_ONLY : health.isJson ? Format.JSON : Format.TEXT;
        return HealthConfig.builder(new InetSocketAddress(port)).format(format).build();
    }
}
