package io.github.gwlb4j.simulator.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTrackerTest {
    private final FlowTracker tracker = new FlowTracker();

    private FlowKey keyOf(byte[] packet) {
        IpPacket ip = new IpPacket();
        assertThat(ip.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        return tracker.keyOf(1, ip).copy();
    }

    private static PacketBuilder between(String source, String destination) {
        return source.contains(":") ? PacketBuilder.ipv6(source, destination) : PacketBuilder.ipv4(source, destination);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.20.0.2 10.30.0.2", "fd20::2 fd30::2"})
    void shouldCountFragmentsOfAReplyAndErrorsAboutThemToTheFlow(String ends) {
        String client = ends.split(" ")[0];
        String server = ends.split(" ")[1];
        FlowKey request = keyOf(between(client, server).udp(5000, 53).payload(10).build());
        List<byte[]> reply = Fragmenter.split(between(server, client).udp(53, 5000).payload(4000).build(), 1500, 77);
        assertThat(reply).hasSizeGreaterThan(2);
        assertThat(reply).allSatisfy(fragment -> assertThat(keyOf(fragment)).isEqualTo(request));
        if (server.contains(".")) {
            byte[] last = reply.get(reply.size() - 1);
            assertThat(keyOf(between("192.0.2.1", server).icmpError(11, 0, last).build())).isEqualTo(request);
        }
    }

    @Test
    void shouldCountAnErrorToTheFlowOfThePacketItQuotes() {
        byte[] request = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 33434).payload(10).build();
        byte[] error = PacketBuilder.ipv4("10.99.0.2", "10.20.0.2").icmpError(11, 0, request).build();
        assertThat(keyOf(error)).isEqualTo(keyOf(request));
    }

    @Test
    void shouldNotMixPacketsOfOneIdentificationInBothDirections() {
        byte[] there = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 53).payload(2000).build();
        byte[] back = PacketBuilder.ipv4("10.30.0.2", "10.20.0.2").udp(99, 98).payload(2000).build();
        FlowKey flow = keyOf(Fragmenter.split(there, 1500, 7).get(0));
        keyOf(Fragmenter.split(back, 1500, 7).get(0));
        assertThat(keyOf(Fragmenter.split(there, 1500, 7).get(1))).isEqualTo(flow);
    }
}
