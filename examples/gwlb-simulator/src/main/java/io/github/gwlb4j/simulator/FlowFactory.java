package io.github.gwlb4j.simulator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes the flows of one run: ports and cookies from the seed, endpoints and nodes in turn. Not thread-safe. */
final class FlowFactory {
    /** Where captures of the load balancer show its source ports. */
    private static final int FIRST_PORT = 60000;
    private static final int PORTS = 5000;
    private static final int PORT_DRAWS = 16;
    /** Odd, so that counting up in steps of it meets every 32-bit cookie once. */
    private static final int COOKIE_STEP = 0x9e37_79b1;

    private final SimulatorSettings settings;
    private final List<LoadBalancerNode> nodes;
    private final SplittableRandom random;
    private final List<PacketFilter> unmatched;
    private int cookie;
    private int flows;

    FlowFactory(SimulatorSettings settings, List<LoadBalancerNode> nodes) {
        this.settings = settings;
        this.nodes = nodes;
        this.random = new SplittableRandom(settings.seed());
        this.unmatched = new ArrayList<>(settings.expectedDrops());
        this.cookie = random.nextInt();
    }

    SimulatorSettings settings() {
        return settings;
    }

    int endpoints() {
        return settings.endpointIds().size();
    }

    /**
     * A flow with the next cookie and a port like the load balancer's; while the limit on sockets allows, one of its own.
     *
     * @param node     any number: nodes are taken in turn
     * @param endpoint any number: endpoints are taken in turn
     */
    GwlbFlow newFlow(int node, int endpoint) throws IOException {
        return newFlow(nodes.get(node % nodes.size()), settings.endpointIds().get(endpoint % endpoints()));
    }

    private GwlbFlow newFlow(LoadBalancerNode from, long endpointId) throws IOException {
        int port = randomPort();
        for (int i = 0; i < PORT_DRAWS && from.hasSocketFor(port) && from.canOpenMoreSockets(); i++) {
            port = randomPort();
        }
        return newFlow(from.socket(port), endpointId);
    }

    private GwlbFlow newFlow(FlowSocket socket, long endpointId) {
        flows++;
        cookie += COOKIE_STEP;
        return new GwlbFlow(socket, settings.optionClass(), endpointId, cookie);
    }

    /** What a flow becomes when another node takes it over: the endpoint is the same, port and cookie are not. */
    GwlbFlow movedFlow(GwlbFlow flow, int node) throws IOException {
        return newFlow(node(node), flow.endpointId());
    }

    /** What a flow becomes when its cookie changes. */
    GwlbFlow newCookie(GwlbFlow flow) {
        return newFlow(flow.socket(), flow.endpointId());
    }

    /**
     * The node of an index.
     *
     * @throws IndexOutOfBoundsException if there is no such node
     */
    LoadBalancerNode node(int index) {
        return nodes.get(index);
    }

    private int randomPort() {
        return FIRST_PORT + random.nextInt(PORTS);
    }

    /** A flow as it was captured, with the port if that can be had. */
    GwlbFlow replayedFlow(int node, int port, long endpointId, int flowCookie) throws IOException {
        flows++;
        return new GwlbFlow(nodes.get(node % nodes.size()).socket(port), settings.optionClass(), endpointId, flowCookie);
    }

    /** The n-th flow of a series: endpoints in turn, then nodes, so that neighbours share a node and differ in endpoint. */
    GwlbFlow newFlowInTurn(int n) throws IOException {
        return newFlow(n / endpoints(), n);
    }

    /** Whether the user wants this packet back. */
    boolean isExpectedBack(String kind, long endpointId, byte[] innerPacket) {
        boolean isDropped = settings.isOneWay();
        for (PacketFilter filter : settings.expectedDrops()) {
            if (filter.matches(kind, endpointId, innerPacket)) {
                isDropped = true;
                unmatched.remove(filter);
            }
        }
        return !isDropped;
    }

    /** Filters that have matched no packet so far: perhaps a slip of the pen. */
    List<PacketFilter> unmatchedFilters() {
        return unmatched;
    }

    /** Flows made so far. */
    int flows() {
        return flows;
    }
}
