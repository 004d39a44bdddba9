package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.internal.flow.RememberResult;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.packet.PacketStatus;
import java.util.EnumMap;
import java.util.Map;

/** From what the codec and the transport say to the counter it belongs to. Immutable; usable from any thread. */
final class DropReasons {
    private static final Map<GeneveStatus, DropReason> BY_GENEVE_STATUS = byGeneveStatus();
    private static final Map<PacketStatus, DropReason> BY_PACKET_STATUS = byPacketStatus();

    private DropReasons() {
    }

    static DropReason of(GeneveStatus status) {
        return BY_GENEVE_STATUS.get(status);
    }

    static DropReason of(PacketStatus status) {
        return BY_PACKET_STATUS.get(status);
    }

    /** For results that are not {@linkplain RememberResult#isRemembered remembered}. */
    static DropReason of(RememberResult result) {
        switch (result) {
            case FULL: return DropReason.FLOW_TABLE_FULL;
            case NO_HEADER_ROOM: return DropReason.FLOW_HEADER_NO_ROOM;
            default: return DropReason.FLOW_BUSY;
        }
    }

    static DropReason of(SendResult result) {
        switch (result) {
            case PORT_UNAVAILABLE: return DropReason.RETURN_PORT_UNAVAILABLE;
            case PORT_LIMIT: return DropReason.RETURN_PORT_LIMIT;
            case WOULD_BLOCK: return DropReason.SEND_BUFFER_FULL;
            default: return DropReason.SEND_FAILED;
        }
    }

    /** Those statuses that the decoder's policy can answer with; there is nothing for the others. */
    private static Map<GeneveStatus, DropReason> byGeneveStatus() {
        Map<GeneveStatus, DropReason> map = new EnumMap<>(GeneveStatus.class);
        map.put(GeneveStatus.HEADER_TRUNCATED, DropReason.HEADER_TRUNCATED);
        map.put(GeneveStatus.VERSION_UNSUPPORTED, DropReason.VERSION_UNSUPPORTED);
        map.put(GeneveStatus.OPTIONS_EXCEED_DATAGRAM, DropReason.OPTIONS_EXCEED_DATAGRAM);
        map.put(GeneveStatus.OPTION_EXCEEDS_HEADER, DropReason.OPTION_EXCEEDS_HEADER);
        map.put(GeneveStatus.CRITICAL_OPTION_UNKNOWN, DropReason.CRITICAL_OPTION_UNKNOWN);
        map.put(GeneveStatus.CRITICAL_OPTION_UNKNOWN_C_CLEAR, DropReason.CRITICAL_OPTION_UNKNOWN_C_CLEAR);
        map.put(GeneveStatus.CONTROL_PACKET, DropReason.CONTROL_PACKET);
        map.put(GeneveStatus.VNI_NOT_CONFIGURED, DropReason.VNI_NOT_CONFIGURED);
        map.put(GeneveStatus.PROTOCOL_UNKNOWN, DropReason.PROTOCOL_UNKNOWN);
        map.put(GeneveStatus.PAYLOAD_EMPTY, DropReason.PAYLOAD_EMPTY);
        map.put(GeneveStatus.PROTOCOL_MISMATCH, DropReason.PROTOCOL_MISMATCH);
        map.put(GeneveStatus.OPTION_MISSING, DropReason.OPTION_MISSING);
        map.put(GeneveStatus.OPTION_LENGTH_WRONG, DropReason.OPTION_LENGTH_WRONG);
        return map;
    }

    private static Map<PacketStatus, DropReason> byPacketStatus() {
        Map<PacketStatus, DropReason> map = new EnumMap<>(PacketStatus.class);
        map.put(PacketStatus.IP_HEADER_TRUNCATED, DropReason.INNER_HEADER_TRUNCATED);
        map.put(PacketStatus.IPV4_HEADER_LENGTH_WRONG, DropReason.INNER_HEADER_LENGTH_WRONG);
        map.put(PacketStatus.IP_LENGTH_EXCEEDS_DATA, DropReason.INNER_LENGTH_EXCEEDS_DATA);
        map.put(PacketStatus.EXTENSION_HEADER_TRUNCATED, DropReason.INNER_EXTENSION_HEADER_TRUNCATED);
        map.put(PacketStatus.EXTENSION_HEADERS_TOO_MANY, DropReason.INNER_EXTENSION_HEADERS_TOO_MANY);
        // The decoder compares the version nibble with the protocol type before anyone parses the inner packet.
        map.put(PacketStatus.IP_VERSION_UNKNOWN, DropReason.PROTOCOL_MISMATCH);
        return map;
    }
}
