package io.github.gwlb4j.simulator.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a wrong appliance sends is dropped, and counted by what is wrong. */
@Timeout(30)
@SuppressWarnings("try") // an appliance works without being mentioned
class LiveLabFaultTest {
    @BeforeEach
    void needLab() {
        Requirements.lab();
    }

    private static void assertOnlyFault(ReplyFault fault, EchoAppliance.Mistake mistake) throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).site(2).start(); EchoAppliance echo = new EchoAppliance(lab, mistake)) {
            lab.site(0).injectFromClient(PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 9).payload(100).build());
            LiveLabTest.await(() -> !lab.report().isClean());
            LabReport report = lab.report();
            assertThat(report.faults()).as(report.toString()).isEqualTo(Map.of(fault, 1L));
            assertThat(report.sites()).allMatch(site -> site.toServer().returnedPackets() == 0);
            assertThat(report.toString()).contains("FAULTS", fault.label(), fault.description());
        }
    }

    @Test
    void shouldCountAChangedCookie() throws Exception {
        assertOnlyFault(ReplyFault.FLOW_COOKIE, (buffer, offset, length, port) -> {
            buffer.putInt(offset + 36, ~buffer.getInt(offset + 36));
            return port;
        });
    }

    @Test
    void shouldCountAnotherSitesEndpoint() throws Exception {
        assertOnlyFault(ReplyFault.ENDPOINT_ID, (buffer, offset, length, port) -> {
            buffer.putLong(offset + 12, 2);
            return port;
        });
    }

    @Test
    void shouldCountAnUnknownEndpoint() throws Exception {
        assertOnlyFault(ReplyFault.ENDPOINT_ID, (buffer, offset, length, port) -> {
            buffer.putLong(offset + 12, 99);
            return port;
        });
    }

    @Test
    void shouldCountAChangedReservedByteOfTheHeader() throws Exception {
        assertOnlyFault(ReplyFault.GENEVE_HEADER, (buffer, offset, length, port) -> {
            buffer.put(offset + 7, (byte) 1);
            return port;
        });
    }

    @Test
    void shouldCountACorruptedByte() throws Exception {
        assertOnlyFault(ReplyFault.INNER_CHECKSUM, (buffer, offset, length, port) -> {
            buffer.put(offset + length - 1, (byte) ~buffer.get(offset + length - 1));
            return port;
        });
    }

    @Test
    void shouldCountAWrongIpv4HeaderChecksum() throws Exception {
        assertOnlyFault(ReplyFault.INNER_CHECKSUM, (buffer, offset, length, port) -> {
            buffer.put(offset + 48, (byte) 1);
            return port;
        });
    }

    @Test
    void shouldCountAnAnswerFromTheGenevePort() throws Exception {
        assertOnlyFault(ReplyFault.UDP_SOURCE_PORT, (buffer, offset, length, port) -> 7000);
    }

    @Test
    void shouldCountAnInnerPacketOfAFlowThatWasNeverSent() throws Exception {
        byte[] other = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5001, 9).payload(100).build();
        assertOnlyFault(ReplyFault.NEVER_SENT, (buffer, offset, length, port) -> {
            buffer.put(offset + 40, other);
            return port;
        });
    }

    @Test
    void shouldCountAnAnswerToTheFlowsOwnPort() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).start()) {
            lab.site(0).injectFromClient(PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 9).payload(100).build());
            LiveLabTest.await(() -> lab.report().sites().get(0).toServer().sentPackets() == 1);
            try (DatagramSocket sender = lab.appliance().call(() -> new DatagramSocket())) {
                for (int port = 60_000; port < 60_064; port++) {
                    sender.send(new DatagramPacket(new byte[60], 60, InetAddress.getByName(LiveLab.LOAD_BALANCER_ADDRESS), port));
                }
            }
            LiveLabTest.await(() -> !lab.report().isClean());
            assertThat(lab.report().faults()).isEqualTo(Map.of(ReplyFault.UDP_DESTINATION_PORT, 1L));
        }
    }

    @Test
    void shouldCountAnInnerPacketThatIsLongerThanItSays() throws Exception {
        assertOnlyFault(ReplyFault.INNER_LENGTH, (buffer, offset, length, port) -> {
            buffer.putShort(offset + 42, (short) (length - 41));
            return port;
        });
    }

    /** What the lab says about an ICMP error about the flow from port 5000 that has the header of the flow from this port. */
    private static LabReport reportOnIcmpError(int spoiledPort) throws Exception {
        byte[] asked = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 9).payload(28).build();
        byte[] error = PacketBuilder.ipv4("10.99.0.2", "10.20.0.2").icmpError(11, 0, asked).build();
        byte[] spoiled = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(spoiledPort, 9).totalLength(error.length).build();
        try (LiveLab lab = LiveLab.builder().site(1).start();
                EchoAppliance echo = new EchoAppliance(lab, (buffer, offset, length, port) -> {
                    if (length == 40 + error.length && buffer.get(offset + 49) == 17) {
                        buffer.put(offset + 40, error);
                    }
                    return port;
                })) {
            lab.site(0).injectFromClient(asked);
            LiveLabTest.await(() -> lab.report().sites().get(0).toServer().returnedPackets() == 1);
            lab.site(0).injectFromClient(spoiled);
            LiveLabTest.await(() -> !lab.report().isClean() || lab.report().sites().get(0).toClient().icmpErrors() > 1);
            return lab.report();
        }
    }

    @Test
    void shouldAcceptAnIcmpErrorWithTheHeaderOfTheFlowItQuotes() throws Exception {
        LabReport report = reportOnIcmpError(5000);
        assertThat(report.isClean()).as(report.toString()).isTrue();
    }

    @Test
    void shouldCountAnIcmpErrorWithTheHeaderOfAnotherFlow() throws Exception {
        LabReport report = reportOnIcmpError(5001);
        assertThat(report.faults()).as(report.toString()).isEqualTo(Map.of(ReplyFault.FLOW_COOKIE, 1L));
        assertThat(report.sites().get(0).toClient().faults(ReplyFault.FLOW_COOKIE)).isEqualTo(1);
    }
}
