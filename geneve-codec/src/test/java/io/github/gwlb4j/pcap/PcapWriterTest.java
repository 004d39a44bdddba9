package io.github.gwlb4j.pcap;

import static io.github.gwlb4j.pcap.CaptureBytes.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.pcap.CaptureBytes.Read;
import io.github.gwlb4j.pcap.PcapWriter.Format;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PcapWriterTest {

    private static final byte[] NONE = {};
    private static final long TIME = 1_714_716_834_167_410_123L;

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    private PcapWriter open(PcapWriterBuilder settings) throws IOException {
        return settings.open(Channels.newChannel(file));
    }

    private List<Read> written() throws IOException {
        try (PcapReader reader = PcapReader.open(new ByteArrayInputStream(file.toByteArray()), "written")) {
            return readAll(reader);
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldReadBackWhatItWrote(Format format) throws IOException {
        ByteBuffer source = ByteBuffer.wrap(CaptureBytes.hex("ff 45010203 ff 060708 ff"));
        byte[] comment = "dropped: größer".getBytes(StandardCharsets.UTF_8);
        try (PcapWriter writer = open(PcapWriter.builder().format(format).linkType(LinkType.RAW).interfaceName("gwi-1"))) {
            assertThat(writer.write(TIME, source, 1, 4)).isTrue();
            assertThat(writer.write(TIME + 1, source, 1, 3, 1500, comment)).isTrue();
            assertThat(writer.write(TIME + 2, source, 1, 4, source, 6, 3, 7, comment)).isTrue();
            assertThat(writer.write(-5, source, 0, 0)).isTrue();
            assertThat(writer.packetsWritten()).isEqualTo(4);
            writer.flush();
            assertThat(writer.bytesWritten()).isEqualTo(file.size());
        }

        String stored = format == Format.PCAPNG ? "dropped: größer" : null;
        long unit = format == Format.PCAP_MICROS ? 1000 : 1;
        assertThat(written()).containsExactly(
                new Read(1, TIME / unit * unit, true, 101, 4, "45010203", null),
                new Read(2, (TIME + 1) / unit * unit, true, 101, 1500, "450102", stored),
                new Read(3, (TIME + 2) / unit * unit, true, 101, 7, "45010203060708", stored),
                new Read(4, 0, true, 101, 0, "", null));
        assertThat(source.position()).isZero();
        assertThat(source.limit()).isEqualTo(10);
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldReadBackAnythingThroughABufferSmallerThanThePackets(Format format) throws IOException {
        Random random = new Random(7);
        ByteBuffer source = ByteBuffer.allocateDirect(20_000);
        List<String> expected = new java.util.ArrayList<>();
        try (PcapWriter writer = open(PcapWriter.builder().format(format).bufferBytes(4096))) {
            for (int i = 0; i < 300; i++) {
                byte[] packet = new byte[i % 10 == 0 ? random.nextInt(20_000) : random.nextInt(100)];
                random.nextBytes(packet);
                source.put(0, packet);
                expected.add(HexFormat.of().formatHex(packet));
                byte[] comment = "c".repeat(random.nextInt(9) * (i % 50 == 0 ? 1000 : 1)).getBytes(StandardCharsets.UTF_8);
                writer.write(TIME, source, 0, packet.length, packet.length, comment);
            }
        }

        assertThat(written()).extracting(Read::data).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldCutPacketsAtTheSnapshotLength(Format format) throws IOException {
        ByteBuffer source = ByteBuffer.wrap(CaptureBytes.hex("01020304050607"));
        try (PcapWriter writer = open(PcapWriter.builder().format(format).snapLength(5))) {
            writer.write(TIME, source, 0, 7);
            writer.write(TIME, source, 0, 3, source, 3, 4, 7, NONE);
            writer.write(TIME, source, 0, 6, source, 3, 4, 10, NONE);
        }

        assertThat(written()).extracting(Read::data).containsOnly("0102030405");
        assertThat(written()).extracting(Read::originalLength).containsExactly(7, 7, 10);
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldRefusePacketsBeyondTheSizeLimitAndStayReadable(Format format) throws IOException {
        ByteBuffer source = ByteBuffer.allocate(1000);
        int taken = 0;
        try (PcapWriter writer = open(PcapWriter.builder().format(format).maxFileBytes(5000))) {
            for (int i = 0; i < 10; i++) {
                taken += writer.write(TIME, source, 0, 1000) ? 1 : 0;
            }
            assertThat(writer.packetsWritten()).isEqualTo(taken).isEqualTo(4);
            assertThat(writer.packetsRefused()).isEqualTo(6);
            assertThat(writer.write(TIME, source, 0, 10)).isTrue();
        }

        assertThat(file.size()).isLessThanOrEqualTo(5000);
        assertThat(written()).hasSize(5);
    }

    @Test
    void shouldCopyPacketsOfAReaderWithTheirComments(@TempDir Path folder) throws IOException {
        CaptureBytes capture = new CaptureBytes(java.nio.ByteOrder.BIG_ENDIAN).section(NONE).description(101, 0, NONE);
        byte[] bytes = capture.enhanced(0, 1, 9, new byte[] {1}, capture.comment("a")).simple(1, new byte[] {2}).bytes();
        Path copy = folder.resolve("copy.pcapng");
        PcapPacket packet = new PcapPacket();

        try (PcapReader reader = PcapReader.open(ByteBuffer.wrap(bytes), "x");
                PcapWriter writer = PcapWriter.builder().linkType(LinkType.RAW).open(copy)) {
            while (reader.next(packet)) {
                writer.write(packet);
            }
        }

        try (PcapReader reader = PcapReader.open(copy)) {
            assertThat(readAll(reader)).containsExactly(new Read(1, 1000, true, 101, 9, "01", "a"),
                    new Read(2, 0, true, 101, 1, "02", null));
        }
    }

    @Test
    void shouldRefuseWhatCannotBeStored() throws IOException {
        ByteBuffer source = ByteBuffer.allocate(10);
        PcapPacket raw = new PcapPacket().frame(3, LinkType.RAW);
        try (PcapWriter writer = open(PcapWriter.builder())) {
            assertThatThrownBy(() -> writer.write(raw)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("frame 3 has link type RAW, the file ETHERNET");
            assertThatThrownBy(() -> writer.write(0, source, 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> writer.write(0, source, 0, 6, 5, NONE)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.write(0, source, 0, 6, 6, new byte[65536]))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(writer.write(0, source, 0, 6, 6, new byte[65535])).isTrue();
        }

        assertThat(written()).hasSize(1);
    }

    @Test
    void shouldRefuseSettingsOutOfRange() throws IOException {
        PcapWriterBuilder settings = PcapWriter.builder();

        assertThatThrownBy(() -> settings.linkType(LinkType.UDP_HEADER)).hasMessage("linkType -1 is not in 0 to 65535");
        assertThatThrownBy(() -> settings.snapLength(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.snapLength(PacketSource.MAX_PACKET_BYTES + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.bufferBytes(4095)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.bufferBytes(1 << 27)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.maxFileBytes(1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.application("a".repeat(1001))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.interfaceName("a".repeat(101))).isInstanceOf(IllegalArgumentException.class);
        Pipe pipe = Pipe.open();
        try (Pipe.SinkChannel sink = pipe.sink(); Pipe.SourceChannel source = pipe.source()) {
            sink.configureBlocking(false);
            assertThatThrownBy(() -> settings.open(sink)).hasMessageContaining("configureBlocking(true)");
            assertThat(source.isOpen()).isTrue();
        }
    }

    @Test
    void shouldWriteNothingMoreAfterAWriteFailed() throws IOException {
        FullDisk disk = new FullDisk(6000);
        PcapWriter writer = PcapWriter.builder().bufferBytes(4096).open(disk);
        ByteBuffer source = ByteBuffer.allocate(3000);

        writer.write(TIME, source, 0, 3000);
        writer.write(TIME, source, 0, 3000);
        assertThatThrownBy(() -> writer.write(TIME, source, 0, 3000)).hasMessage("No space left on device");
        disk.space = 100_000;
        assertThatThrownBy(() -> {
            for (int i = 0; i < 10; i++) {
                writer.write(TIME, source, 0, 3000);
            }
        }).hasMessage("the capture ended when an earlier write failed");
        writer.close();

        assertThat(disk.open).isFalse();
        assertThat(disk.bytes.size()).isEqualTo(6000);
    }

    @Test
    void shouldAllocateNothingWhileWriting(@TempDir Path folder) throws Exception {
        ByteBuffer source = ByteBuffer.allocateDirect(1500);
        byte[] comment = "forwarded".getBytes(StandardCharsets.UTF_8);
        Path path = folder.resolve("tap.pcapng");
        try (PcapWriter writer = PcapWriter.builder().open(path)) {
            long leastPerRound = Long.MAX_VALUE;
            for (int round = 0; round < 20 && leastPerRound > 0; round++) {
                long before = AllocatedBytes.byThisThread();
                for (int i = 0; i < 2000; i++) {
                    writer.write(TIME + i, source, 0, 60, source, 60, 1440, 1500, comment);
                }
                leastPerRound = Math.min(leastPerRound, AllocatedBytes.byThisThread() - before);
            }
            // Measuring itself costs a few bytes in some runtimes; an object for each packet would be 32,000 at least.
            assertThat(leastPerRound).isLessThan(2000);
        }
        assertThat(Files.size(path)).isGreaterThan(2000 * 1500);
    }

    /** A channel that takes so many bytes and then fails, as a full disk does. */
    private static final class FullDisk implements WritableByteChannel {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int space;
        private boolean open = true;

        FullDisk(int space) {
            this.space = space;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            if (space == 0) {
                throw new IOException("No space left on device");
            }
            byte[] part = new byte[Math.min(space, source.remaining())];
            source.get(part);
            bytes.writeBytes(part);
            space -= part.length;
            return part.length;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
