package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.packet.Cidr;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.NetAdmin;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** An endpoint of the lab's load balancer, with its client and server. Safe for any thread. */
public final class LabSite {
    /** Longest inner packet that fits a UDP datagram behind the GENEVE header. */
    public static final int MAX_INJECTED_BYTES = 65_467;
    /** Longest UDP payload over IPv4. */
    private static final int MAX_DATAGRAM_BYTES = 65_507;
    private static final int MAX_PORT = 65_535;
    /** Where captures of the load balancer show its source ports. */
    private static final int FIRST_PORT = 60_000;

    private final String name;
    private final SiteConfig config;
    private final int firstPort;
    private final int ports;
    private final List<Cidr> clientNetworks;
    private final SiteCounters toServer = new SiteCounters();
    private final SiteCounters toClient = new SiteCounters();
    private final AtomicLong injectedDatagrams;
    private TunEdge clientEdge;
    private TunEdge serverEdge;
    private LoadBalancer loadBalancer;

    LabSite(int index, SiteConfig config, int ports, AtomicLong injectedDatagrams) {
        this.name = "site-" + (index + 1);
        this.config = config;
        this.firstPort = FIRST_PORT + index * ports;
        this.ports = ports;
        this.clientNetworks = config.clientNetworks();
        this.injectedDatagrams = injectedDatagrams;
    }

    void connect(TunEdge client, TunEdge server) {
        clientEdge = client;
        serverEdge = server;
    }

    void connect(LoadBalancer balancer) {
        loadBalancer = balancer;
    }

    /**
     * What the lab calls it.
     *
     * @return {@code site-1} for the first one, and so on
     */
    public String name() {
        return name;
    }

    /**
     * What it was made from.
     *
     * @return the configuration; {@link #setMtu} does not show in it
     */
    public SiteConfig config() {
        return config;
    }

    /**
     * Option 1 of the GENEVE header of its packets.
     *
     * @return the endpoint id
     */
    public long endpointId() {
        return config.endpointId();
    }

    /**
     * Where the client's programs run.
     *
     * @return the namespace, whose default route leads to the load balancer
     */
    public LabNamespace client() {
        return clientEdge.namespace();
    }

    /**
     * Where the server's programs run.
     *
     * @return the namespace, whose default route leads to the load balancer
     * @throws IllegalStateException if the site has no server
     */
    public LabNamespace server() {
        if (serverEdge == null) {
            throw new IllegalStateException(name + " was made without a server");
        }
        return serverEdge.namespace();
    }

    /**
     * Changes the MTU of the client's and the server's TUN device.
     *
     * @param bytes 68 (with IPv6: 1280, or else the kernel takes IPv6 away) to 65535
     * @throws LinuxException if the kernel refuses
     */
    public void setMtu(int bytes) throws LinuxException {
        List<TunEdge> edges = new ArrayList<>(List.of(clientEdge));
        if (serverEdge != null) {
            edges.add(serverEdge);
        }
        for (TunEdge edge : edges) {
            try (NetAdmin admin = NetAdmin.open(edge.namespace().network())) {
                admin.setMtu(TunEdge.LINK_NAME, bytes);
            }
        }
    }

    /**
     * Sends an inner packet to the appliance as if the client had, past the client's kernel and its MTU. It may be wrong in any
     * way. It counts as sent, and is sent soon after, in the order of the calls.
     *
     * @param innerPacket from the IP header on, up to {@value #MAX_INJECTED_BYTES} bytes; copied
     * @throws IllegalArgumentException if it is longer
     * @throws IllegalStateException    if the lab is closed or its load balancer has failed
     */
    public void injectFromClient(byte[] innerPacket) {
        requireAtMost(MAX_INJECTED_BYTES, innerPacket.length);
        byte[] copy = innerPacket.clone();
        loadBalancer.execute(() -> loadBalancer.inject(this, copy));
    }

    /**
     * Sends a datagram of any content to the appliance's GENEVE port, from the load balancer's address.
     *
     * @param payload    from the GENEVE header on, up to 65507 bytes; copied
     * @param sourcePort 1 to 65535
     * @throws IllegalArgumentException if the payload is longer or the port is out of range
     * @throws IllegalStateException    if the lab is closed or its load balancer has failed
     */
    public void injectDatagram(byte[] payload, int sourcePort) {
        requireAtMost(MAX_DATAGRAM_BYTES, payload.length);
        if (sourcePort < 1 || sourcePort > MAX_PORT) {
            throw new IllegalArgumentException("source port must be 1 to " + MAX_PORT + ", got " + sourcePort);
        }
        byte[] copy = payload.clone();
        loadBalancer.execute(() -> {
            injectedDatagrams.incrementAndGet();
            loadBalancer.sendRaw(copy, sourcePort);
        });
    }

    private static void requireAtMost(int most, int lengthBytes) {
        if (lengthBytes > most) {
            throw new IllegalArgumentException("no UDP datagram can carry it: " + lengthBytes + " bytes, at most " + most);
        }
    }

    /** The source port of a flow with this hash. */
    int sourcePort(long flowHash) {
        return firstPort + Math.floorMod(flowHash, ports);
    }

    boolean isClient(int version, long high, long low) {
        for (Cidr network : clientNetworks) {
            if (network.contains(version, high, low)) {
                return true;
            }
        }
        return false;
    }

    /** The device that leads there, or null if there is none. */
    TunEdge edgeTowards(Direction direction) {
        return direction == Direction.TO_CLIENT ? clientEdge : serverEdge;
    }

    SiteCounters counters(Direction direction) {
        return direction == Direction.TO_CLIENT ? toClient : toServer;
    }

    @Override
    public String toString() {
        return name + " (" + config + ")";
    }
}
