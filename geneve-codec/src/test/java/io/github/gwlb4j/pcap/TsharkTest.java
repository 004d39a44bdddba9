package io.github.gwlb4j.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.pcap.PcapWriter.Format;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Wireshark's command line makes of the files written here. It is an extra oracle, so its absence only skips. */
class TsharkTest {

    /** IPv4, UDP 6081, GENEVE with an inner IPv4 header of protocol 253 and nothing else; all checksums right or absent. */
    private static final byte[] PACKET = CaptureBytes.hex("450000380001000040117cb27f0000017f000001"
            + "271017c100240000" + "0000080000000000" + "450000140001000040fd7bea7f0000017f000001");
    private static final long TIME = 1_714_716_834_167_410_123L;

    @TempDir
    private Path folder;

    private List<String> tshark(Path capture, String... fields) throws IOException, InterruptedException {
        assumeTrue(isInstalled(), "tshark is not installed: apt-get install tshark to run this test");
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString(), "-T", "fields"));
        for (String field : fields) {
            command.addAll(List.of("-e", field));
        }
        Path errors = folder.resolve("errors");
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
        return Files.readAllLines(output);
    }

    private static boolean isInstalled() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, "tshark"))) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @CsvSource({"PCAP_MICROS, 1714716834.167410", "PCAP_NANOS, 1714716834.167410123", "PCAPNG, 1714716834.167410123"})
    void shouldBeReadByTsharkWithNothingMalformed(Format format, String time) throws Exception {
        Path capture = folder.resolve("capture");
        ByteBuffer source = ByteBuffer.wrap(PACKET);
        byte[] comment = "dropped".getBytes(StandardCharsets.UTF_8);
        PcapWriterBuilder settings = PcapWriter.builder().format(format).linkType(LinkType.RAW).interfaceName("gwi-1");
        try (PcapWriter writer = settings.bufferBytes(4096).open(capture)) {
            for (int i = 0; i < 500; i++) {
                writer.write(TIME, source, 0, 28, source, 28, PACKET.length - 28, PACKET.length + i, comment);
            }
        }

        List<String> lines = tshark(capture, "frame.time_epoch", "frame.cap_len", "frame.len", "geneve.proto_type",
                "ip.proto", "frame.comment", "frame.interface_name", "_ws.malformed", "_ws.expert.message");

        assertThat(lines).hasSize(500);
        String pcapng = format == Format.PCAPNG ? "\tdropped\tgwi-1" : "\t\t";
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).matches("\\Q" + time + "\\E0*\t56\t" + (56 + i) + "\t0x0800\t17,253\\Q" + pcapng + "\\E\t\t.*")
                    .doesNotContainIgnoringCase("malformed");
        }
    }

    @Test
    void shouldAgreeWithTsharkOnEveryFrameOfTheSharedCaptures() throws Exception {
        PcapPacket packet = new PcapPacket();
        OuterUdp outer = new OuterUdp();
        for (String file : List.of("mercury-aws-halfA.pcap", "tcpdump-geneve.pcap", "tcpdump-gso-ipv6-geneve-ipv6.pcap")) {
            Path capture = SharedCaptures.folder().resolve(file);
            List<String> ours = new ArrayList<>();
            try (PcapReader reader = PcapReader.open(capture)) {
                while (reader.next(packet)) {
                    outer.parse(packet);
                    ours.add(String.format("%d\t%d.%09d\t%d\t%d\t%d", packet.frameNumber(), packet.timestampNs() / 1_000_000_000,
                            packet.timestampNs() % 1_000_000_000, packet.originalLength(), outer.sourcePort(),
                            outer.payloadLength() + 8));
                }
            }
            assertThat(ours).isEqualTo(tshark(capture, "frame.number", "frame.time_epoch", "frame.len", "udp.srcport", "udp.length")
                    .stream().map(TsharkTest::outermost).toList());
        }
    }

    /** Fields that occur more than once list the outermost first. */
    private static String outermost(String line) {
        return line.replaceAll(",[^\t]*", "");
    }
}
