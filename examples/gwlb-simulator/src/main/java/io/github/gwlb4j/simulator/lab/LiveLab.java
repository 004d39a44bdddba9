package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.tun.LinkAddress;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.LinuxTun;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A simulated Gateway Load Balancer between network namespaces, so that real programs talk through an appliance:
 *
 * <pre>{@code
 * try (LiveLab lab = LiveLab.builder().site(1).start()) {
 *     // start the appliance inside lab.appliance(), listening on 10.99.0.2, UDP port 6081
 *     LabSite site = lab.site(0);
 *     CommandResult ping = site.client().run(Duration.ofSeconds(10), "ping", "-c", "1", "10.30.0.2");
 *     assert ping.isSuccess() && lab.report().isClean() : ping + "\n" + lab.report();
 * }
 * }</pre>
 *
 * <p>It needs Linux, root (CAP_NET_ADMIN and CAP_SYS_ADMIN), {@code /dev/net/tun} and the program {@code ip} (Debian:
 * iproute2). No namespace has a way out. Several labs may run at once, in one process or in several. Safe for any thread.
 */
public final class LiveLab implements AutoCloseable {
    /** The load balancer's IPv4 address. */
    public static final String LOAD_BALANCER_ADDRESS = "10.99.0.1";
    /** The IPv4 address that the appliance listens on. */
    public static final String APPLIANCE_ADDRESS = "10.99.0.2";
    /** The interface of the appliance's namespace that leads to the load balancer, unless the builder names it. */
    public static final String APPLIANCE_LINK = "lb0";
    /** The interface of the appliance's namespace that leads to the internet, see {@link LiveLabBuilder#internet()}. */
    public static final String INTERNET_LINK = "inet0";
    /** {@link #APPLIANCE_ADDRESS} as a number. */
    static final int APPLIANCE_IPV4 = 10 << 24 | 99 << 16 | 2;

    private static final String PEER_LINK = "app0";
    /** As in a VPC that allows jumbo frames; 8500 bytes and the 68 of encapsulation fit. */
    private static final int OUTER_MTU = 9001;
    private static final int INTERNET_MTU = 1500;
    private static final Duration IP_COMMAND_LIMIT = Duration.ofSeconds(10);

    private final List<LabNamespace> namespaces = new ArrayList<>();
    private final List<TunEdge> edges = new ArrayList<>();
    private final List<LabSite> sites = new ArrayList<>();
    private final AtomicLong injectedDatagrams = new AtomicLong();
    private final FlowTable flows;
    private final LiveLabBuilder.NamespaceSource namespaceSource;
    private final String applianceLink;
    private LabNamespace loadBalancerNamespace;
    private LabNamespace appliance;
    private LabNamespace internet;
    private LoadBalancer loadBalancer;

