package io.github.gwlb4j.simulator;

import java.nio.channels.DatagramChannel;

/** A UDP socket bound to a node's address and a flow's source port, connected to the appliance. Flows may share one. */
final class FlowSocket {
    private final LoadBalancerNode node;
    private final int port;
    private final DatagramChannel channel;

    FlowSocket(LoadBalancerNode node, int port, DatagramChannel channel) {
        this.node = node;
        this.port = port;
        this.channel = channel;
    }

    LoadBalancerNode node() {
        return node;
    }

    int port() {
        return port;
    }

    DatagramChannel channel() {
        return channel;
    }
}
