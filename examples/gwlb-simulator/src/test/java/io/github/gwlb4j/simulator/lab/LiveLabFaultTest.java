package io.github.gwlb4j.simulator.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
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
    void shouldCountAnInnerPacketThatIsLongerThanItSays() throws Exception {
        assertOnlyFault(ReplyFault.INNER_LENGTH, (buffer, offset, length, port) -> {
            buffer.putShort(offset + 42, (short) (length - 41));
            return port;
        });
    }
}
