package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.pcap.CaptureBytes.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.pcap.CaptureBytes.Read;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PcapReaderTest {

    private static final int MICROS = 0xa1b2c3d4;
    private static final int NANOS = 0xa1b23c4d;

    static Stream<Arguments> classicFormats() {
        return Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)
                .flatMap(order -> Stream.of(Arguments.of(order, MICROS, 1000L), Arguments.of(order, NANOS, 1L)));
    }

    private static List<Read> read(byte[] capture) throws IOException {
        try (PcapReader reader = PcapReader.open(ByteBuffer.wrap(capture), "test")) {
            return readAll(reader);
        }
    }

    @ParameterizedTest
    @MethodSource("classicFormats")
    void shouldReadEveryByteOrderAndResolution(ByteOrder order, int magic, long nanosPerUnit) throws IOException {
        byte[] capture = new CaptureBytes(order).pcapHeader(magic, 65535, 1)
                .pcapRecord(0xfffffffeL, 999_999, 3, new byte[] {1, 2, 3})
                .pcapRecord(5, 7, 1500, new byte[] {4})
                .pcapRecord(6, 0, 0, new byte[0])
                .bytes();

        assertThat(read(capture)).containsExactly(
                new Read(1, 0xfffffffeL * 1_000_000_000 + 999_999 * nanosPerUnit, true, 1, 3, "010203", null),
                new Read(2, 5_000_000_000L + 7 * nanosPerUnit, true, 1, 1500, "04", null),
                new Read(3, 6_000_000_000L, true, 1, 0, "", null));
    }

    @Test
    void shouldReadTheSameFromPathStreamAndBuffer(@TempDir Path folder) throws IOException {
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, 65535, 101)
                .pcapRecord(1, 2, 4, new byte[] {0x45, 1, 2, 3}).pcapRecord(3, 4, 1, new byte[] {9}).bytes();
        Path file = Files.write(folder.resolve("c.pcap"), capture);
        ByteBuffer direct = ByteBuffer.allocateDirect(capture.length + 7).position(7).put(capture).position(7);
        List<Read> expected = read(capture);

        try (PcapReader path = PcapReader.open(file);
                PcapReader stream = PcapReader.open(new OneByteAtATime(capture), "stream");
                PcapReader buffer = PcapReader.open(direct, "direct");
                PacketSource any = PacketSource.open(file, 6081)) {
            assertThat(readAll(path)).hasSize(2).isEqualTo(expected);
            assertThat(readAll(stream)).isEqualTo(expected);
            assertThat(readAll(buffer)).isEqualTo(expected);
            assertThat(readAll(any)).isEqualTo(expected);
            assertThat(path.name()).isEqualTo(file.toString());
            assertThat(direct.position()).isEqualTo(7);
        }
    }

    @Test
    void shouldIgnoreFrameCheckSequenceBitsOfTheLinkType() throws IOException {
        byte[] capture = new CaptureBytes(ByteOrder.BIG_ENDIAN).pcapHeader(MICROS, 65535, 0x14000071)
                .pcapRecord(1, 2, 1, new byte[] {1}).bytes();

        assertThat(read(capture)).extracting(Read::linkType).containsExactly(113);
    }

    @Test
    void shouldRaiseOriginalLengthToCapturedLengthWhenTheFileSaysLess() throws IOException {
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, 65535, 1)
                .pcapRecord(1, 2, 1, new byte[] {1, 2}).pcapRecord(1, 2, -1, new byte[] {1, 2}).bytes();

        assertThat(read(capture)).extracting(Read::originalLength).containsExactly(2, Integer.MAX_VALUE);
    }

    @Test
    void shouldReadPacketsLargerThanTheWindow() throws IOException {
        byte[] large = new byte[300_000];
        large[299_999] = 0x5a;
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, 400_000, 1)
                .pcapRecord(1, 2, 1, new byte[] {1}).pcapRecord(1, 2, large.length, large)
                .pcapRecord(1, 2, 1, new byte[] {2}).bytes();

        try (PcapReader reader = PcapReader.open(new ByteArrayInputStream(capture), "large")) {
            List<Read> packets = readAll(reader);
            assertThat(packets).extracting(Read::originalLength).containsExactly(1, 300_000, 1);
            assertThat(packets.get(1).data()).endsWith("005a");
            assertThat(packets.get(2).data()).isEqualTo("02");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {262_145, 0x7fffffffL, 0xffffffffL})
    void shouldRefuseAPacketLengthBeyondTheBound(long claimed) {
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, 65535, 1)
                .pcapRecord(1, 2, 1, new byte[] {1}).u32(1).u32(2).u32((int) claimed).u32(60).bytes();
        ByteBuffer buffer = ByteBuffer.wrap(capture);

        assertThatThrownBy(() -> readAll(PcapReader.open(buffer, "big.pcap")))
                .isInstanceOf(PcapFormatException.class)
                .hasMessage("big.pcap: offset 41: frame 2 claims " + claimed
                        + " captured bytes, expected at most 262144");
    }

    @Test
    void shouldNotTrustAnEnormousSnapshotLength() {
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, -1, 1)
                .u32(1).u32(2).u32(PacketSource.MAX_PACKET_BYTES + 1).u32(60).bytes();

        assertThatThrownBy(() -> read(capture)).hasMessageContaining("expected at most 1048576");
    }

    @Test
    void shouldDeliverPacketsBeforeTheCutAndThenTellWhereItIs() throws IOException {
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, 65535, 1)
                .pcapRecord(1, 2, 1, new byte[] {1}).pcapRecord(1, 2, 10, new byte[10]).bytes();
        ByteBuffer cut = ByteBuffer.wrap(capture, 0, capture.length - 4);
        PcapPacket packet = new PcapPacket();

        try (PcapReader reader = PcapReader.open(cut, "cut.pcap")) {
            assertThat(reader.next(packet)).isTrue();
            assertThatThrownBy(() -> reader.next(packet)).isInstanceOf(PcapFormatException.class)
                    .hasMessage("cut.pcap: offset 41: the file is cut short: 22 of 26 bytes of frame 2 are there");
            assertThat(packet.frameNumber()).isZero();
            assertThatThrownBy(() -> reader.next(packet)).isInstanceOfSatisfying(PcapFormatException.class, e -> {
                assertThat(e.offset()).isEqualTo(41);
                assertThat(e.source()).isEqualTo("cut.pcap");
            });
        }
    }

    @Test
    void shouldTellTheOffsetAlsoFarIntoAStream() {
        CaptureBytes capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, 65535, 1);
        for (int i = 0; i < 200; i++) {
            capture.pcapRecord(1, 2, 1000, new byte[1000]);
        }
        byte[] bytes = capture.u32(1).bytes();

        assertThatThrownBy(() -> readAll(PcapReader.open(new ByteArrayInputStream(bytes), "x")))
                .hasMessage("x: offset 203224: the file is cut short: 4 of 16 bytes of the record header of frame 201 are there");
    }

    static Stream<Arguments> noCaptures() {
        return Stream.of(
                Arguments.of("", "x: offset 0: the file is empty: expected a pcap or pcapng capture"),
                Arguments.of("1f8b0800000000", "x: offset 0: the capture is gzip-compressed: gunzip it first"),
                Arguments.of("d4c3b2", "x: offset 0: not a capture: only 3 bytes, expected a pcap or pcapng file header"),
                Arguments.of("7f454c46020101", "x: offset 0: neither a pcap nor a pcapng capture: it starts with 0x7f454c46"),
                Arguments.of("d4c3b2a10200", "x: offset 0: the file is cut short: 6 of 24 bytes of the pcap file header are there"),
                Arguments.of("d4c3b2a1 0200 0200 0000000000000000 ffff0000 01000000",
                        "x: offset 0: pcap version 2.2 is not supported, expected 2.4"),
                Arguments.of("34cdb2a1 0200 0400 0000000000000000 ffff0000 01000000",
                        "x: offset 0: a modified pcap (magic a1b2cd34) is not supported: convert it with editcap"),
                Arguments.of("0a0d0d0a 1c000000 00000000", "x: offset 0: pcapng section header without byte-order magic 1a2b3c4d"));
    }

    @ParameterizedTest
    @MethodSource("noCaptures")
    void shouldSayInOneLineWhyAFileIsNoCapture(String content, String message) {
        byte[] bytes = CaptureBytes.hex(content);

        assertThatThrownBy(() -> PcapReader.open(new ByteArrayInputStream(bytes), "x"))
                .isInstanceOf(PcapFormatException.class).hasMessage(message);
        assertThatThrownBy(() -> PcapReader.open(ByteBuffer.wrap(bytes), "x"))
                .isInstanceOf(PcapFormatException.class).hasMessage(message);
        assertThatThrownBy(() -> PacketSource.open(new ByteArrayInputStream(bytes), "x", 6081))
                .isInstanceOf(PcapFormatException.class).hasMessage(message);
    }

    @Test
    void shouldGiveReadOnlyDataInNetworkOrderAndAnEmptyPacketAtTheEnd() throws IOException {
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(NANOS, 65535, 1)
                .pcapRecord(1, 2, 2, new byte[] {0x12, 0x34}).bytes();
        PcapPacket packet = new PcapPacket();

        try (PcapReader reader = PcapReader.open(ByteBuffer.wrap(capture), "x")) {
            assertThat(reader.next(packet)).isTrue();
            assertThat(packet.data().remaining()).isEqualTo(2);
            assertThat(packet.data().position()).isEqualTo(packet.dataOffset());
            assertThat(packet.data().getShort(packet.dataOffset())).isEqualTo((short) 0x1234);
            assertThatThrownBy(() -> packet.data().put(packet.dataOffset(), (byte) 0))
                    .isInstanceOf(ReadOnlyBufferException.class);
            assertThat(reader.next(packet)).isFalse();
            assertThat(packet.capturedLength()).isZero();
            assertThat(packet.data().remaining()).isZero();
            assertThat(reader.next(packet)).isFalse();
        }
    }

    @Test
    void shouldDeliverAPacketFromAPipeBeforeTheNextByteIsThere() throws IOException {
        byte[] capture = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).pcapHeader(MICROS, 65535, 1)
                .pcapRecord(1, 2, 1, new byte[] {1}).bytes();
        InputStream pipe = new ByteArrayInputStream(capture) {
            @Override
            public synchronized int read(byte[] bytes, int from, int length) {
                if (available() == 0) {
                    throw new IllegalStateException("would block");
                }
                return super.read(bytes, from, length);
            }
        };

        try (PcapReader reader = PcapReader.open(pipe, "pipe")) {
            assertThat(reader.next(new PcapPacket())).isTrue();
        }
    }

    /** A stream that never gives more than one byte, as a slow pipe may. */
    private static final class OneByteAtATime extends ByteArrayInputStream {
        OneByteAtATime(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int read(byte[] bytes, int from, int length) {
            return super.read(bytes, from, Math.min(1, length));
        }
    }
}
