package io.github.gwlb4j.simulator;

import java.util.Locale;

/**
 * What can be wrong with a datagram that came back. One datagram may have several faults. Immutable; usable from any thread.
 *
 * <p>A real load balancer drops a datagram with any of the address, port, header and cookie faults without a word.
 */
public enum ReplyFault {
    /** The packet had come back already. */
    DUPLICATE("came back more than once"),
    /** The packet came back after the timeout; it counts as missing too. */
    LATE("came back after the timeout"),
    /** A later packet of the same flow came back before this one. */
    OUT_OF_ORDER("overtaken by a later packet of its flow"),
    /** The reply does not come from the address that the packet was sent to. */
    OUTER_SOURCE_ADDRESS("comes from another address than the appliance's"),
    /** The reply went to another load balancer node than the one that sent the packet. */
    OUTER_DESTINATION_ADDRESS("went to another load balancer node than the one that sent it"),
    /** The reply's UDP source port is not the flow's. Ports are not swapped: the flow's source port stays the source port. */
    UDP_SOURCE_PORT("UDP source port is not the flow's (ports must be kept, not swapped)"),
    /** The reply went to the flow's source port and not to the GENEVE port: the appliance swapped the ports. */
    UDP_DESTINATION_PORT("went to the flow's port, not to the GENEVE port (ports must be kept, not swapped)"),
    /** The flow cookie is one that the flow had before, and the packet was sent with the newer one. */
    STALE_COOKIE("flow cookie is an older one of its flow (the newest counts)"),
    /** The flow cookie differs. */
    FLOW_COOKIE("flow cookie changed"),
    /** The endpoint id differs. */
    ENDPOINT_ID("endpoint id changed"),
    /** Another part of the GENEVE header differs, reserved bits and unknown options included. */
    GENEVE_HEADER("GENEVE header changed"),
    /** The inner packet differs in a way that the {@link InnerPacketRule} does not allow. */
    INNER_PACKET("inner packet changed"),
    /** The datagram is not IP in GENEVE with the load balancer's three options. */
    NOT_GENEVE("is no GENEVE with the load balancer's options"),
    /** The inner packet's length is not the one that its IP header states. */
    INNER_LENGTH("inner packet is shorter or longer than its IP header says"),
    /** The inner packet's IPv4 header checksum, or its TCP, UDP or ICMP checksum, is wrong. */
    INNER_CHECKSUM("inner IPv4, TCP, UDP or ICMP checksum is wrong"),
    /** The inner packet is longer than the load balancer carries. */
    INNER_TOO_LONG("inner packet is longer than 8500 bytes"),
    /** The packet came back although it was expected to be dropped, or the run is one-way. */
    NOT_EXPECTED_BACK("came back although it should have been dropped"),
    /** The datagram matches nothing that was sent. */
    NEVER_SENT("matches nothing that was sent");

    private final String description;

    ReplyFault(String description) {
        this.description = description;
    }

    /**
     * The name in JSON.
     *
     * @return for example {@code udp-source-port}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Says the same in words.
     *
     * @return a short phrase in English, without a full stop
     */
    public String description() {
        return description;
    }

    /**
     * Whether the datagram should not have come at all, so that it counts as unexpected and not as wrong.
     *
     * @return true for {@link #NOT_EXPECTED_BACK} and {@link #NEVER_SENT}
     */
    public boolean isUnexpected() {
        return this == NOT_EXPECTED_BACK || this == NEVER_SENT;
    }
}
