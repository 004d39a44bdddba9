package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.internal.flow.FlowTable;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;

/**
 * What all workers of an appliance share. Each part is made for that.
 *
 * @param admission who may send
 * @param tunnels   the endpoints' tunnels
 * @param readable  the tunnels out of whose interfaces packets come
 * @param flows     how the flows of TUN mode came from the load balancer; null if no endpoint can be in that mode
 * @param fragments what first fragments said about later ones; null if neither those nor inline flows are tracked
 * @param capture   where copies of packets go; null for nowhere
 */
record SharedState(Admission admission, TunnelManager tunnels, ReadableTunnels readable, FlowTable flows, FragmentRecords fragments,
                   PacketCapture capture) {
}
