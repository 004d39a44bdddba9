package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.tun.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Says what a {@link LiveLab} shall be like. Not safe for several threads. */
public final class LiveLabBuilder {
    /** Where captures of the load balancer show its source ports: 60000 to 64999. */
    private static final int ALL_SOURCE_PORTS = 5000;
    private static final int MIN_FLOWS = 16;

    private final List<SiteConfig> sites = new ArrayList<>();
    private boolean hasInternet;
    private int sourcePorts = 64;
    private int maxFlows = 65_536;
    private NamespaceSource namespaces = role -> NetworkNamespace.isolated();
    private NetworkNamespace applianceNamespace;
    private String applianceLink = LiveLab.APPLIANCE_LINK;

    /** Where the lab's namespaces come from. */
    public interface NamespaceSource {
        /**
         * A new, empty namespace.
         *
         * @param role {@code load balancer}, {@code appliance}, {@code internet}, {@code site-1 client}, {@code site-1 server}, ...
         * @return the namespace, closed with the lab
         * @throws IOException if it cannot be made
         */
        NetworkNamespace open(String role) throws IOException;
    }

    LiveLabBuilder() {
    }

    /**
     * Adds a site.
     *
     * @param site its configuration
     * @return this
     * @throws IllegalArgumentException if there is a site with this endpoint already
     */
    public LiveLabBuilder site(SiteConfig site) {
        if (sites.stream().anyMatch(other -> other.endpointId() == site.endpointId())) {
            throw new IllegalArgumentException("two sites cannot have the same endpoint: " + site);
        }
        sites.add(site);
        return this;
    }

    /**
     * Adds a site with the usual client and server.
     *
     * @param endpointId option 1 of the GENEVE header of its packets
     * @return this
     * @throws IllegalArgumentException if there is a site with this endpoint already
     */
    public LiveLabBuilder site(long endpointId) {
        return site(SiteConfig.of(endpointId));
    }

    /**
     * Adds a namespace "internet" with a link of its own to the appliance, for appliances that do not send everything back:
     * 198.51.100.1/24 and 2001:db8::1/64 at the appliance's {@value LiveLab#INTERNET_LINK}, .2 and ::2 at the other end.
     *
     * @return this
     */
    public LiveLabBuilder internet() {
        hasInternet = true;
        return this;
    }

    /**
     * How many UDP source ports the flows of a site share; 64 by default.
     *
     * @param count 1 to 512; all sites together at most 5000
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public LiveLabBuilder sourcePorts(int count) {
        if (count < 1 || count > SourcePorts.MAX_SOCKETS) {
            throw new IllegalArgumentException("source ports of a site must be 1 to " + SourcePorts.MAX_SOCKETS + ", got " + count);
        }
        sourcePorts = count;
        return this;
    }

    /**
     * How many flows the load balancer knows at once; 65,536 by default. The longest unused makes room for a new one.
     *
     * @param count at least 16
     * @return this
     * @throws IllegalArgumentException if less
     */
    public LiveLabBuilder maxFlows(int count) {
        if (count < MIN_FLOWS) {
            throw new IllegalArgumentException("flows must be at least " + MIN_FLOWS + ", got " + count);
        }
        maxFlows = count;
        return this;
    }

    /**
     * Where the lab's namespaces come from; by default they have no name and go away with this process. Named ones can be entered
     * with {@code ip netns exec}, and whoever makes them removes them after {@link LiveLab#close()}.
     *
     * @param source asked for each namespace
     * @return this
     */
    public LiveLabBuilder namespaces(NamespaceSource source) {
        namespaces = source;
        return this;
    }

    /**
     * Puts the appliance into a namespace that exists, such as this machine's own: the lab adds one link there, with
     * {@value LiveLab#APPLIANCE_ADDRESS}, which goes away with the lab.
     *
     * @param namespace where the appliance runs
     * @param linkName  name of the link, 1 to 15 bytes, not taken
     * @return this
     */
    public LiveLabBuilder applianceIn(NetworkNamespace namespace, String linkName) {
        applianceNamespace = namespace;
        applianceLink = linkName;
        return this;
    }

    /**
     * Makes namespaces, devices and links, and starts the load balancer. If something is refused, nothing stays behind.
     *
     * @return the running lab, to be closed
     * @throws IOException           if the kernel refuses something, or the program {@code ip} is missing; the message names the fix
     * @throws IllegalStateException if there is no site, or there are too many
     */
    public LiveLab start() throws IOException {
        if (sites.isEmpty() || sites.size() * sourcePorts > ALL_SOURCE_PORTS) {
            throw new IllegalStateException("a lab needs at least one site, and at most " + ALL_SOURCE_PORTS
                    + " source ports for all sites together; got " + sites.size() + " sites of " + sourcePorts);
        }
        return new LiveLab(this);
    }

    List<SiteConfig> sites() {
        return sites;
    }

    boolean hasInternet() {
        return hasInternet;
    }

    int sourcePorts() {
        return sourcePorts;
    }

    int maxFlows() {
        return maxFlows;
    }

    NamespaceSource namespaces() {
        return namespaces;
    }

    /** Null if the lab makes one. */
    NetworkNamespace applianceNamespace() {
        return applianceNamespace;
    }

    String applianceLink() {
        return applianceLink;
    }
}
