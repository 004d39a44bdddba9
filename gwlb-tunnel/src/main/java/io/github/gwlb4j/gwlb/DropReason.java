package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.packet.PacketStatus;

/**
 * Why a packet went nowhere although no handler dropped it. Each packet that comes, from the load balancer or out of a TUN
 * interface, is counted exactly once: received + read from interfaces = forwarded + delivered to interfaces + dropped by the
 * handler + held + the sum over these reasons.
 *
 * <p>Immutable; usable from any thread. No answer is ever sent to bad input; too large packets may be answered with ICMP.
 */
public enum DropReason {
    /** Fewer bytes than a GENEVE header. */
    HEADER_TRUNCATED(GeneveStatus.HEADER_TRUNCATED),
    /** GENEVE version other than 0. */
    VERSION_UNSUPPORTED(GeneveStatus.VERSION_UNSUPPORTED),
    /** GENEVE Opt Len reaches past the datagram. */
    OPTIONS_EXCEED_DATAGRAM(GeneveStatus.OPTIONS_EXCEED_DATAGRAM),
    /** The GENEVE options do not add up to Opt Len. */
    OPTION_EXCEEDS_HEADER(GeneveStatus.OPTION_EXCEEDS_HEADER),
    /** A GENEVE option that must be understood is not. */
    CRITICAL_OPTION_UNKNOWN(GeneveStatus.CRITICAL_OPTION_UNKNOWN),
    /** The same, from a sender that left the header's C bit clear. */
    CRITICAL_OPTION_UNKNOWN_C_CLEAR(GeneveStatus.CRITICAL_OPTION_UNKNOWN_C_CLEAR),
    /** A GENEVE control packet (O bit). */
    CONTROL_PACKET(GeneveStatus.CONTROL_PACKET),
    /** A GENEVE VNI other than 0. */
    VNI_NOT_CONFIGURED(GeneveStatus.VNI_NOT_CONFIGURED),
    /** A GENEVE protocol type other than IPv4 and IPv6. */
    PROTOCOL_UNKNOWN(GeneveStatus.PROTOCOL_UNKNOWN),
    /** A GENEVE header with nothing behind it. */
    PAYLOAD_EMPTY(GeneveStatus.PAYLOAD_EMPTY),
    /** The GENEVE protocol type does not fit the inner IP version. */
    PROTOCOL_MISMATCH(GeneveStatus.PROTOCOL_MISMATCH),
    /** The endpoint id or the flow cookie is missing: not from a Gateway Load Balancer. */
    OPTION_MISSING(GeneveStatus.OPTION_MISSING),
    /** A Gateway Load Balancer option has the wrong length. */
    OPTION_LENGTH_WRONG(GeneveStatus.OPTION_LENGTH_WRONG),
    /** The inner IP header is cut short. */
    INNER_HEADER_TRUNCATED(PacketStatus.IP_HEADER_TRUNCATED),
    /** The inner IPv4 header length is wrong. */
    INNER_HEADER_LENGTH_WRONG(PacketStatus.IPV4_HEADER_LENGTH_WRONG),
    /** The inner IP header states more bytes than there are. */
    INNER_LENGTH_EXCEEDS_DATA(PacketStatus.IP_LENGTH_EXCEEDS_DATA),
    /** An inner IPv6 extension header is cut short. */
    INNER_EXTENSION_HEADER_TRUNCATED(PacketStatus.EXTENSION_HEADER_TRUNCATED),
    /** The inner IPv6 packet has too many extension headers. */
    INNER_EXTENSION_HEADERS_TOO_MANY(PacketStatus.EXTENSION_HEADERS_TOO_MANY),
    /** The sender is in none of the allowed networks. */
    SOURCE_NOT_ALLOWED("sender is not in an allowed network (setting allowSource)"),
    /** The endpoint is not one of the allowed ones. */
    ENDPOINT_NOT_ALLOWED("endpoint is not allowed (setting allowEndpoint)"),
    /** A new endpoint, but as many tunnels as the setting allows exist. */
    TUNNEL_LIMIT("tunnel limit reached (setting maxTunnels)"),
    /** The tunnel is being created, and as many of its packets as the settings allow are held for it. */
    HELD_LIMIT("tunnel being created and too many of its packets held (settings heldPackets, heldBytes)"),
    /** The tunnel's interfaces could not be opened or its listener failed, and it is not yet time to try again. */
    TUNNEL_CREATION_FAILED("tunnel could not be created; the log says why"),
    /** The packet was held for a tunnel in creation when the appliance was closed. */
    TUNNEL_CLOSED("appliance closed while the tunnel was being created"),
    /** The outer header said "congestion experienced", of an inner packet that does not take part in ECN (RFC 6040). */
    CONGESTION_EXPERIENCED("outer ECN says congestion, inner packet is not ECN-capable (RFC 6040)"),
    /** A new flow, but the flow table is full of flows that live. */
    FLOW_TABLE_FULL("flow table full (setting maxFlows)"),
    /** The GENEVE header, or the second of two headers of a flow, finds no room in the flow table. */
    FLOW_HEADER_NO_ROOM("no room for the flow's GENEVE header (settings maxFlows, flowHeaderBytes)"),
    /** The flow was being changed by another worker for too long. */
    FLOW_BUSY("flow table entry busy"),
    /** A packet out of a TUN interface belongs to no flow that the load balancer has sent. */
    FLOW_UNKNOWN("packet from the interface belongs to no flow of the load balancer"),
    /** The kernel's own multicast on the link, such as the reports it sends when an interface is new (RFC 3810). Harmless. */
    KERNEL_MULTICAST("the kernel's own multicast on the interface, harmless"),
    /** A packet out of an interface of a tunnel from which nothing goes back (tap, one-way). */
    NOTHING_GOES_BACK("packet from the interface of a tap or one-way tunnel"),
    /** A packet out of a TUN interface has no sound IP header. */
    INTERFACE_PACKET_MALFORMED("packet from the interface is malformed"),
    /** The kernel did not take a packet for a TUN interface. */
    INTERFACE_WRITE_FAILED("the interface did not take the packet (is it down?)"),
    /** The inner packet is longer than the tunnel MTU, and the load balancer would drop it. */
    PACKET_TOO_LARGE("inner packet is longer than the tunnel MTU (setting tunnelMtu)"),
    /** The handler threw or returned null, and the appliance fails closed. */
    HANDLER_FAILED("the packet handler threw or returned null"),
    /** The flow's source port cannot be bound here, so no reply can leave from it. */
    RETURN_PORT_UNAVAILABLE("reply port cannot be bound: another program has it, or it needs privilege"),
    /** As many reply sockets as the setting, or the limit of open files, allows are in use. */
    RETURN_PORT_LIMIT("reply socket limit reached (setting maxReturnSockets, limit of open files)"),
    /** The system's send buffer was full. */
    SEND_BUFFER_FULL("send buffer full"),
    /** The system refused to send the reply. */
    SEND_FAILED("the system refused to send the reply");

    private final String label;

    DropReason(GeneveStatus status) {
        this("GENEVE: " + status.label());
    }

    DropReason(PacketStatus status) {
        this("inner packet: " + status.label());
    }

    DropReason(String label) {
        this.label = label;
    }

    /**
     * Says the same in words, for summaries and logs.
     *
     * @return a short phrase in English, without a full stop
     */
    public String label() {
        return label;
    }
}
