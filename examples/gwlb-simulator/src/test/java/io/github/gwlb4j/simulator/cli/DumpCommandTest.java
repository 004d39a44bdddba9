package io.github.gwlb4j.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.pcap.LinkType;
import io.github.gwlb4j.pcap.PcapWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DumpCommandTest {
    private static final String UDP_INSIDE = "4500001e 12344000 40110000 0a000001 0a000002 0035 1267 000a 0000 6869";
    private static final String GWLB = "0800080000000000 01080102 0123456789abcdef 01080202 0000000000000000 01080301 cafe0001";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    private int dump(String... arguments) {
        List<String> all = new ArrayList<>(List.of("dump"));
        all.addAll(Arrays.asList(arguments));
        return SimulatorMain.execute(new PrintWriter(out), new PrintWriter(err, true), all.toArray(new String[0]));
    }

    private List<JsonNode> json(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add(0, "--json");
        assertThat(dump(all.toArray(new String[0]))).as(err.toString()).isZero();
        List<JsonNode> objects = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            objects.add(new ObjectMapper().readTree(line));
        }
        return objects;
    }

    /** A hex dump of UDP payloads. */
    private String hex(String... packets) throws IOException {
        Path file = folder.resolve("packets.hex");
        Files.write(file, Arrays.asList(packets));
        return file.toString();
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    /** An outer IPv4/UDP datagram without checksums. */
    private static byte[] datagram(int port, int checksum, String geneve) {
        byte[] payload = bytes(geneve);
        return ByteBuffer.allocate(28 + payload.length).put((byte) 0x45).put((byte) 0).putShort((short) (28 + payload.length))
                .putInt(0).put((byte) 255).put((byte) 17).putShort((short) 0).putInt(0x0a630001).putInt(0x0a630002)
                .putShort((short) 40000).putShort((short) port).putShort((short) (8 + payload.length)).putShort((short) checksum)
                .put(payload).array();
    }

    private String capture(int snapLength, byte[]... packets) throws IOException {
        Path file = folder.resolve("capture.pcap");
        try (PcapWriter writer = PcapWriter.builder().linkType(LinkType.RAW).snapLength(snapLength).open(file)) {
            for (byte[] packet : packets) {
                writer.write(0, ByteBuffer.wrap(packet), 0, packet.length);
            }
        }
        return file.toString();
    }

    private static String captured(String name) {
        Path file = Path.of(System.getProperty("gwlb4j.shared", "../../../shared"), "captures", name);
        if (!Files.exists(file) && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(file + " is missing");
        }
        Assumptions.assumeTrue(Files.exists(file), file + " is not here");
        return file.toString();
    }

    @Test
    void shouldPrintADatagramForPeople() throws IOException {
        assertThat(dump(capture(65535, datagram(6081, 0, GWLB + UDP_INSIDE), datagram(53, 0, "00"), bytes("450000140000000040060000 01020304 05060708")))).isZero();

        assertThat(out.toString()).isEqualTo("""
                frame 1: OK, 10.99.0.1 > 10.99.0.2, UDP 40000 > 6081
                  GENEVE version 0, options 32 bytes, protocol 0x0800 (IPv4), VNI 0, payload 30 bytes
                    option class 0x0108 (Amazon) type 0x01, 8 bytes: endpoint id vpce-00123456789abcdef, interfaces gwi-887epl1uMf and gwo-887epl1uMf
                    option class 0x0108 (Amazon) type 0x02, 8 bytes: attachment id 0000000000000000
                    option class 0x0108 (Amazon) type 0x03, 4 bytes: flow cookie cafe0001
                  IPv4 10.0.0.1 > 10.0.0.2, 30 bytes, header 20, TTL 64, DSCP 0, ECN 0, id 0x1234, DF, protocol 17 (udp)
                  UDP 53 > 4711, length 10, checksum 0x0000, 2 bytes of data
                3 packets, 1 of them UDP to port 6081
                       1  OK
                       1  not dumped: UDP to another port
                       1  not dumped: not UDP
                """);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void shouldPrintTheFieldsAsJson() throws IOException {
        List<JsonNode> objects = json(capture(65535, datagram(53, 0, "00"), datagram(6081, 0, GWLB + UDP_INSIDE)));

        assertThat(objects).hasSize(1);
        assertThat(objects.get(0).toString()).isEqualTo("{'frame':2,'status':'OK','version':0,'control':false,'critical':false,".replace('\'', '"')
                + ("'protocolType':2048,'vni':0,'options':[{'class':264,'type':1,'critical':false,'length':8,'data':'0123456789abcdef'},"
                + "{'class':264,'type':2,'critical':false,'length':8,'data':'0000000000000000'},"
                + "{'class':264,'type':3,'critical':false,'length':4,'data':'cafe0001'}],"
                + "'gwlb':{'endpointId':'0123456789abcdef','attachmentId':'0000000000000000','flowCookie':'cafe0001'},"
                + "'inner':{'version':4,'protocol':17,'source':'10.0.0.1','destination':'10.0.0.2','sourcePort':53,'destinationPort':4711}}")
                .replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource({
        "HEADER_TRUNCATED, 00000800",
        "VERSION_UNSUPPORTED, 4000080000000000 45",
        "OPTIONS_EXCEED_DATAGRAM, 3f00080000000000 45",
        "OPTION_EXCEEDS_HEADER, 0100080000000000 0108011f 45",
        "CRITICAL_OPTION_UNKNOWN, 0140080000000000 00008000 45",
        "CRITICAL_OPTION_UNKNOWN_C_CLEAR, 0100080000000000 00008000 45",
        "CONTROL_PACKET, 0080080000000000 45",
        "PROTOCOL_UNKNOWN, 0000080600000000 0001",
        "PAYLOAD_EMPTY, 0000080000000000",
        "PROTOCOL_MISMATCH, 0000080000000000 60",
        "IP_HEADER_TRUNCATED, 0000080000000000 45",
        "IP_LENGTH_EXCEEDS_DATA, 0000080000000000 4500001f 12344000 40110000 0a000001 0a000002 0035 1267 000a 0000 6869",
        "IPV4_HEADER_LENGTH_WRONG, 0000080000000000 4400001e 12344000 40110000 0a000001 0a000002 0035 1267 000a 0000 6869",
        "ETHERNET_TRUNCATED, 0000655800000000 0200000000010200",
        "IP_VERSION_MISMATCH, 0000655800000000 020000000001020000000002 86dd 4500001e 12344000 40110000 0a000001 0a000002 0035 1267 000a 0000 6869",
        "OK, 0000080000000000 4500001e 12344000 40110000 0a000001 0a000002 0035 1267 00ff 0000 6869",
        "OK, 0000655800000000 020000000001020000000002 0806 0001"})
    void shouldSayWhatIsWrong(String status, String geneve) throws IOException {
        List<JsonNode> objects = json("--hex", "--start", "GENEVE", hex(geneve));

        assertThat(objects).hasSize(1);
        assertThat(objects.get(0).get("status").asText()).isEqualTo(status);
        out.getBuffer().setLength(0);
        assertThat(dump("--hex", "--start", "GENEVE", hex(geneve))).isZero();
        assertThat(out.toString()).startsWith("frame 1: " + status).endsWith("       1  " + status + "\n");
    }

    @Test
    void shouldHaveNullForWhatABrokenDatagramLacks() throws IOException {
        JsonNode object = json("--start", "GENEVE", hex("00000800")).get(0);

        for (String field : List.of("version", "control", "critical", "protocolType", "vni", "gwlb", "inner")) {
            assertThat(object.get(field).isNull()).as(field).isTrue();
        }
        assertThat(object.get("options")).isEmpty();
    }

    @Test
    void shouldShowTheInnerPacketOfARefusedDatagramAndNoPortsWhereThereAreNone() throws IOException {
        JsonNode object = json("--start", "GENEVE", hex("0140080000000000 00008000 45000018 00000000 402f0000 0a000001 0a000002 00000800")).get(0);

        assertThat(object.get("status").asText()).isEqualTo("CRITICAL_OPTION_UNKNOWN");
        assertThat(object.get("inner").get("protocol").asInt()).isEqualTo(47);
        assertThat(object.get("inner").get("sourcePort").isNull()).isTrue();
        assertThat(object.get("inner").get("destinationPort").isNull()).isTrue();
    }

    @Test
    void shouldSayInWordsWhatIsOddInsideAGoodDatagram() throws IOException {
        assertThat(dump("--start", "GENEVE", hex(
                "0000080000000000 4500001e 12344000 40110000 0a000001 0a000002 0035 1267 00ff 0000 6869",
                "0000655800000000 020000000001020000000002 0806 0001"))).isZero();

        assertThat(out.toString()).contains("frame 1: OK\n", "udp: UDP length is wrong", "frame 2: OK\n", "Ethernet frame without IP, type 0x0806");
    }

    @Test
    void shouldJudgeAsAnApplianceDoesWhenAsked() throws IOException {
        String noCookie = "0300080000000000 01080102 0123456789abcdef" + UDP_INSIDE;
        String ethernet = "0000655800000000 020000000001020000000002 0800" + UDP_INSIDE;
        String file = hex(GWLB + UDP_INSIDE, noCookie, ethernet, GWLB.replaceFirst("0000000000", "0000000100") + UDP_INSIDE);

        assertThat(json("--gwlb", "--start", "GENEVE", file)).extracting(object -> object.get("status").asText())
                .containsExactly("OK", "OPTION_MISSING", "PROTOCOL_UNKNOWN", "VNI_NOT_CONFIGURED");
        out.getBuffer().setLength(0);
        assertThat(json("--start", "GENEVE", file)).extracting(object -> object.get("status").asText()).containsOnly("OK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x0167", "359"})
    void shouldReadAnotherClass(String optionClass) throws IOException {
        String tencent = GWLB.replace("0108", "0167") + UDP_INSIDE;

        assertThat(json("--gwlb", "--class", optionClass, "--start", "GENEVE", hex(tencent)).get(0).get("gwlb").get("flowCookie").asText())
                .isEqualTo("cafe0001");
        out.getBuffer().setLength(0);
        assertThat(json("--gwlb", "--start", "GENEVE", hex(tencent)).get(0).get("status").asText()).isEqualTo("OPTION_MISSING");
    }

    @Test
    void shouldTakeAnotherPort() throws IOException {
        String file = capture(65535, datagram(6081, 0, GWLB + UDP_INSIDE), datagram(16081, 0, GWLB + UDP_INSIDE));

        assertThat(json("--port", "16081", file)).extracting(object -> object.get("frame").asInt()).containsExactly(2);
    }

    @Test
    void shouldLookAtTheOuterChecksumOnlyWhenAsked() throws IOException {
        String file = capture(65535, datagram(6081, 1, GWLB + UDP_INSIDE), datagram(6081, 0, GWLB + UDP_INSIDE));

        assertThat(json(file)).extracting(object -> object.get("status").asText()).containsExactly("OK", "OK");
        out.getBuffer().setLength(0);
        assertThat(json("--verify-checksum", file)).extracting(object -> object.get("status").asText()).containsExactly("UDP_CHECKSUM_WRONG", "OK");
    }

    @Test
    void shouldTellADatagramThatTheCaptureCut() throws IOException {
        byte[] whole = datagram(6081, 0x1234, GWLB + UDP_INSIDE);
        byte[] bad = datagram(6081, 0, "4000080000000000" + "00".repeat(60));

        List<JsonNode> objects = json("--verify-checksum", capture(92, whole, bad));

        assertThat(objects).extracting(object -> object.get("status").asText()).containsExactly("PAYLOAD_TRUNCATED", "VERSION_UNSUPPORTED");
        assertThat(objects.get(0).get("inner").get("source").asText()).isEqualTo("10.0.0.1");
        for (int snapLength : new int[] {30, 50, 68}) {
            out.getBuffer().setLength(0);
            assertThat(json(capture(snapLength, whole)).get(0).get("status").asText()).isEqualTo("PAYLOAD_TRUNCATED");
        }
        out.getBuffer().setLength(0);
        assertThat(dump(capture(92, whole))).isZero();
        assertThat(out.toString()).contains("PAYLOAD_TRUNCATED (UDP payload cut short by the capture)");
    }

    @Test
    void shouldPrintWhatComesBeforeTheDamage() throws IOException {
        Path file = Path.of(capture(65535, datagram(6081, 0, GWLB + UDP_INSIDE), datagram(6081, 0, GWLB + UDP_INSIDE)));
        byte[] content = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(content, content.length - 5));

        assertThat(dump(file.toString())).isEqualTo(2);

        assertThat(out.toString()).contains("frame 1: OK", "1 packets, 1 of them").doesNotContain("frame 2");
        assertOneLineError(file.toString());
    }

    @Test
    void shouldSayWhatIsWrongWithTheFile() throws IOException {
        assertThat(dump(folder.resolve("missing.pcap").toString())).isEqualTo(2);
        assertOneLineError("missing.pcap", "no such file");
        assertThat(dump(folder.toString())).isEqualTo(2);
        assertOneLineError("is a directory");
        Path text = folder.resolve("notes.txt");
        Files.writeString(text, "these are notes, not packets");
        assertThat(dump(text.toString())).isEqualTo(2);
        assertOneLineError("notes.txt");
        assertThat(dump("--hex", text.toString())).isEqualTo(2);
        assertOneLineError("notes.txt", "line 1");
        assertThat(out.toString()).doesNotContain("frame");
    }

    @Test
    void shouldSayWhatIsWrongWithTheCommandLine() {
        assertThat(dump()).isEqualTo(2);
        assertOneLineError("FILE");
        assertThat(dump("--port", "65536", "x")).isEqualTo(2);
        assertOneLineError("--port 65536");
        assertThat(dump("--class", "0x10000", "x")).isEqualTo(2);
        assertOneLineError("--class 0x10000", "0x108", "Tencent");
        assertThat(dump("--class", "aws", "x")).isEqualTo(2);
        assertOneLineError("--class aws");
        assertThat(dump("--start", "MIDDLE", "x")).isEqualTo(2);
        assertOneLineError("MIDDLE");
    }

    private void assertOneLineError(String... parts) {
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("gwlb-simulator: ").contains(parts);
        err.getBuffer().setLength(0);
    }

    @ParameterizedTest
    @CsvSource({
        "mercury-aws-halfA.pcap, 105, 105, OK",
        "zeek-geneve.pcap, 6, 6, OK",
        "zeek-geneve-arp.pcap, 1, 1, PROTOCOL_UNKNOWN",
        "tcpdump-geneve.pcap, 39, 19, CRITICAL_OPTION_UNKNOWN",
        "tcpdump-gso-ipv6-geneve-ipv6.pcap, 1, 1, UDP_CHECKSUM_WRONG",
        "suricata-verify-geneve-decoder-input.pcap, 10, 10, OK",
        "hex-ovs-tunnel-push-pop-v4.hex, 1, 1, CRITICAL_OPTION_UNKNOWN_C_CLEAR"})
    void shouldDumpCapturesOfOthers(String file, int datagrams, int withStatus, String status) throws IOException {
        List<JsonNode> objects = json("--verify-checksum", captured(file));

        assertThat(objects).hasSize(datagrams);
        assertThat(objects).filteredOn(object -> object.get("status").asText().equals(status)).hasSize(withStatus);
    }
}
