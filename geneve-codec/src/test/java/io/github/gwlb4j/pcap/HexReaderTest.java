package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.pcap.CaptureBytes.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.pcap.CaptureBytes.Read;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class HexReaderTest {

    /** Outer IPv4, UDP 6081, GENEVE, an inner IPv4 header and nothing else. */
    private static final String GENEVE = "0000080000000000" + "450000140001000040007ce77f0000017f000001";
    private static final String UDP = "271017c100240000" + GENEVE;
    private static final String IP = "450000380001000040117cb27f0000017f000001" + UDP;
    private static final String ETHERNET = "001b213cac30001b213cab640800" + IP;
    private static final String SLL = "0004000100060fa163e23d3420000800" + IP;

    private static HexReader open(String text, StartLayer start, int port) {
        return HexReader.open(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "h.hex", start, port);
    }

    private static List<Read> read(String text) throws IOException {
        try (HexReader reader = open(text, StartLayer.ETHERNET, 6081)) {
            return readAll(reader);
        }
    }

    @Test
    void shouldReadOnePacketALineWithTheCommentsAboveIt() throws IOException {
        String text = "# größer\n#  second \r\n\n 01 0a\tFf # behind\r\n02\n   # for the third\n03";

        assertThat(read(text)).containsExactly(
                new Read(1, 0, false, 1, 3, "010aff", "größer\nsecond "),
                new Read(2, 0, false, 1, 1, "02", null),
                new Read(3, 0, false, 1, 1, "03", "for the third"));
    }

    @Test
    void shouldFindNoPacketInTextWithoutAny() throws IOException {
        assertThat(read("")).isEmpty();
        assertThat(read("# only a comment")).isEmpty();
        assertThat(read("\n\n  \n")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'00\n0'      | h.hex: offset 3: line 2: odd number of hex digits",
        "'# c\n00 0x' | h.hex: offset 4: line 2: expected hex digits, found 0x78 in column 5",
        "'zz'         | h.hex: offset 0: line 1: expected hex digits, found 0x7a in column 1"})
    void shouldNameTheLineOfAMistake(String text, String message) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(PcapFormatException.class).hasMessage(message);
    }

    @Test
    void shouldBoundThePacketAndTheComment() throws IOException {
        assertThatThrownBy(() -> read("00".repeat(PacketSource.MAX_PACKET_BYTES + 1)))
                .hasMessage("h.hex: offset 0: line 1: more than 1048576 bytes in one packet");
        assertThat(read("00".repeat(5000))).extracting(Read::originalLength).containsExactly(5000);
        assertThat(read(("#" + "c".repeat(3000) + "\n").repeat(3) + "00").get(0).comment()).hasSize(4096);
    }

    @ParameterizedTest
    @EnumSource(value = StartLayer.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void shouldTakeAnExplicitLayerWithoutLooking(StartLayer start) throws IOException {
        try (HexReader reader = open("00", start, 6081)) {
            assertThat(readAll(reader)).extracting(Read::linkType).containsExactly(start.linkType());
        }
    }

    static Stream<Arguments> guesses() {
        return Stream.of(Arguments.of(IP, LinkType.RAW), Arguments.of(ETHERNET, LinkType.ETHERNET),
                Arguments.of(ETHERNET + "000000000000", LinkType.ETHERNET), Arguments.of(SLL, LinkType.LINUX_SLL),
                Arguments.of(UDP, LinkType.UDP_HEADER), Arguments.of(GENEVE, LinkType.UDP_PAYLOAD),
                Arguments.of("0240655800000a000000800100000001" + "001b213cac30001b213cab640806", LinkType.UDP_PAYLOAD));
    }

    @ParameterizedTest
    @MethodSource("guesses")
    void shouldGuessTheLayer(String packet, int linkType) throws IOException {
        try (HexReader reader = open(packet, StartLayer.AUTO, 6081)) {
            assertThat(readAll(reader)).extracting(Read::linkType).containsExactly(linkType);
        }
    }

    static Stream<String> unguessable() {
        return Stream.of("00", IP + "00", IP.substring(2), ETHERNET.substring(0, ETHERNET.length() - 2), UDP + "00",
                GENEVE + "00", "4" + GENEVE.substring(1), "0140" + GENEVE.substring(4), "0240655800000a000000800200000001");
    }

    @ParameterizedTest
    @MethodSource("unguessable")
    void shouldRefuseToGuessWhenLengthsDoNotAgree(String packet) {
        HexReader reader = open("# c\n" + packet, StartLayer.AUTO, 6081);

        assertThatThrownBy(() -> readAll(reader)).isInstanceOf(PcapFormatException.class)
                .hasMessage("h.hex: offset 4: line 2: cannot tell at which layer this packet of " + packet.length() / 2
                        + " bytes starts: name it (ETHERNET, SLL, IP, UDP or GENEVE); guessing expects UDP port 6081");
    }

    @Test
    void shouldGuessWithTheGivenPort() throws IOException {
        String other = ETHERNET.replace("17c1", "4242");

        assertThat(readAll(open(other, StartLayer.AUTO, 0x4242))).extracting(Read::linkType).containsExactly(1);
        assertThatThrownBy(() -> readAll(open(ETHERNET, StartLayer.AUTO, 0x4242))).hasMessageEndingWith("UDP port 16962");
        assertThatThrownBy(() -> open(ETHERNET, StartLayer.AUTO, 65536)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"'# c\n'", "'\n\n'", "''", "' '", "'00'", "'#'"})
    void shouldBeToldApartFromACaptureByContent(String start, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("misnamed.pcap"), start + ETHERNET);

        try (PacketSource source = PacketSource.open(file, 6081)) {
            if (start.equals("00")) {
                assertThatThrownBy(() -> readAll(source)).hasMessageContaining("cannot tell");
            } else if (start.equals("#")) {
                assertThat(readAll(source)).isEmpty();
            } else {
                assertThat(readAll(source)).hasSize(1);
            }
            assertThat(source).isInstanceOf(HexReader.class);
        }
    }

    @Test
    void shouldNeverThrowAnythingElseOnNoise() throws IOException {
        Random random = new Random(99);
        String alphabet = "0123456789abcdefABCDEF \t\r\n#x\u00e9";
        for (int round = 0; round < 3000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(200); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length() - (round % 2) * 2)));
            }
            try (HexReader reader = open(text.toString(), round % 3 == 0 ? StartLayer.AUTO : StartLayer.UDP, 6081)) {
                assertThat(readAll(reader)).allSatisfy(packet -> assertThat(packet.originalLength()).isPositive());
            } catch (PcapFormatException e) {
                assertThat(e.getMessage()).startsWith("h.hex: offset ").doesNotContain("\n");
            }
        }
    }
}
