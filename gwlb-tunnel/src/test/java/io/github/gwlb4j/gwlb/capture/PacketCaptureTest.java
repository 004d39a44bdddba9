package io.github.gwlb4j.gwlb.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.pcap.ChecksumStatus;
import io.github.gwlb4j.pcap.DatagramStatus;
import io.github.gwlb4j.pcap.LinkType;
import io.github.gwlb4j.pcap.OuterUdp;
import io.github.gwlb4j.pcap.PcapPacket;
import io.github.gwlb4j.pcap.PcapReader;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import io.github.gwlb4j.tun.LinuxTun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PacketCaptureTest {
    private static final long TIME = 1_714_716_834_167_410_123L;
    private static final int LOAD_BALANCER = 0x0a010203;
    private static final int APPLIANCE = 0x0a010204;

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("capture.pcapng");
    }

    private record Captured(long timeNs, int originalLength, String comment, byte[] data) {
    }

    private static List<Captured> read(Path capture) throws IOException {
        List<Captured> packets = new ArrayList<>();
        PcapPacket packet = new PcapPacket();
        try (PcapReader reader = PcapReader.open(capture)) {
            while (reader.next(packet)) {
                assertThat(packet.linkType()).isEqualTo(LinkType.RAW);
                packets.add(new Captured(packet.timestampNs(), packet.originalLength(), packet.comment(), packet.copyData()));
            }
        }
        return packets;
    }

    private static boolean offer(CaptureQueue queue, int i, int length) {
        ByteBuffer packet = ByteBuffer.wrap(PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(i & 0xffff, 40_001).payload(length - 28).build());
        return queue.offerPacket(CaptureDirection.RECEIVED, TIME + i, packet, 0, length, TestPackets.ENDPOINT, i);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 2000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(5);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    @Test
    void shouldWriteInnerPacketsWithEndpointCookieAndDirection() throws IOException {
        byte[] query = TestPackets.dnsQuery();
        byte[] ipv6 = PacketBuilder.ipv6("fd00::1", "fd00::2").udp(1, 2).payload(300).build();
        PacketCapture capture = PacketCapture.builder(file).snapLength(100).open();
        CaptureQueue queue = capture.newQueue();
        assertThat(queue.content()).isEqualTo(CaptureContent.INNER).isEqualTo(capture.content());
        assertThat(queue.offerPacket(CaptureDirection.RECEIVED, TIME, ByteBuffer.wrap(query), 0, query.length, TestPackets.ENDPOINT, 0x12)).isTrue();
        assertThat(queue.offerPacket(CaptureDirection.SENT, TIME + 1, ByteBuffer.wrap(ipv6), 0, ipv6.length, -1, -1)).isTrue();
        capture.close();
        assertThat(capture.stats()).isEqualTo(new CaptureStats(2, query.length + 100, 0, 0));

        List<Captured> packets = read(file);
        assertThat(packets).hasSize(2);
        assertThat(packets.get(0).comment).isEqualTo("received endpoint=00123456789abcdef cookie=0x00000012");
        assertThat(packets.get(0).timeNs).isEqualTo(TIME);
        assertThat(packets.get(0).data).isEqualTo(query);
        assertThat(packets.get(1).comment).isEqualTo("sent endpoint=0ffffffffffffffff cookie=0xffffffff");
        assertThat(packets.get(1).data).hasSize(100);
        assertThat(packets.get(1).originalLength).isEqualTo(ipv6.length);
    }

    /** In a directory where others may write. */
    @Test
    void shouldWriteNeitherThroughALinkNorIntoAFileThatIsReadableForAll() throws IOException {
        Path target = Files.createFile(file.resolveSibling("target"));
        Files.createSymbolicLink(file, target);
        PacketCapture.builder(file).open().close();
        assertThat(target).isEmptyFile();
        assertThat(Files.isSymbolicLink(file)).isFalse();

        Files.delete(file);
        Files.createFile(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        PacketCapture.builder(file).open().close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-r-----");
    }

    private void captureDatagrams(int snapLength, int... payloads) throws IOException {
        try (PacketCapture capture = PacketCapture.builder(file).content(CaptureContent.OUTER).snapLength(snapLength).open()) {
            CaptureQueue queue = capture.newQueue();
            for (int payload : payloads) {
                byte[] inner = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").udp(40_000, 40_001).payload(payload).build();
                ByteBuffer datagram = ByteBuffer.wrap(TestPackets.geneve(inner));
                assertThat(queue.offerDatagram(CaptureDirection.RECEIVED, TIME, datagram, 0, datagram.limit(), LOAD_BALANCER, APPLIANCE,
                        65_000, 6081)).isTrue();
            }
        }
    }

    @Test
    void shouldWriteDatagramsWithOuterHeadersThatAreRight() throws IOException {
        captureDatagrams(65_535, 0, 1, 64, 1400, 8472, 65_000);

        PcapPacket packet = new PcapPacket();
        OuterUdp outer = new OuterUdp();
        int packets = 0;
        try (PcapReader reader = PcapReader.open(file)) {
            for (; reader.next(packet); packets++) {
                assertThat(outer.parse(packet)).isEqualTo(DatagramStatus.OK);
                assertThat(outer.verifyChecksum()).isEqualTo(ChecksumStatus.VALID);
                assertThat(outer.sourcePort()).isEqualTo(65_000);
                assertThat(outer.destinationPort()).isEqualTo(6081);
                assertThat(packet.data().getInt(packet.dataOffset() + 12)).isEqualTo(LOAD_BALANCER);
                assertThat(packet.data().getInt(packet.dataOffset() + 16)).isEqualTo(APPLIANCE);
            }
        }
        assertThat(packets).isEqualTo(6);
    }

    @Test
    void shouldGiveTsharkNothingMalformed() throws Exception {
        captureDatagrams(65_535, 0, 1, 64, 1401, 8472, 60_000);
        List<String> lines = tshark("ip.src", "udp.srcport", "geneve.proto_type", "udp.length", "_ws.malformed", "_ws.expert.message");
        assertThat(lines).hasSize(6).allSatisfy(line -> assertThat(line).startsWith("10.1.2.3,10.0.0.1\t65000,40000\t")
                .doesNotContainIgnoringCase("malformed").doesNotContainIgnoringCase("bad").doesNotContainIgnoringCase("checksum"));

        captureDatagrams(128, 64, 1401);
        assertThat(tshark("ip.src", "_ws.malformed")).filteredOn(line -> line.startsWith("10.1.2.3,10.0.0.1")).hasSize(2);

        try (PacketCapture capture = PacketCapture.builder(file).open()) {
            offer(capture.newQueue(), 7, 200);
        }
        assertThat(tshark("frame.comment", "udp.srcport", "_ws.malformed"))
                .containsExactly("received endpoint=00123456789abcdef cookie=0x00000007\t7\t");
    }

    private List<String> tshark(String... fields) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(List.of("-T", "fields"));
        for (String field : fields) {
            options.addAll(List.of("-e", field));
        }
        return Tshark.read(file, options.toArray(String[]::new));
    }

    @Test
    void shouldBeReadableWhileItGrows() throws Exception {
        try (PacketCapture capture = PacketCapture.builder(file).open()) {
            CaptureQueue queue = capture.newQueue();
            offer(queue, 1, 200);
            await(() -> capture.stats().writtenPackets() == 1);
            assertThat(read(file)).hasSize(1);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).doesNotMatch(".{7}.*[rwx].*").startsWith("rw-");
        }
    }

    @Test
    void shouldKeepTheNewestFilesAndNoMoreThanTheRingHolds() throws Exception {
        long maxFileBytes = 10_000;
        int packets = 500;
        PacketCapture capture = PacketCapture.builder(file).snapLength(1000).maxFileBytes(maxFileBytes).maxFiles(3).open();
        CaptureQueue queue = capture.newQueue();
        for (int i = 0; i < packets; i++) {
            assertThat(offer(queue, i, 200)).isTrue();
        }
        capture.close();
        assertThat(capture.stats().writtenPackets()).isEqualTo(packets);

        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).map(path -> path.getFileName().toString())
                    .containsExactlyInAnyOrder("capture.pcapng", "capture.pcapng.1", "capture.pcapng.2");
        }
        List<Captured> newest = new ArrayList<>(read(folder.resolve("capture.pcapng.2")));
        newest.addAll(read(folder.resolve("capture.pcapng.1")));
        newest.addAll(read(file));
        assertThat(newest.get(newest.size() - 1).timeNs).isEqualTo(TIME + packets - 1);
        for (int i = 0; i < newest.size(); i++) {
            assertThat(newest.get(i).timeNs).as("no gap").isEqualTo(newest.get(0).timeNs + i);
        }
        for (Path path : List.of(file, folder.resolve("capture.pcapng.1"), folder.resolve("capture.pcapng.2"))) {
            assertThat(Files.size(path)).isLessThanOrEqualTo(maxFileBytes);
        }
    }

    @Test
    void shouldKeepWhatAnEarlierRunCapturedButNotItsEmptyFile() throws Exception {
        for (int run = 0; run < 3; run++) {
            try (PacketCapture capture = PacketCapture.builder(file).open()) {
                if (run == 0) {
                    offer(capture.newQueue(), 1, 200);
                }
            }
        }
        assertThat(read(folder.resolve("capture.pcapng.1"))).hasSize(1);
        assertThat(read(file)).isEmpty();
        assertThat(folder.resolve("capture.pcapng.2")).doesNotExist();

        Files.writeString(file, "not a capture, but somebody's");
        PacketCapture.builder(file).open().close();
        assertThat(folder.resolve("capture.pcapng.1")).hasContent("not a capture, but somebody's");
    }

    @Test
    void shouldCountEveryPacketOfConcurrentWorkersOnce() throws Exception {
        int workers = 3;
        int packets = 20_000;
        long[] accepted = new long[workers];
        PacketCapture capture = PacketCapture.builder(file).snapLength(64).queueBytes(4096).open();
        List<Thread> threads = new ArrayList<>();
        for (int w = 0; w < workers; w++) {
            int worker = w;
            CaptureQueue queue = capture.newQueue();
            threads.add(new Thread(() -> {
                ByteBuffer packet = ByteBuffer.allocateDirect(64).put(0, (byte) 0x45);
                for (int i = 0; i < packets; i++) {
                    accepted[worker] += queue.offerPacket(CaptureDirection.SENT, i, packet, 0, 64, worker, i) ? 1 : 0;
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        capture.close();

        CaptureStats stats = capture.stats();
        assertThat(stats.writtenPackets()).isEqualTo(Stream.of(accepted).flatMapToLong(java.util.Arrays::stream).sum()).isPositive();
        assertThat(stats.droppedQueueFull()).as("queues this small fill up").isPositive()
                .isEqualTo((long) workers * packets - stats.writtenPackets());
        long[] last = {-1, -1, -1};
        for (Captured packet : read(file)) {
            int worker = packet.comment.charAt("sent endpoint=0000000000000000".length()) - '0';
            assertThat(packet.timeNs).as("in order for each worker").isGreaterThan(last[worker]);
            last[worker] = packet.timeNs;
        }
    }

    /** A file system of 32 KiB, full but for what the first packet takes. */
    @Test
    void shouldSurviveAFullDiskAndGoOnWithANewFileWhenThereIsRoom() throws Exception {
        String cause = LinuxTun.unsupportedCause(); // root is what is needed
        assertThat(cause == null || System.getenv("CI") == null).as("CI needs root to mount a small disk: " + cause).isTrue();
        assumeTrue(cause == null, "needs root to mount a small disk: " + cause);
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Path onDisk = disk.resolve("capture.pcapng");
        run("mount", "-t", "tmpfs", "-o", "size=32k", "small", disk.toString());
        try {
            try (PacketCapture capture = PacketCapture.builder(onDisk).snapLength(1000).maxFileBytes(20_000).maxFiles(1)
                    .retryInterval(Duration.ofMillis(20)).open()) {
                CaptureQueue queue = capture.newQueue();
                offer(queue, 0, 1000);
                await(() -> capture.stats().writtenPackets() == 1);
                Path filler = disk.resolve("filler");
                assertThatThrownBy(() -> Files.write(filler, new byte[1 << 20])).isInstanceOf(IOException.class).hasMessageContaining("No space");
                for (int i = 1; i < 30; i++) {
                    offer(queue, i, 1000);
                }
                await(() -> capture.stats().droppedIoError() > 0);
                await(() -> capture.stats().droppedIoError() + capture.stats().writtenPackets() == 30);
                Files.delete(filler);
                Thread.sleep(50);
                offer(queue, 100, 500);
                await(() -> capture.stats().droppedIoError() + capture.stats().writtenPackets() == 31);
                assertThat(capture.stats().droppedQueueFull()).isZero();
            }
            assertThat(read(onDisk)).extracting(Captured::timeNs).endsWith(TIME + 100);
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    @Test
    void shouldKeepGoodCapturesWhileTheDiskStaysFull() throws Exception {
        PacketCapture.Builder settings = PacketCapture.builder(file).snapLength(1000).maxFileBytes(10_000).maxFiles(2)
                .retryInterval(Duration.ofMillis(10));
        Path good = folder.resolve("capture.pcapng.1");
        try (PacketCapture capture = settings.open()) {
            CaptureQueue queue = capture.newQueue();
            for (int i = 0; i < 5; i++) {
                offer(queue, i, 1000);
            }
            await(() -> capture.stats().writtenPackets() == 5);
            Files.createDirectory(good); // neither file can be moved there nor a new one begun
            Files.writeString(good.resolve("in the way"), "");
            for (int i = 5; i < 20; i++) {
                offer(queue, i, 1000);
                Thread.sleep(5);
            }
            await(() -> capture.stats().droppedIoError() > 0);
            assertThat(read(file)).as("the full file stays as it is").hasSizeBetween(6, 10);
            Files.delete(good.resolve("in the way"));
            Files.delete(good);
            Thread.sleep(30);
            offer(queue, 100, 500);
            await(() -> Files.isRegularFile(good) && capture.stats().writtenPackets() + capture.stats().droppedIoError() == 21);
        }
        assertThat(read(good)).extracting(Captured::timeNs).startsWith(TIME, TIME + 1, TIME + 2, TIME + 3, TIME + 4);
        assertThat(read(file)).extracting(Captured::timeNs).endsWith(TIME + 100);
    }

    @Test
    void shouldWriteWhatWasQueuedBeforeTheCloseAndRefuseWhatComesAfter() throws IOException {
        PacketCapture capture = PacketCapture.builder(file).open();
        CaptureQueue queue = capture.newQueue();
        for (int i = 0; i < 5000; i++) {
            assertThat(offer(queue, i, 100)).isTrue();
        }
        capture.close();
        capture.close();

        assertThat(offer(queue, 1, 100)).isFalse();
        assertThat(read(file)).hasSize(5000);
        assertThatThrownBy(capture::newQueue).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().equals("gwlb-capture"));
    }

    @Test
    void shouldSayWhatToDoWhenTheFileCannotBeBegun() throws IOException {
        assertThatThrownBy(() -> PacketCapture.builder(folder.resolve("missing/capture.pcapng")).open())
                .isInstanceOf(IOException.class).hasMessageContaining("mkdir -p " + folder.resolve("missing"));
        assertThatThrownBy(() -> PacketCapture.builder(folder).open()).isInstanceOf(IOException.class).hasMessageContaining("name a file in it");
        assertThatThrownBy(() -> PacketCapture.builder(Path.of("/dev/null")).open()).isInstanceOf(IOException.class).hasMessageContaining("device");
        if (Files.isDirectory(Path.of("/proc/self"))) {
            assertThatThrownBy(() -> PacketCapture.builder(Path.of("/proc/self/capture.pcapng")).open()).isInstanceOf(IOException.class)
                    .hasMessageContaining("/proc/self").hasMessageContaining("choose another file");
        }
        Files.write(file, new byte[0]);
        try (PacketCapture capture = PacketCapture.builder(file).open()) {
            assertThat(capture.stats()).isEqualTo(new CaptureStats(0, 0, 0, 0));
        }
        assertThat(new String(Files.readAllBytes(file), UTF_8)).contains("gwlb4j");
    }

    @Test
    void shouldNameTheSettingThatIsOutOfRange() {
        assertOutOfRange(PacketCapture.builder(file).snapLength(63), "snapLength");
        assertOutOfRange(PacketCapture.builder(file).snapLength(65_536), "snapLength");
        assertOutOfRange(PacketCapture.builder(file).maxFileBytes(65_535), "maxFileBytes");
        assertOutOfRange(PacketCapture.builder(file).maxFiles(0), "maxFiles");
        assertOutOfRange(PacketCapture.builder(file).maxFiles(1001), "maxFiles");
        assertOutOfRange(PacketCapture.builder(file).queueBytes(65_536), "queueBytes");
        assertOutOfRange(PacketCapture.builder(file).retryInterval(Duration.ZERO), "retryInterval");
        assertThat(file).doesNotExist();
    }

    private static void assertOutOfRange(PacketCapture.Builder settings, String name) {
        assertThatThrownBy(settings::open).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(name);
    }
}
