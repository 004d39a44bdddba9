package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthContributor;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import io.github.gwlb4j.gwlb.transport.LinuxTransport;
import io.github.gwlb4j.gwlb.transport.NioTransport;
import io.github.gwlb4j.gwlb.transport.ReturnPathMode;
import io.github.gwlb4j.gwlb.transport.Steering;
import io.github.gwlb4j.gwlb.transport.UdpOffload;
import io.github.gwlb4j.packet.Cidr;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Collects the settings of an appliance. Not thread-safe.
 *
 * <pre>{@code
 * GwlbAppliance appliance = GwlbAppliance.builder()
 *         .workers(4)
 *         .allowSource(Cidr.parse("10.0.1.0/24"))      // the load balancer's subnet
 *         .health(HealthConfig.onPort(8080))
 *         .handler(worker -> packet -> packet.inner().ttl() > 1 ? Verdict.FORWARD : Verdict.DROP)
 *         .build();
 * }</pre>
 */
public final class GwlbApplianceBuilder {
    InetSocketAddress listen = new InetSocketAddress("0.0.0.0", Geneve.UDP_PORT);
    int workers = 1;
    int[] workerCpus = {};
    Duration busyPoll = Duration.ZERO;
    int receiveBufferBytes = 4 << 20;
    int maxReturnSockets = 8192;
    Duration returnSocketIdle = Duration.ofSeconds(30);
    ReturnPathMode returnPath = ReturnPathMode.AUTO;
    UdpOffload udpOffload = UdpOffload.AUTO;
    Steering steering = Steering.AUTO;
    int maxTunnels = 1024;
    Duration tunnelIdleTimeout = Duration.ofSeconds(6000);
    int optionClass = Gwlb.OPTION_CLASS;
    final Set<Cidr> allowedSources = new LinkedHashSet<>();
    final Set<Long> allowedEndpoints = new LinkedHashSet<>();
    boolean isFailOpen;
    boolean isPoisoning = GwlbAppliance.class.desiredAssertionStatus();
    PacketHandler.Factory handlers;
    final List<TunnelListener> listeners = new ArrayList<>();
    TunnelMode mode = TunnelMode.INLINE;
    final Map<Long, TunnelMode> modes = new HashMap<>();
    final Set<Long> declared = new LinkedHashSet<>();
    Duration retryFirst = Duration.ofSeconds(1);
    Duration retryMax = Duration.ofSeconds(60);
    int maxCallbacks = 16;
    Duration closeTimeout = Duration.ofSeconds(40);
    int heldPackets = 64;
    int heldBytes = 1 << 20;
    int tunnelMtu = 8500;
    boolean isClampingMss;
    int packetTooBigPerSecond = 100;
    TunSettings tun = TunSettings.builder().build();
    FlowTracking flowTracking;
    int injectQueue = 256;
    int rewriteBytes = 1 << 20;
    PacketCapture capture;
    Supplier<DatagramTransport> transport;
    String name;
    boolean isInJmx = true;
    boolean isDroppingCapabilities;
    HealthConfig health;
    Path takeover;
    final Map<String, HealthContributor> healthContributors = new LinkedHashMap<>();

    GwlbApplianceBuilder() {
    }

    /**
     * Where to receive GENEVE.
     *
     * @param address local address and UDP port, default {@code 0.0.0.0:6081}; a wildcard stands for every local address
     * @return this
     */
    public GwlbApplianceBuilder listen(InetSocketAddress address) {
        listen = address;
        return this;
    }

    /**
     * How many threads handle packets, each with its own handler; {@code top -H} shows them as gwlb4j-worker-0 and so on. The kernel keeps
     * a flow's two directions on one of them, see {@link #steering}.
     *
     * @param count 1 to 256, default 1; more than 1 needs SO_REUSEPORT (Linux)
     * @return this
     */
    public GwlbApplianceBuilder workers(int count) {
        workers = count;
        return this;
    }

    /**
     * By what the kernel chooses a packet's worker if there are several. Linux only; elsewhere always by the outer addresses and ports.
     *
     * @param steering default {@link Steering#AUTO}
     * @return this
     */
    public GwlbApplianceBuilder steering(Steering steering) {
        this.steering = steering;
        return this;
    }