    LiveLab(LiveLabBuilder settings) throws IOException {
        if (LinuxTun.unsupportedCause() != null) {
            throw new LinuxException("cannot start a live lab: " + LinuxTun.unsupportedCause());
        }
        flows = new FlowTable(settings.maxFlows());
        namespaceSource = settings.namespaces();
        applianceLink = settings.applianceLink();
        try {
            loadBalancerNamespace = namespace("load balancer");
            appliance = settings.applianceNamespace() == null ? namespace("appliance")
                    : LabNamespace.shared("appliance", settings.applianceNamespace());
            internet = settings.hasInternet() ? namespace("internet") : null;
            link();
            for (SiteConfig config : settings.sites()) {
                addSite(config, settings.sourcePorts());
            }
            loadBalancer = newLoadBalancer();
            loadBalancer.start();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts with no site.
     *
     * @return a builder
     */
    public static LiveLabBuilder builder() {
        return new LiveLabBuilder();
    }

    private LabNamespace namespace(String name) throws IOException {
        LabNamespace namespace = LabNamespace.prepared(name, namespaceSource.open(name));
        namespaces.add(namespace);
        return namespace;
    }

    private void link() throws IOException {
        veth(loadBalancerNamespace, PEER_LINK, appliance, applianceLink);
        loadBalancerNamespace.configure(PEER_LINK, OUTER_MTU, addresses(LOAD_BALANCER_ADDRESS + "/24"), false);
        appliance.configure(applianceLink, OUTER_MTU, addresses(APPLIANCE_ADDRESS + "/24"), false);
        if (internet != null) {
            veth(appliance, INTERNET_LINK, internet, PEER_LINK);
            appliance.configure(INTERNET_LINK, INTERNET_MTU, addresses("198.51.100.1/24", "2001:db8::1/64"), false);
            internet.configure(PEER_LINK, INTERNET_MTU, addresses("198.51.100.2/24", "2001:db8::2/64"), false);
        }
    }

    private static List<LinkAddress> addresses(String... texts) {
        return Stream.of(texts).map(LinkAddress::parse).toList();
    }

    private static void veth(LabNamespace from, String link, LabNamespace to, String peer) throws IOException {
        try {
            CommandResult result = from.run(IP_COMMAND_LIMIT, "ip", "link", "add", link, "type", "veth", "peer", "name", peer,
                    "netns", to.path().toString());
            if (!result.isSuccess()) {
                throw new IOException("cannot join " + from.name() + " and " + to.name() + " by a veth pair (kernel module veth): " + result);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting a live lab", e);
        }
    }

    private void addSite(SiteConfig config, int sourcePorts) throws IOException {
        LabSite site = new LabSite(sites.size(), config, sourcePorts, injectedDatagrams);
        TunEdge client = edge(site, "client", Direction.TO_SERVER);
        TunEdge server = config.serverAddresses().isEmpty() ? null : edge(site, "server", Direction.TO_CLIENT);
        site.connect(client, server);
        sites.add(site);
    }

    private TunEdge edge(LabSite site, String role, Direction direction) throws IOException {
        TunEdge edge = new TunEdge(namespace(site.name() + " " + role), site, direction);
        edges.add(edge);
        return edge;
    }

    private LoadBalancer newLoadBalancer() throws LinuxException {
        Map<Long, LabSite> byEndpoint = new HashMap<>();
        sites.forEach(site -> byEndpoint.put(site.endpointId(), site));
        FlowTracker tracker = new FlowTracker();
        SourcePorts ports = new SourcePorts(loadBalancerNamespace.network());
        LoadBalancer balancer;
        try {
            balancer = new LoadBalancer(edges, ports, new GeneveSender(tracker, flows, ports),
                    new ReturnChecker(byEndpoint, tracker, flows));
        } catch (RuntimeException e) {
            ports.close();
            throw e;
        }
        sites.forEach(site -> site.connect(balancer));
        return balancer;
    }

    /**
     * The sites.
     *
     * @return in the order of the builder's calls
     */
    public List<LabSite> sites() {
        return List.copyOf(sites);
    }

    /**
     * One site.
     *
     * @param index 0 for the first of the builder's calls
     * @return the site
     * @throws IndexOutOfBoundsException if there is no such site
     */
    public LabSite site(int index) {
        return sites.get(index);
    }

    /**
     * Where the appliance runs.
     *
     * @return the namespace with {@link #APPLIANCE_ADDRESS} at {@link #APPLIANCE_LINK}
     */
    public LabNamespace appliance() {
        return appliance;
    }

    /**
     * Where the load balancer's sockets are, for example to capture packets.
     *
     * @return the namespace with {@link #LOAD_BALANCER_ADDRESS}
     */
    public LabNamespace loadBalancer() {
        return loadBalancerNamespace;
    }

    /**
     * What the appliance reaches without the load balancer.
     *
     * @return the namespace with 198.51.100.2 and 2001:db8::2
     * @throws IllegalStateException if the lab was made without {@link LiveLabBuilder#internet()}
     */
    public LabNamespace internet() {
        if (internet == null) {
            throw new IllegalStateException("this lab was made without an internet: call internet() of its builder");
        }
        return internet;
    }

    /**
     * What the load balancer has seen so far. It goes on meanwhile, so counts may be a packet apart. Also after {@link #close()}.
     *
     * @return a snapshot
     * @throws IllegalStateException if the load balancer's thread has failed, with the cause
     */
    public LabReport report() {
        loadBalancer.requireNoFailure();
        List<LabReport.SiteReport> reports = sites.stream().map(site -> new LabReport.SiteReport(site.name(), site.endpointId(),
                site.counters(Direction.TO_SERVER).snapshot(), site.counters(Direction.TO_CLIENT).snapshot())).toList();
        return new LabReport(reports, loadBalancer.unattributed().snapshot(), loadBalancer.ignored(), injectedDatagrams.get(),
                flows.size(), flows.forgotten());
    }

    /**
     * Gives all flows new cookies. What is still on its way may carry the old one for a second. It happens soon after this call.
     *
     * @throws IllegalStateException if the lab is closed or its load balancer has failed
     */
    public void rotateCookies() {
        loadBalancer.execute(() -> flows.changeCookies(System.nanoTime()));
    }

    /**
     * Kills all programs that were started in the lab, ends the load balancer and removes all namespaces, devices and links.
     * Does nothing the second time.
     */
    @Override
    public synchronized void close() {
        namespaces.forEach(LabNamespace::killProcesses);
        if (loadBalancer != null) {
            loadBalancer.close();
        }
        edges.forEach(TunEdge::close);
        namespaces.forEach(LabNamespace::close);
    }
}
