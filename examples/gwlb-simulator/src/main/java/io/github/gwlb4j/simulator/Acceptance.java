package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.GeneveStatus;
import io.github.gwlb4j.geneve.aws.GwlbDecoder;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;

/** Tells which datagrams an appliance must refuse. Not thread-safe. */
final class Acceptance {
    private final GwlbDecoder decoder;
    private final IpPacket ip = new IpPacket();

    Acceptance(int optionClass) {
        this.decoder = new GwlbDecoder(optionClass);
    }

    /** Why an appliance must refuse a datagram, or null if it must not. */
    String refusalOf(byte[] datagram) {
        ByteBuffer buffer = ByteBuffer.wrap(datagram);
        GeneveStatus status = decoder.decode(buffer, 0, datagram.length);
        if (status != GeneveStatus.OK) {
            return status.label();
        }
        int innerOffset = decoder.header().payloadOffset();
        PacketStatus innerStatus = ip.wrap(buffer, innerOffset, datagram.length - innerOffset);
        return innerStatus == PacketStatus.OK ? null : "inner packet: " + innerStatus.label();
    }
}