    /**
     * On which CPUs the workers run: the first worker on the first of these, and so on, beginning anew after the last. Linux only; the
     * log warns of a CPU that cannot be had.
     *
     * @param cpus numbers from 0 to 1023; none, the default, leaves it to the system
     * @return this
     */
    public GwlbApplianceBuilder workerCpus(int... cpus) {
        workerCpus = cpus.clone();
        return this;
    }

    /**
     * For how long a worker without packets goes on looking for some before it sleeps. Packets that come meanwhile need not wait for a thread to
     * be woken, which costs some ten microseconds or more; in return the worker uses up its CPU for so long after each packet, timer or task, and all the
     * time if these come more often than that. For workers with CPUs of their own ({@link #workerCpus}). On Linux the sockets are told to look into the network
     * card's queue themselves, too (SO_BUSY_POLL, socket(7)), which older kernels allow with CAP_NET_ADMIN only; the log says if it is refused.
     *
     * @param time 0 to 1 s, default 0: a worker sleeps at once
     * @return this
     */
    public GwlbApplianceBuilder busyPoll(Duration time) {
        busyPoll = time;
        return this;
    }

    /**
     * Receive buffer to ask the system for. Too small loses packets in bursts; the log says if less was granted.
     *
     * @param bytes 4096 to 2^30, default 4 MiB
     * @return this
     */
    public GwlbApplianceBuilder receiveBufferBytes(int bytes) {
        receiveBufferBytes = bytes;
        return this;
    }

    /**
     * Most sockets that each worker keeps for replies: one for each source port that the load balancer uses. When all are
     * in use, flows on further ports are dropped as {@link DropReason#RETURN_PORT_LIMIT}.
     *
     * @param count 1 to 65,536, default 8192; fewer if the limit of open files does not allow them, and
     *              the log says so then
     * @return this
     */
    public GwlbApplianceBuilder maxReturnSockets(int count) {
        maxReturnSockets = count;
        return this;
    }

    /**
     * How long a reply socket stays open unused. The next packet opens it again.
     *
     * @param idle positive, default 30 s
     * @return this
     */
    public GwlbApplianceBuilder returnSocketIdle(Duration idle) {
        returnSocketIdle = idle;
        return this;
    }

    /**
     * How replies leave from the source ports that flows came from. Linux only; elsewhere always by bound sockets.
     *
     * @param mode default {@link ReturnPathMode#AUTO}
     * @return this
     */
    public GwlbApplianceBuilder returnPath(ReturnPathMode mode) {
        returnPath = mode;
        return this;
    }

    /**
     * Whether datagrams of a flow pass through the kernel together. Linux only.
     *
     * @param offload default {@link UdpOffload#AUTO}
     * @return this
     */
    public GwlbApplianceBuilder udpOffload(UdpOffload offload) {
        udpOffload = offload;
        return this;
    }

    /**
     * Most tunnels at a time. Packets of further endpoints are dropped as {@link DropReason#TUNNEL_LIMIT}. While there are that
     * many, a minute of silence ends a tunnel, so that made-up endpoints do not keep real ones out for long.
     *
     * @param count 1 to 65,536, default 1024
     * @return this
     */
    public GwlbApplianceBuilder maxTunnels(int count) {
        maxTunnels = count;
        return this;
    }

    /**
     * Silence after which a tunnel times out.
     *
     * @param timeout zero for never; default 6000 s, the longest flow idle timeout that a load balancer can be given
     * @return this
     */
    public GwlbApplianceBuilder tunnelIdleTimeout(Duration timeout) {
        tunnelIdleTimeout = timeout;
        return this;
    }

    /**
     * Class of the load balancer's GENEVE options.
     *
     * @param optionClass 0 to 65535, default {@link Gwlb#OPTION_CLASS}
     * @return this
     */
    public GwlbApplianceBuilder optionClass(int optionClass) {
        this.optionClass = optionClass;
        return this;
    }

    /**
     * Restricts who may send: datagrams of others are dropped as {@link DropReason#SOURCE_NOT_ALLOWED}. A security group
     * should do the same outside; an appliance that takes packets from anyone can be made to inject them.
     *
     * @param network of load balancer nodes, such as their subnets; call again for more; none at all admits everyone
     * @return this
     */
    public GwlbApplianceBuilder allowSource(Cidr network) {
        allowedSources.add(Objects.requireNonNull(network, "network"));
        return this;
    }

