package io.github.gwlb4j.handler.options;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Tunnels, their hooks and their flows. Filled by the command line. */
public final class TunnelOptions {
    /** Script for a new tunnel, or null. */
    @Option(names = {"-c", "--cmdnew"}, paramLabel = "FILE", description = "Run FILE when a tunnel has been created, with the arguments "
            + "CREATE gwi-<X> gwo-<X> ID. If it fails, the tunnel is created again later.")
    public Path createScript;

    /** Script for a tunnel that ends, or null. */
    @Option(names = {"-r", "--cmddel"}, paramLabel = "FILE", description = "Run FILE when a tunnel ends, with the arguments "
            + "DESTROY gwi-<X> gwo-<X> ID. A script can serve as both.")
    public Path destroyScript;

    /** User to become, or null. */
    @Option(names = "--user", paramLabel = "NAME", description = "Started by root: become this user for good, scripts too, with the capabilities NET_ADMIN and "
            + "NET_RAW and no others; threads that handle packets have none.")
    public String user;

    /** Seconds that a script may run. */
    @Option(names = "--hook-timeout", paramLabel = "SECONDS", defaultValue = "30",
            description = "A script that runs longer is killed and has failed; default ${DEFAULT-VALUE}.")
    public int hookTimeoutSeconds;

    /** Seconds of silence that end a tunnel; 0 for never. */
    @Option(names = {"-t", "--timeout"}, paramLabel = "SECONDS", defaultValue = "0", description = "A tunnel without a packet, in either direction, for this long "
            + "is destroyed; its next packet creates it again. Default 0: never.")
    public int timeoutSeconds;

    /** Seconds of silence after which a TCP flow is forgotten. */
    @Option(names = {"-i", "--idle"}, paramLabel = "SECONDS", defaultValue = "350", description = "A TCP flow silent for this long is forgotten: set the load balancer's "
            + "TCP idle timeout; default ${DEFAULT-VALUE}. Other flows: 120 s, which is fixed there.")
    public int idleSeconds;

    /** Room of the flow table. */
    @Option(names = "--max-flows", paramLabel = "N", description = "Flows that there is room for; default 131072. 182 bytes each.")
    public Integer maxFlows;

    /** Where flows are saved, or null. */
    @Option(names = "--save-flows", paramLabel = "FILE", description = "Save the flows to FILE now and then, and at the end, and start with them: after a crash "
            + "their tunnels are created at once, and what the kernel sends finds its way back before the load balancer's next packet.")
    public Path savedFlows;

    /** Seconds between two savings of the flows. */
    @Option(names = "--save-interval", paramLabel = "SECONDS", defaultValue = "5", description = "How often --save-flows saves; default ${DEFAULT-VALUE}. "
            + "Flows that are newer are lost in a crash.")
    public int saveIntervalSeconds;

    /** Most tunnels. */
    @Option(names = "--max-tunnels", paramLabel = "N", defaultValue = "1024", description = "Most tunnels at a time; default ${DEFAULT-VALUE}.")
    public int maxTunnels;

    /** Endpoints whose tunnels exist from the start. */
    @Option(names = "--pre-create", paramLabel = "ID", split = ",", converter = Converters.Endpoint.class,
            description = "Create this endpoint's tunnel at the start, before its first packet, "
            + "and keep it whatever -t says; repeatable. As in vpce-0123456789abcdef0.")
    public List<Long> preCreated = List.of();

    /** Longest inner packet. */
    @Option(names = "--mtu", paramLabel = "BYTES", defaultValue = "8500", description = "MTU of gwi- and gwo-, and longest packet that goes back; "
            + "default ${DEFAULT-VALUE}, the load balancer's limit.")
    public int mtu;

    /** Whether packets are merged into super-packets. */
    @Option(names = "--offload", description = "Merge packets of a connection before the kernel gets them, and take its own whole: much faster, "
            + "but programs that listen at gwi- and gwo- then see packets longer than the MTU.")
    public boolean isOffloaded;

    /** Whether nothing goes back. */
    @Option(names = "--one-way", description = "Packets go into gwi- and nothing goes back: for monitors. No gwo-.")
    public boolean isOneWay;

    /** Whether packets go back at once and a copy into gwi-. */
    @Option(names = "--tap", description = "Every packet goes back to the load balancer at once, and a copy "
            + "into gwi-, for an IDS that only listens. No gwo-.")
    public boolean isTap;
}
