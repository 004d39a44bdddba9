package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;

/** GENEVE datagrams for tests, as a load balancer would send them. */
public final class TestPackets {
    public static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    public static final int COOKIE = 0x1234_5678;

    private TestPackets() {
    }

    public static byte[] dnsQuery() {
        return PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(40_000, 53).payload(64).build();
    }

    public static byte[] geneve(byte[] inner) {
        return geneve(ENDPOINT, inner);
    }

    public static byte[] geneve(long endpointId, byte[] inner) {
        return geneve(endpointId, COOKIE, inner);
    }

    public static byte[] geneve(long endpointId, int cookie, byte[] inner) {
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        int protocolType = inner.length > 0 && inner[0] >>> 4 == 6 ? Geneve.PROTOCOL_IPV6 : Geneve.PROTOCOL_IPV4;
        new GwlbHeaderEncoder().encode(datagram, 0, protocolType, endpointId, 0, cookie);
        datagram.put(Gwlb.HEADER_LENGTH, inner);
        return datagram.array();
    }
}