    /**
     * Restricts the endpoints: packets of others are dropped as {@link DropReason#ENDPOINT_NOT_ALLOWED} and make no tunnel.
     *
     * @param endpointId id of an endpoint's network interface; call again for more; none at all admits every endpoint
     * @return this
     */
    public GwlbApplianceBuilder allowEndpoint(long endpointId) {
        allowedEndpoints.add(endpointId);
        return this;
    }

    /**
     * Whether a packet is forwarded, not dropped, when the handler throws on it.
     *
     * @param isFailOpen default false: fail closed, as a security appliance should
     * @return this
     */
    public GwlbApplianceBuilder failOpen(boolean isFailOpen) {
        this.isFailOpen = isFailOpen;
        return this;
    }

    /**
     * Whether to overwrite packets as soon as their handler is done with them, so that code which keeps a view is caught.
     *
     * @param isPoisoning default: whether Java assertions are on (-ea), as they are in most test runs
     * @return this
     */
    public GwlbApplianceBuilder poisonPackets(boolean isPoisoning) {
        this.isPoisoning = isPoisoning;
        return this;
    }

    /**
     * The appliance's logic. Needed for the inline modes; there is no default.
     *
     * @param factory makes a handler for each worker
     * @return this
     */
    public GwlbApplianceBuilder handler(PacketHandler.Factory factory) {
        handlers = factory;
        return this;
    }

