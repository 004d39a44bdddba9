package io.github.gwlb4j.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a file holds, reading it ends cleanly or with PcapFormatException, and what it yields is within bounds. */
class DamagedCaptureTest {

    private static final int FUZZ_ROUNDS = 3000;

    /** A frame that every parser gets far with: Ethernet, VLAN, IPv4, UDP 6081. */
    private static final byte[] FRAME = CaptureBytes.hex("001b213cac30 001b213cab64 8100 0005 0800"
            + "4500002000010000401166b30a0000010a0000023039 17c1000c0000 01020304");

    static Stream<byte[]> captures() {
        return Stream.of(pcap(ByteOrder.LITTLE_ENDIAN), pcap(ByteOrder.BIG_ENDIAN), pcapng(ByteOrder.LITTLE_ENDIAN),
                pcapng(ByteOrder.BIG_ENDIAN));
    }

    private static byte[] pcap(ByteOrder order) {
        return new CaptureBytes(order).pcapHeader(0xa1b2c3d4, 65535, 1)
                .pcapRecord(1, 2, FRAME.length, FRAME).pcapRecord(3, 4, 0, new byte[0]).pcapRecord(5, 6, 60, FRAME).bytes();
    }

    private static byte[] pcapng(ByteOrder order) {
        CaptureBytes capture = new CaptureBytes(order);
        return capture.section(capture.comment("section"))
                .description(1, 65535, capture.option(9, new byte[] {9}))
                .enhanced(0, 1, FRAME.length, FRAME, capture.comment("packet"))
                .block(5, new CaptureBytes(order).u32(1).u32(2))
                .obsolete(0, 1, FRAME.length, FRAME, new byte[0])
                .simple(FRAME.length, FRAME).bytes();
    }

    @ParameterizedTest
    @MethodSource("captures")
    void shouldEndCleanlyOrSayWhereWhenCutAtAnyByte(byte[] capture) throws IOException {
        int before = 0;
        for (int length = 0; length <= capture.length; length++) {
            byte[] cut = Arrays.copyOf(capture, length);
            int frames = readEverything(PcapReaderFrom.BUFFER, cut);
            assertThat(readEverything(PcapReaderFrom.STREAM, cut)).as("cut at %d", length).isEqualTo(frames);
            assertThat(frames).as("cut at %d", length).isBetween(before, before + 1);
            before = frames;
        }
        assertThat(before).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("captures")
    void shouldSurviveDamagedBytes(byte[] capture) throws IOException {
        Random random = new Random(4711);
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            byte[] damaged = capture.clone();
            int changes = 1 + random.nextInt(8);
            for (int i = 0; i < changes; i++) {
                damaged[random.nextInt(damaged.length)] = randomByte(random);
            }
            readEverything(PcapReaderFrom.STREAM, Arrays.copyOf(damaged, 1 + random.nextInt(damaged.length)));
            readEverything(PcapReaderFrom.BUFFER, damaged);
        }
    }

    @ParameterizedTest
    @MethodSource("captures")
    void shouldSurviveNoiseBehindAFileHeader(byte[] capture) throws IOException {
        Random random = new Random(815);
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            byte[] noise = new byte[24 + random.nextInt(400)];
            random.nextBytes(noise);
            System.arraycopy(capture, 0, noise, 0, random.nextInt(24));
            readEverything(PcapReaderFrom.BUFFER, noise);
        }
    }

    /** Extremes are likelier to break something than other values. */
    private static byte randomByte(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> (byte) (1 << random.nextInt(8));
            default -> (byte) random.nextInt(256);
        };
    }

    private enum PcapReaderFrom { STREAM, BUFFER }

    /** Reads all packets and everything in them; any exception but PcapFormatException fails the test. */
    private static int readEverything(PcapReaderFrom from, byte[] capture) throws IOException {
        PcapPacket packet = new PcapPacket();
        OuterUdp outer = new OuterUdp();
        int frames = 0;
        try (PcapReader reader = from == PcapReaderFrom.BUFFER
                ? PcapReader.open(ByteBuffer.wrap(capture), "b")
                : PcapReader.open(new ByteArrayInputStream(capture), "s")) {
            while (reader.next(packet)) {
                frames++;
                assertThat(packet.frameNumber()).isEqualTo(frames);
                assertThat(packet.originalLength()).isGreaterThanOrEqualTo(packet.capturedLength());
                assertThat(packet.copyData()).hasSize(packet.data().remaining());
                packet.comment();
                outer.parse(packet);
                outer.verifyChecksum();
                assertThat(outer.payloadOffset() + outer.capturedPayloadLength())
                        .isLessThanOrEqualTo(packet.dataOffset() + packet.capturedLength());
            }
        } catch (PcapFormatException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
            assertThat(e.offset()).isBetween(0L, (long) capture.length);
        }
        return frames;
    }
}
