package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.pcap.CaptureBytes.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.pcap.CaptureBytes.Read;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Captures of other projects, against what tshark 4.0 says of them. */
class SharedCapturesTest {

    @ParameterizedTest
    @CsvSource({
        "mercury-aws-halfA.pcap, 105, VALID",
        "suricata-verify-geneve-decoder-input.pcap, 10, ABSENT",
        "tcpdump-geneve-gcp.pcap, 1, ABSENT",
        "tcpdump-geneve.pcap, 39, ABSENT",
        "tcpdump-gso-ipv4-geneve-ipv4.pcap, 1, ABSENT",
        "tcpdump-gso-ipv6-geneve-ipv6.pcap, 1, INVALID",
        "zeek-geneve-47101.pcap, 24, ABSENT",
        "zeek-geneve-arp.pcap, 1, VALID",
        "zeek-geneve-inner-tcp-bad-checksum.pcap, 1, VALID",
        "zeek-geneve-ipv6.pcap, 2, VALID",
        "zeek-geneve.pcap, 6, ABSENT"})
    void shouldFindEveryGeneveDatagram(String file, int packets, ChecksumStatus checksum) throws IOException {
        Path path = SharedCaptures.folder().resolve(file);
        Map<ChecksumStatus, Integer> checksums = new EnumMap<>(ChecksumStatus.class);
        PcapPacket packet = new PcapPacket();
        OuterUdp outer = new OuterUdp();
        int frames = 0;
        try (PacketSource source = PacketSource.open(path, 6081)) {
            while (source.next(packet)) {
                frames++;
                assertThat(outer.parse(packet)).isEqualTo(DatagramStatus.OK);
                assertThat(outer.destinationPort()).isEqualTo(6081);
                checksums.merge(outer.verifyChecksum(), 1, Integer::sum);
            }
        }

        assertThat(frames).isEqualTo(packets);
        assertThat(checksums).containsExactly(Map.entry(checksum, packets));
    }

    @Test
    void shouldReadEveryCaptureInTheFolder() throws IOException {
        try (Stream<Path> files = Files.list(SharedCaptures.folder())) {
            List<Path> captures = files.filter(path -> path.toString().endsWith(".pcap")).toList();
            assertThat(captures).isNotEmpty();
            for (Path capture : captures) {
                try (PcapReader reader = PcapReader.open(capture)) {
                    assertThat(readAll(reader)).as(capture.toString()).isNotEmpty();
                }
            }
        }
    }

    @Test
    void shouldReadTheTimeOfAPcapngCapture() throws IOException {
        try (PcapReader reader = PcapReader.open(SharedCaptures.folder().resolve("mercury-aws-halfA.pcap"))) {
            List<Read> packets = readAll(reader);
            assertThat(packets.get(0).timestampNs()).isEqualTo(1_714_716_834_167_410_000L);
            assertThat(packets.get(2).timestampNs()).isEqualTo(1_714_716_834_977_381_000L);
            assertThat(packets.get(0).originalLength()).isEqualTo(1360);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hex-gopacket-geneve1.hex, LINUX_SLL",
        "hex-gopacket-geneve2.hex, ETHERNET",
        "hex-gopacket-geneve3.hex, ETHERNET",
        "hex-ovs-tunnel-push-pop-v4.hex, ETHERNET",
        "hex-scapy-ether.hex, RAW",
        "hex-scapy-ipv4.hex, RAW",
        "hex-scapy-ipv6.hex, RAW",
        "hex-suricata-ut02-ipv4_dns_2opts_0108.hex, UDP header"})
    void shouldGuessWhereAHexDumpStarts(String file, String linkType) throws IOException {
        try (PacketSource source = PacketSource.open(SharedCaptures.folder().resolve(file), 6081)) {
            List<Read> packets = readAll(source);
            assertThat(packets).extracting(packet -> LinkType.nameOf(packet.linkType())).containsExactly(linkType);
            assertThat(packets.get(0).comment()).startsWith("starts at the ");
        }
    }
}
