package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.pcap.CaptureBytes.concat;
import static io.github.gwlb4j.pcap.CaptureBytes.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.gwlb4j.pcap.CaptureBytes.Read;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PcapNgReaderTest {

    private static final byte[] NONE = {};
    private static final byte[] END = {0, 0, 0, 0};

    static Stream<ByteOrder> orders() {
        return Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
    }

    private static List<Read> read(byte[] capture) throws IOException {
        try (PcapReader reader = PcapReader.open(new ByteArrayInputStream(capture), "test")) {
            return readAll(reader);
        }
    }

    private static CaptureBytes start(ByteOrder order) {
        return new CaptureBytes(order).section(NONE);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void shouldReadEveryPacketBlockInEitherByteOrder(ByteOrder order) throws IOException {
        CaptureBytes capture = start(order);
        capture.description(1, 3, NONE)
                .enhanced(0, 1_500_000L << 12, 4, new byte[] {1, 2, 3}, concat(capture.comment("one"), END))
                .obsolete(0, 7, 2, new byte[] {4, 5}, capture.comment("two"))
                .simple(9, new byte[] {6, 7, 8})
                .simple(2, new byte[] {9, 10});

        assertThat(read(capture.bytes())).containsExactly(
                new Read(1, (1_500_000L << 12) * 1000, true, 1, 4, "010203", "one"),
                new Read(2, 7000, true, 1, 2, "0405", "two"),
                new Read(3, 0, false, 1, 9, "060708", null),
                new Read(4, 0, false, 1, 2, "090a", null));
    }

    @Test
    void shouldReadSectionsOfDifferentByteOrderEachWithItsOwnInterfaces() throws IOException {
        byte[] big = start(ByteOrder.BIG_ENDIAN).description(101, 0, NONE).enhanced(0, 1, 1, new byte[] {1}, NONE).bytes();
        byte[] little = start(ByteOrder.LITTLE_ENDIAN).description(1, 0, NONE).description(113, 0, NONE)
                .enhanced(1, 2, 1, new byte[] {2}, NONE).enhanced(0, 3, 1, new byte[] {3}, NONE).bytes();

        assertThat(read(concat(big, little, big))).extracting(Read::frame, Read::linkType, Read::data).containsExactly(
                tuple(1L, 101, "01"),
                tuple(2L, 113, "02"),
                tuple(3L, 1, "03"),
                tuple(4L, 101, "01"));
    }

    @ParameterizedTest
    @CsvSource({
        "0x00, 3, 3000000000",
        "0x03, 1714716834167, 1714716834167000000",
        "0x06, 1714716834167410, 1714716834167410000",
        "0x09, 1714716834167410123, 1714716834167410123",
        "0x0c, 5999, 5",
        "0x1b, -1, 18",
        "0x1c, -1, 0",
        "0x7f, -1, 0",
        "0x80, 3, 3000000000",
        "0x8a, 1025, 1000976562",
        "0xa0, 0x123456789, 1137777777",
        "0xbf, -1, 1999999999",
        "0xc0, -1, 999999999",
        "0xc3, -1, 124999999",
        "0xff, -1, 0",
        "0x00, -1, 9223372036854775807",
        "0x80, -1, 9223372036854775807",
        "0x82, -1, 9223372036854775807"})
    void shouldConvertTimestampsOfEveryResolution(String resolution, String ticks, long nanos) {
        assertThat(PcapNgTime.toNanos(Integer.decode(resolution), Long.decode(ticks), 0)).isEqualTo(nanos);
    }

    @ParameterizedTest
    @CsvSource({
        "5, 2, 2000000005",
        "5, -1, -999999995",
        "0, 9223372036, 9223372036000000000",
        "0, 9223372037, 9223372036854775807",
        "854775808, 9223372036, 9223372036854775807",
        "0, -9223372036854775808, -9223372036854775808"})
    void shouldAddTheOffsetWithoutOverflow(long ticks, long offsetSeconds, long nanos) {
        assertThat(PcapNgTime.toNanos(9, ticks, offsetSeconds)).isEqualTo(nanos);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void shouldTakeResolutionAndOffsetFromEachInterface(ByteOrder order) throws IOException {
        CaptureBytes capture = start(order);
        capture.description(1, 0, concat(capture.option(2, new byte[] {'e', 't', 'h', '0', '7'}),
                        capture.option(9, new byte[] {9}), capture.option(14, capture.i64(-5)), END))
                .description(1, 0, concat(capture.option(9, new byte[] {(byte) 0x81})))
                .description(1, 0, NONE)
                .enhanced(0, 6_000_000_001L, 0, NONE, NONE)
                .enhanced(1, 3, 0, NONE, NONE)
                .enhanced(2, 3, 0, NONE, NONE);

        assertThat(read(capture.bytes())).extracting(Read::timestampNs)
                .containsExactly(1_000_000_001L, 1_500_000_000L, 3000L);
    }

    @Test
    void shouldPassOverUnknownBlocksHoweverLong() throws IOException {
        CaptureBytes capture = start(ByteOrder.LITTLE_ENDIAN).description(1, 0, NONE);
        capture.block(4, new CaptureBytes(ByteOrder.LITTLE_ENDIAN).u32(0))
                .block(0x0bad, new CaptureBytes(ByteOrder.LITTLE_ENDIAN).raw(new byte[3_000_000]))
                .block(0x40000bad, new CaptureBytes(ByteOrder.LITTLE_ENDIAN))
                .enhanced(0, 1, 1, new byte[] {1}, NONE);

        assertThat(read(capture.bytes())).extracting(Read::data).containsExactly("01");
    }

    @Test
    void shouldJoinCommentsAndSkipOtherOptionsOfAPacket() throws IOException {
        CaptureBytes capture = start(ByteOrder.LITTLE_ENDIAN).description(1, 0, NONE);
        capture.enhanced(0, 1, 1, new byte[] {1},
                concat(capture.option(2, new byte[4]), capture.comment("größer"), capture.comment(""), capture.comment("b"), END,
                        capture.comment("behind the end")))
                .enhanced(0, 1, 1, new byte[] {2}, capture.option(2, new byte[4]))
                .enhanced(0, 1, 1, new byte[] {3}, new byte[] {1, 0, 50, 0, 'x', 'x', 'x', 'x'});

        assertThat(read(capture.bytes())).extracting(Read::comment).containsExactly("größer\n\nb", null, null);
    }

    static Stream<Arguments> damaged() {
        ByteOrder le = ByteOrder.LITTLE_ENDIAN;
        return Stream.of(
                arguments(start(le).enhanced(0, 1, 1, new byte[] {1}, NONE),
                        "frame 1 was captured on interface 0, but 0 are described before it"),
                arguments(start(le).description(1, 0, NONE).enhanced(-1, 1, 1, new byte[] {1}, NONE),
                        "frame 1 was captured on interface 4294967295, but 1 are described before it"),
                arguments(start(le).description(1, 0, NONE).block(6, new CaptureBytes(le).u32(0).u32(0).u32(0).u32(5).u32(5)
                        .u32(0)), "frame 1 claims 5 captured bytes, expected at most 4"),
                arguments(start(le).description(1, 0, NONE).block(6, new CaptureBytes(le).u32(0).u32(0).u32(0).u32(-1).u32(5)
                        .u32(0)), "frame 1 claims 4294967295 captured bytes, expected at most 4"),
                arguments(start(le).description(1, 0, NONE).simple(5, new byte[4]), "frame 1 claims 5 captured bytes, expected at most 4"),
                arguments(start(le).u32(9).u32(11).u32(0), "block length 11 is not a multiple of 4 of at least 12"),
                arguments(start(le).u32(9).u32(0).u32(0), "block length 0 is not a multiple of 4 of at least 12"),
                arguments(start(le).u32(9).u32(16).u32(0).u32(20), "a pcapng block says length 16 at its start and 20 at its end"),
                arguments(start(le).u32(6).u32(0x7ffffffc).u32(0),
                        "block of type 6 claims 2147483644 bytes, expected at most 2097152"),
                arguments(start(le).u32(9).u32(0xfffffffc).u32(0).u32(0),
                        "the file is cut short: 4294967276 of 4294967292 bytes of a pcapng block of type 9 are missing"),
                arguments(start(le).block(1, new CaptureBytes(le).u32(1)), "interface description block of 16 bytes, expected at least 20"),
                arguments(start(le).block(0x0a0d0d0a, new CaptureBytes(le).u32(0x1a2b3c4d).u16(2).u16(1).u32(0).u32(0)),
                        "pcapng version 2.1 is not supported, expected 1.x"),
                arguments(start(le).raw(new byte[] {6, 0, 0, 0, 32}),
                        "the file is cut short: 5 of 12 bytes of a pcapng block are there"));
    }

    private static Arguments arguments(CaptureBytes capture, String problem) {
        return Arguments.of(capture.bytes(), problem);
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void shouldSayWhatIsWrongWithABlock(byte[] capture, String problem) {
        assertThatThrownBy(() -> read(capture)).isInstanceOf(PcapFormatException.class)
                .hasMessageMatching("test: offset (28|48): .*").hasMessageEndingWith(problem);
    }

    @Test
    void shouldNotTakeTheEndOfADamagedFileForACleanEnd() throws IOException {
        byte[] cut = start(ByteOrder.LITTLE_ENDIAN).u32(9).u32(100).u32(0).bytes();
        PcapPacket packet = new PcapPacket();

        try (PcapReader reader = PcapReader.open(new ByteArrayInputStream(cut), "test")) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> reader.next(packet)).isInstanceOf(PcapFormatException.class)
                        .hasMessage("test: offset 28: the file is cut short: 88 of 100 bytes of a pcapng block of type 9 are missing");
            }
        }
    }

    @Test
    void shouldRefuseMoreInterfacesThanTheTableHolds() throws IOException {
        CaptureBytes capture = start(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < PcapNgInterfaces.MAX_INTERFACES; i++) {
            capture.description(i & 0xff, 0, NONE);
        }
        byte[] full = capture.enhanced(0xffff, 1, 1, new byte[] {1}, NONE).bytes();
        byte[] tooMany = capture.description(1, 0, NONE).bytes();

        assertThat(read(full)).extracting(Read::linkType).containsExactly(0xff);
        assertThatThrownBy(() -> read(tooMany)).hasMessageEndingWith("more than 65536 interfaces in one section");
    }
}