    /**
     * Who is told of tunnels. Call it again for more: they are told of a creation in the order given, of an end in the reverse.
     *
     * @param listener for example a {@link io.github.gwlb4j.gwlb.hook.ScriptHook}; default: nobody
     * @return this
     */
    public GwlbApplianceBuilder listener(TunnelListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /**
     * What happens to the packets of all endpoints that {@link #modeOf} does not name.
     *
     * @param mode default {@link TunnelMode#INLINE}; a mode with interfaces needs Linux and CAP_NET_ADMIN
     * @return this
     */
    public GwlbApplianceBuilder mode(TunnelMode mode) {
        this.mode = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /**
     * What happens to the packets of one endpoint.
     *
     * @param endpointId id of the endpoint's network interface
     * @param mode       of its tunnel
     * @return this
     */
    public GwlbApplianceBuilder modeOf(long endpointId, TunnelMode mode) {
        modes.put(endpointId, Objects.requireNonNull(mode, "mode"));
        return this;
    }

    /**
     * Settings of the modes with TUN interfaces.
     *
     * @param settings default {@code TunSettings.builder().build()}
     * @return this
     */
    public GwlbApplianceBuilder tun(TunSettings settings) {
        tun = settings;
        return this;
    }

    /**
     * Makes an endpoint's tunnel at the start, before its first packet: its interfaces exist and its listeners have been told when
     * {@link GwlbAppliance#start()} returns, which fails if they cannot. Silence does not end it.
     *
     * @param endpointId id of the endpoint's network interface; call again for more
     * @return this
     */
    public GwlbApplianceBuilder declareTunnel(long endpointId) {
        declared.add(endpointId);
        return this;
    }

    /**
     * When to try again to create a tunnel whose interfaces could not be opened, or whose listener failed. The wait doubles with
     * each failure; until it is over packets of the endpoint are dropped as {@link DropReason#TUNNEL_CREATION_FAILED}.
     *
     * @param first wait after the first failure, positive, default 1 s
     * @param max   longest wait, default 60 s
     * @return this
     */
    public GwlbApplianceBuilder creationRetry(Duration first, Duration max) {
        retryFirst = first;
        retryMax = max;
        return this;
    }

    /**
     * How many tunnels' listeners may be called at a time. A listener that takes long, such as a hook script, delays its own tunnel
     * only, unless as many as this do.
     *
     * @param count 1 to 1024, default 16
     * @return this
     */
    public GwlbApplianceBuilder maxCallbacks(int count) {
        maxCallbacks = count;
        return this;
    }

    /**
     * How long {@link GwlbAppliance#close()} waits for the listeners of all tunnels, which are called side by side.
     *
     * <p>{@link GwlbAppliance#start()} waits as long for declared tunnels, and 40 s at least.
     *
     * @param timeout positive, default 40 s: longer than a hook script may take
     * @return this
     */
    public GwlbApplianceBuilder closeTimeout(Duration timeout) {
        closeTimeout = timeout;
        return this;
    }

    /**
     * Most packets that each worker holds for a tunnel while it is being created; they are delivered in order then. Further ones are
     * dropped as {@link DropReason#HELD_LIMIT}.
     *
     * @param count 0 to 65,536, default 64
     * @return this
     */
    public GwlbApplianceBuilder heldPackets(int count) {
        heldPackets = count;
        return this;
    }

    /**
     * Memory of each worker for the packets that it holds for all tunnels in creation; used in modes with interfaces only.
     *
     * @param bytes 65,536 to 2^30, default 1 MiB
     * @return this
     */
    public GwlbApplianceBuilder heldBytes(int bytes) {
        heldBytes = bytes;
        return this;
    }

    /**
     * Longest inner packet that goes back to the load balancer; also the MTU of the interfaces. Longer ones are dropped as
     * {@link DropReason#PACKET_TOO_LARGE}.
     *
     * @param bytes 576 to 65,535, default 8500, behind which the load balancer drops without a word
     * @return this
     */
    public GwlbApplianceBuilder tunnelMtu(int bytes) {
        tunnelMtu = bytes;
        return this;
    }

    /**
     * Whether the maximum segment size in TCP SYNs is lowered to what fits the {@link #tunnelMtu}.
     *
     * @param isClampingMss default false
     * @return this
     */
    public GwlbApplianceBuilder clampMss(boolean isClampingMss) {
        this.isClampingMss = isClampingMss;
        return this;
    }

    /**
     * How many senders of too large packets are told so, by ICMP "fragmentation needed" or "packet too big" through the load
     * balancer (RFC 1191, RFC 8201).
     *
     * @param count most a second and worker, 0 for none, default 100
     * @return this
     */
    public GwlbApplianceBuilder packetTooBigPerSecond(int count) {
        packetTooBigPerSecond = count;
        return this;
    }

    /**
     * Lets each worker remember the flows of the inline modes: {@link GwlbPacket#flow()} shows a packet's own, with whatever the handler
     * attached to it. Only the inline modes have it.
     *
     * @param settings for example {@code FlowTracking.ofMaxFlows(100_000)}; null, the default, for off
     * @return this
     */
    public GwlbApplianceBuilder flowTracking(FlowTracking settings) {
        flowTracking = settings;
        return this;
    }

    /**
     * Most packets of a worker's own that wait at a time to be sent: those that the handler {@linkplain Flow#inject injects} while it looks
     * at one batch, or in its timers and tasks between two, and the ICMP errors about packets that are too large. There is memory for
     * 1 KiB each; packets that are longer count more.
     *
     * @param packets 16 to 65,536, default 256
     * @return this
     */
    public GwlbApplianceBuilder injectQueue(int packets) {
        injectQueue = packets;
        return this;
    }

    /**
     * Memory of each worker for packets that {@link GwlbPacket#replaceInner} makes longer, within one batch; used in the inline modes
     * only. A packet takes its new length, GENEVE header included.
     *
     * @param bytes 0 to 2^26, default 1 MiB: every packet of a batch of 512 with 1500 bytes each can grow
     * @return this
     */
    public GwlbApplianceBuilder rewriteBytes(int bytes) {
        rewriteBytes = bytes;
        return this;
    }

    /**
     * Writes a copy of the packets to pcapng files, for an IDS beside the appliance or for Wireshark; each with a comment that says where it
     * came through and what became of it. The capture's own settings say which packets: those that pass, or also what is dropped
     * ({@link PacketCapture.Builder#includeDropped}), by filter ({@link PacketCapture.Builder#filter}). A handler's own remark is added with
     * {@link GwlbPacket#captureNote}.
     *
     * @param capture open; to be closed by its owner, after the appliance; null, the default, for none
     * @return this
     */
    public GwlbApplianceBuilder capture(PacketCapture capture) {
        this.capture = capture;
        return this;
    }

    /**
     * Another edge to the network, for tests. The settings of listen address, receive buffer and reply sockets are the
     * transport's own then.
     *
     * @param transport called once by {@link GwlbAppliance#start()}; default {@link LinuxTransport} where it
     *                  works and the listen address is IPv4, else {@link NioTransport}
     * @return this
     */
    public GwlbApplianceBuilder transport(Supplier<DatagramTransport> transport) {
        this.transport = transport;
        return this;
    }

    /**
     * What this appliance is called on its health page and in JMX.
     *
     * @param name 1 to 100 characters; default {@code gwlb4j-1} and so on
     * @return this
     */
    public GwlbApplianceBuilder name(String name) {
        this.name = name;
        return this;
    }

    /**
     * Whether the platform's MBean server shows this appliance as {@code io.github.gwlb4j:type=Appliance,name=…} while it
     * runs; see {@link ApplianceMXBean}.
     *
     * @param isInJmx default true
     * @return this
     */
    public GwlbApplianceBuilder jmx(boolean isInJmx) {
        this.isInJmx = isInJmx;
        return this;
    }

    /**
     * Whether the threads that handle packets give up all capabilities before the first, on Linux; and the control thread too if
     * there are neither interfaces nor listeners, which need its rights. Sockets are open by then, so nothing is missed, but two things: replies to
     * ports below 1024 then need the raw socket, and a reply socket's send buffer of 2 MiB needs {@code net.core.wmem_max} of as much. The
     * packet handlers' own {@code onStart}, timers and tasks run without capabilities as well. The threads of the health page and of
     * captures never have any but CAP_DAC_OVERRIDE, if root started them; nor have, with this setting, those of hand-overs and of saved flows. See {@link io.github.gwlb4j.tun.Privileges} for the rest of the process.
     *
     * @param isDropping default false: they keep what the thread has that calls {@link GwlbAppliance#start}
     * @return this
     */
    public GwlbApplianceBuilder dropCapabilities(boolean isDropping) {
        isDroppingCapabilities = isDropping;
        return this;
    }

    /**
     * The HTTP health page, for the load balancer's health checks, for people and for Prometheus.
     *
     * @param config for example {@link HealthConfig#onPort}; null, the default, for none
     * @return this
     */
    public GwlbApplianceBuilder health(HealthConfig config) {
        health = config;
        return this;
    }

    /**
     * Adds a say in whether the appliance is healthy, with or without a health page. Call it for each contributor.
     *
     * @param name        stands before its problems; the same name again replaces the earlier one
     * @param contributor is asked about once a second
     * @return this
     */
    public GwlbApplianceBuilder healthContributor(String name, HealthContributor contributor) {
        healthContributors.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(contributor, "contributor"));
        return this;
    }

    /**
     * Lets one process take over from another while traffic goes on, for an upgrade or a change of settings. {@link GwlbAppliance#start()} asks the
     * process that listens at this path for its sockets, interfaces, tunnels and flows, and goes on in its place; that one then
     * {@linkplain GwlbAppliance#isHandedOver() closes}, without ending any tunnel. If nobody listens there, the start is an ordinary
     * one. If the other refuses, because a setting that is part of what is handed over differs, start fails, and the other goes on; so it
     * does if this process fails before it forwards. From then on this process listens at the path itself.
     *
     * <p>Both processes must be of one user, and have the same listen address, number of workers, steering if there are several, modes, tunnelMtu,
     * optionClass, udpOffload and offload of interfaces. From when this process forwards there is no other to go back to: a declared tunnel that cannot
     * be created then is logged, and start does not fail. Of two processes that start at the same moment one fails. What is inside a process is not handed over: the flows of {@link #flowTracking} with what
     * handlers have attached to them, handlers themselves, fragments' records, counters. Linux only, and not with another {@link #transport}.
     *
     * @param path of a socket, at most 103 bytes, in a folder that only this user may write, such as {@code /run/gwlbtun/takeover.sock}; null, the default, for no hand-over
     * @return this
     */
    public GwlbApplianceBuilder takeover(Path path) {
        takeover = path;
        return this;
    }

    /**
     * Checks and seals the settings.
     *
     * @return an appliance that has not been started
     * @throws IllegalArgumentException if a setting is missing or out of range; the message names it
     */
    public GwlbAppliance build() {
        return new GwlbAppliance(new ApplianceConfig(this));
    }
}
