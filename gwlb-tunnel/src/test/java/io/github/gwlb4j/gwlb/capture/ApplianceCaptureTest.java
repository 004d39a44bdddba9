package io.github.gwlb4j.gwlb.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.transport.SendResult;
import io.github.gwlb4j.pcap.PcapPacket;
import io.github.gwlb4j.pcap.PcapReader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running appliance writes into its capture about packets that pass and packets that do not. */
@Timeout(60)
class ApplianceCaptureTest {
    private static final String TUNNEL = " endpoint=00123456789abcdef cookie=0x12345678 attachment=0x0000000000000000";
    private static final int LOAD_BALANCER = 0x0a010203;
    private static final byte[] DNS = TestPackets.dnsQuery();
    private static final byte[] WEB = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").tcp(40_000, 80).payload(30).build();

    @TempDir
    private Path folder;
    private Path file;
    private PacketCapture.Builder settings;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("capture.pcapng");
        settings = PacketCapture.builder(file).includeDropped(true);
    }

    /** Lets port 53 through, and says of each packet why. */
    private static Verdict onlyDns(GwlbPacket packet) {
        boolean isDns = packet.inner().destinationPort() == 53;
        packet.captureNote(isDns ? "dns \"ok\" \n\u2028" : "web");
        return isDns ? Verdict.FORWARD : Verdict.DROP;
    }

    private CaptureStats capture(PacketHandler handler, SendResult sendResult, byte[]... datagrams) throws Exception {
        PacketCapture capture = settings.open();
        InMemoryTransport network = new InMemoryTransport();
        network.answerSendsWith(sendResult);
        try (GwlbAppliance appliance = GwlbAppliance.builder().transport(() -> network).jmx(false).capture(capture)
                .allowEndpoint(TestPackets.ENDPOINT).handler(worker -> handler).build().start()) {
            for (int i = 0; i < datagrams.length; i++) { // one by one: each takes the place of the one before in its batch
                network.inject(new InMemoryTransport.Datagram(LOAD_BALANCER, 60_123, datagrams[i]));
                awaitCounted(appliance, i + 1);
            }
        }
        capture.close();
        return capture.stats();
    }

    private static void awaitCounted(GwlbAppliance appliance, int packets) throws InterruptedException {
        for (int i = 0; i < 10_000; i++) {
            ApplianceStats stats = appliance.stats();
            if (stats.forwardedPackets() + stats.droppedByHandler() + stats.droppedByReason() == packets) {
                return;
            }
            Thread.sleep(1);
        }
        throw new AssertionError("the appliance has not counted " + packets + " packets: " + appliance.stats());
    }

    private List<String> comments() throws IOException {
        List<String> comments = new ArrayList<>();
        PcapPacket packet = new PcapPacket();
        try (PcapReader reader = PcapReader.open(file)) {
            while (reader.next(packet)) {
                comments.add(packet.comment());
            }
        }
        return comments;
    }

    @Test
    void shouldSayWhatBecameOfEachPacketAndWhatTheHandlerNoted() throws Exception {
        capture(ApplianceCaptureTest::onlyDns, SendResult.SENT, TestPackets.geneve(DNS), TestPackets.geneve(WEB),
                TestPackets.geneve(7, DNS), new byte[] {1, 2, 3});

        assertThat(comments()).containsExactly("sent" + TUNNEL + " verdict=forwarded note=\"dns ?ok? ??\"",
                "received" + TUNNEL + " verdict=dropped reason=handler note=\"web\"",
                "received endpoint=00000000000000007 cookie=0x12345678 attachment=0x0000000000000000 verdict=dropped reason=endpoint-not-allowed");
    }

    @Test
    void shouldShowDatagramsWithoutASoundHeaderInOuterCaptures() throws Exception {
        settings.content(CaptureContent.OUTER);
        capture(ApplianceCaptureTest::onlyDns, SendResult.SENT, TestPackets.geneve(WEB), new byte[] {1, 2, 3}, TestPackets.geneve(DNS));

        assertThat(comments()).containsExactly("received" + TUNNEL + " verdict=dropped reason=handler note=\"web\"",
                "received verdict=dropped reason=header-truncated", "sent" + TUNNEL + " verdict=forwarded note=\"dns ?ok? ??\"");
    }

    @Test
    void shouldSayDroppedWhenTheReplyCouldNotBeSentOrTheHandlerThrew() throws Exception {
        capture(packet -> {
            if (packet.inner().destinationPort() == 80) {
                throw new IllegalStateException("a mistake of the handler");
            }
            return Verdict.FORWARD;
        }, SendResult.WOULD_BLOCK, TestPackets.geneve(WEB), TestPackets.geneve(DNS));

        assertThat(comments()).containsExactly("received" + TUNNEL + " verdict=dropped reason=handler-failed",
                "received" + TUNNEL + " verdict=dropped reason=send-buffer-full");
    }

    @Test
    void shouldKeepOnlyWhatPassesUnlessAskedForMore() throws Exception {
        settings.includeDropped(false);
        capture(packet -> {
            boolean isDns = packet.inner().destinationPort() == 53;
            if (!isDns) {
                packet.captureNote("web");
            }
            return isDns ? Verdict.FORWARD : Verdict.DROP;
        }, SendResult.SENT, TestPackets.geneve(WEB), TestPackets.geneve(DNS), TestPackets.geneve(WEB));

        assertThat(comments()).as("without the note of another packet").containsExactly("sent" + TUNNEL + " verdict=forwarded");
    }

    @Test
    void shouldKeepOnlyWhatTheFilterPicks() throws Exception {
        settings.filter(CaptureFilter.parse("verdict dropped and note web"));
        capture(ApplianceCaptureTest::onlyDns, SendResult.SENT, TestPackets.geneve(DNS), TestPackets.geneve(WEB), new byte[] {1, 2, 3});

        assertThat(comments()).containsExactly("received" + TUNNEL + " verdict=dropped reason=handler note=\"web\"");
    }

    @Test
    void shouldNotTouchThePacketsWayWhenTheFilterThrows() throws Exception {
        settings.filter(packet -> {
            if (packet.verdict() == CaptureVerdict.DROPPED) {
                throw new IllegalStateException("a mistake of the filter");
            }
            return true;
        });
        CaptureStats stats = capture(ApplianceCaptureTest::onlyDns, SendResult.SENT, TestPackets.geneve(WEB), TestPackets.geneve(DNS));

        assertThat(comments()).hasSize(1);
        assertThat(stats.filterFailures()).isOne();
    }

    @Test
    void shouldGiveTsharkVerdictAndMetadataAsCommentsAndNothingMalformed() throws Exception {
        for (CaptureContent content : CaptureContent.values()) {
            settings.content(content);
            capture(ApplianceCaptureTest::onlyDns, SendResult.SENT, TestPackets.geneve(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(40_000, 53)
                    .payload(new byte[] {0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1}).build()), TestPackets.geneve(WEB));

            assertThat(Tshark.read(file, "-T", "fields", "-e", "frame.comment", "-e", "_ws.malformed")).containsExactly(
                    "sent" + TUNNEL + " verdict=forwarded note=\"dns ?ok? ??\"\t",
                    "received" + TUNNEL + " verdict=dropped reason=handler note=\"web\"\t");
            assertThat(Tshark.read(file, "-V")).anyMatch(line -> line.contains("verdict=dropped reason=handler"))
                    .noneMatch(line -> line.toLowerCase(java.util.Locale.ROOT).contains("malformed"));
        }
    }
}
