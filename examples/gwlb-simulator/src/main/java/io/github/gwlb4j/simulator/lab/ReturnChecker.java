package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.packet.UdpHeader;
import io.github.gwlb4j.simulator.ReplyFault;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Judges what the appliance sends, as the load balancer does and a bit more: it also looks at lengths and checksums of the
 * inner packet. Not thread-safe.
 *
 * <p>A packet must carry the header of the flow that it belongs to. For a fragment or an ICMP error made by the appliance that
 * is the flow of the packet which it was made from or about.
 */
final class ReturnChecker {
    private static final int UDP_CHECKSUM_OFFSET = 6;

    private final Map<Long, LabSite> sites;
    private final FlowTracker tracker;
    private final FlowTable flows;
    private final GwlbDecoder decoder = new GwlbDecoder();
    private final IpPacket packet = new IpPacket();
    private LabSite site;
    private Direction direction;
    private int innerOffset;
    private int innerLength;

    ReturnChecker(Map<Long, LabSite> sites, FlowTracker tracker, FlowTable flows) {
        this.sites = sites;
        this.tracker = tracker;
        this.flows = flows;
    }

    /**
     * Looks at one datagram that came to the GENEVE port.
     *
     * @return what is wrong with it, or null if it is right
     */
    ReplyFault check(ByteBuffer buffer, int offset, int lengthBytes, int sourceAddress, int sourcePort, long nowNs) {
        site = null;
        direction = null;
        if (decoder.decode(buffer, offset, lengthBytes) != GeneveStatus.OK) {
            return ReplyFault.NOT_GENEVE;
        }
        site = sites.get(decoder.options().endpointId());
        innerOffset = decoder.header().payloadOffset();
        innerLength = decoder.header().payloadLength();
        PacketStatus status = packet.wrap(buffer, innerOffset, innerLength);
        if (status != PacketStatus.OK) {
            return status == PacketStatus.NOT_IP || status == PacketStatus.IP_VERSION_UNKNOWN
                    ? ReplyFault.INNER_PACKET : ReplyFault.INNER_LENGTH;
        }
        Flow named = flows.findByCookie(decoder.options().flowCookie());
        LabSite owner = site != null || named == null ? site : named.site();
        direction = owner == null ? null : owner.isClient(packet.version(), packet.destinationHigh(), packet.destinationLow())
                ? Direction.TO_CLIENT : Direction.TO_SERVER;
        if (sourceAddress != LiveLab.APPLIANCE_IPV4) {
            return ReplyFault.OUTER_SOURCE_ADDRESS;
        }
        ReplyFault innerFault = innerFault();
        return innerFault != null ? innerFault : flowFault(named, buffer, offset, sourcePort, nowNs);
    }

    private ReplyFault flowFault(Flow named, ByteBuffer buffer, int offset, int sourcePort, long nowNs) {
        if (site == null) {
            if (named != null) {
                site = named.site();
                return ReplyFault.ENDPOINT_ID;
            }
            return ReplyFault.NEVER_SENT;
        }
        Flow flow = flows.find(tracker.keyOf(site.endpointId(), packet));
        if (named != null && named.site() != site) {
            return ReplyFault.ENDPOINT_ID;
        }
        if (flow == null) {
            return ReplyFault.NEVER_SENT;
        }
        if (named != flow) {
            return ReplyFault.FLOW_COOKIE;
        }
        if (sourcePort != flow.sourcePort()) {
            return ReplyFault.UDP_SOURCE_PORT;
        }
        return flow.hasHeader(buffer, offset, nowNs) ? null : ReplyFault.GENEVE_HEADER;
    }

    private ReplyFault innerFault() {
        if (packet.totalLength() != innerLength) {
            return ReplyFault.INNER_LENGTH;
        }
        if (innerLength > Gwlb.MAX_INNER_PACKET_LENGTH) {
            return ReplyFault.INNER_TOO_LONG;
        }
        boolean isRight = packet.version() != 4 || InternetChecksum.of(packet.buffer(), innerOffset, packet.headerLength()) == 0;
        return isRight && isTransportRight() ? null : ReplyFault.INNER_CHECKSUM;
    }

    /** What has no whole transport header has no checksum either: it can only have been sent like that. */
    private boolean isTransportRight() {
        if (packet.isFragment() || packet.transportStatus() != PacketStatus.OK) {
            return true;
        }
        boolean hasNone = packet.protocol() == IpProtocol.UDP && packet.version() == 4
                && packet.buffer().getShort(packet.transportOffset() + UDP_CHECKSUM_OFFSET) == 0
                && packet.transportLength() >= UdpHeader.LENGTH;
        return hasNone || InternetChecksum.ofTransport(packet) == 0;
    }

    /** The site of the last datagram, or null if it is of none. */
    LabSite site() {
        return site;
    }

    /** The direction of the last datagram, or null if it has none. */
    Direction direction() {
        return direction;
    }

    /** Whether the last datagram held an ICMP error. */
    boolean isIcmpError() {
        return packet.isIcmpError();
    }

    int innerOffset() {
        return innerOffset;
    }

    int innerLength() {
        return innerLength;
    }
}
