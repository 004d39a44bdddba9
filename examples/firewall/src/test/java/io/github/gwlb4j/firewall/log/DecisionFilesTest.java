package io.github.gwlb4j.firewall.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rotation, and a disk that does not do as it should. */
@Timeout(60)
@SuppressWarnings("try") // logs are closed early, to look at what they have written
class DecisionFilesTest {
    private static final byte[] TCP = PacketBuilder.ipv4("10.1.2.3", "192.0.2.9").tcp(40_000, 443).payload(100).build();
    private static final int FILE_BYTES = 4096;

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("decisions.jsonl");
    }

    private static DecisionLog.Builder log(Path file) {
        return DecisionLog.builder(file).linesPerSecond(1_000_000).queueDecisions(1 << 14).retryInterval(Duration.ofMillis(20));
    }

    private static void decide(DecisionQueue queue, int from, int to) throws Exception {
        WithinHandler.run(TCP, packet -> {
            for (int i = from; i < to; i++) {
                queue.decided(packet, null, null, Action.DENY, DecisionCause.NAME, Integer.toString(i));
            }
        });
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    private static List<Integer> names(List<JsonNode> lines) {
        return lines.stream().filter(line -> line.has("name")).map(line -> line.get("name").asInt()).toList();
    }

    @Test
    void shouldRotateAndKeepTheNewestFilesWithinTheTotal() throws Exception {
        int decisions = 500;
        long total = 5 * FILE_BYTES;
        for (int run = 0; run < 2; run++) {
            try (DecisionLog log = log(file).maxFileBytes(FILE_BYTES).maxTotalBytes(total).open()) {
                decide(log.newQueue(), run * decisions, (run + 1) * decisions);
            }
        }
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.toList();
        }
        assertThat(files).hasSizeBetween(4, 5);
        assertThat(files.stream().mapToLong(path -> path.toFile().length()).sum()).isLessThanOrEqualTo(total);
        assertThat(files).extracting(path -> path.getFileName().toString())
                .allMatch(name -> name.matches("decisions\\.jsonl(\\.\\d{4}-\\d\\d-\\d\\d\\.\\d+)?"));
        List<Integer> names = new ArrayList<>();
        for (Path path : files) {
            names.addAll(names(DecisionLogTest.read(path)));
        }
        assertThat(names.stream().sorted().toList()).as("the newest, without a gap").isEqualTo(
                Stream.iterate(2 * decisions - names.size(), i -> i + 1).limit(names.size()).toList()).hasSizeGreaterThan(40);
    }

    @Test
    void shouldBeReadableByOwnerAndGroupOnly() throws Exception {
        log(file).open().close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).startsWith("rw-").endsWith("---");
    }

    @Test
    void shouldContinueAFileAndCutOffALineThatACrashLeftIncomplete() throws Exception {
        Files.writeString(file, "{\"name\":1}\n{\"name\":2}\n{\"na");
        try (DecisionLog log = log(file).open()) {
            decide(log.newQueue(), 3, 5);
        }
        assertThat(names(DecisionLogTest.read(file))).containsExactly(1, 2, 3, 4);
    }

    @Test
    void shouldBeginAnewWhenTheFileIsDeletedOrMoved() throws Exception {
        try (DecisionLog log = log(file).open()) {
            DecisionQueue queue = log.newQueue();
            decide(queue, 0, 1);
            await("the first line", () -> log.stats().written() == 1);
            Files.move(file, folder.resolve("moved"));
            await("a new file", () -> Files.exists(file));
            decide(queue, 1, 2);
            await("the second line", () -> log.stats().written() == 2);
            Files.delete(file);
            await("a new file", () -> Files.exists(file));
            decide(queue, 2, 3);
        }
        assertThat(names(DecisionLogTest.read(folder.resolve("moved")))).containsExactly(0);
        assertThat(names(DecisionLogTest.read(file))).containsExactly(2);
    }

    @Test
    void shouldCountWhatAFullDiskTakesNotAndTellItOnceAndGoOn() throws Exception {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full), "no /dev/full: not Linux");
        ByteArrayOutputStream humanLog = new ByteArrayOutputStream();
        PrintStream stderr = System.err;
        System.setErr(new PrintStream(humanLog, true));
        try (DecisionLog log = log(file).open()) {
            DecisionQueue queue = log.newQueue();
            Files.delete(file);
            Files.createSymbolicLink(file, full);
            int[] told = new int[1];
            await("lines that fail", () -> {
                decide(queue, 0, 10);
                told[0] += 10;
                return log.stats().droppedIoError() >= 50;
            });
            await("an empty queue: what is in it would go into the new file", () -> {
                DecisionLogStats stats = log.stats();
                return stats.written() + stats.droppedIoError() + stats.droppedQueueFull() + stats.rateLimited() == told[0];
            });
            long written = log.stats().written();
            Files.delete(file);
            await("a new file", () -> Files.exists(file));
            decide(queue, 1000, 1002);
            await("lines again", () -> log.stats().written() == written + 2);
        } finally {
            System.setErr(stderr);
        }
        List<JsonNode> lines = DecisionLogTest.read(file);
        assertThat(lines.get(0).get("reason").asText()).isEqualTo("write-failed");
        assertThat(lines.get(0).get("lines").asLong()).isGreaterThanOrEqualTo(50);
        assertThat(names(lines)).containsExactly(1000, 1001);
        assertThat(humanLog.toString()).containsOnlyOnce("No space left on device").containsOnlyOnce("is written again");
    }

    @Test
    void shouldLoseNoWholeLineAndWriteNoHalfOneWhenARealDiskFillsUp() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        boolean isMounted = succeeds("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString());
        if (!isMounted && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI=true and the test cannot run: no permission to mount a tmpfs");
        }
        Assumptions.assumeTrue(isMounted, "needs the permission to mount a tmpfs: run as root");
        try {
            fillDiskAndMakeRoom(disk);
            assertThat(succeeds("umount", disk.toString())).as("nothing is left open").isTrue();
        } finally {
            succeeds("umount", "-l", disk.toString());
        }
    }

    private static void fillDiskAndMakeRoom(Path disk) throws Exception {
        Path filler = Files.write(disk.resolve("filler"), new byte[32 << 10]);
        Path file = disk.resolve("decisions.jsonl");
        DecisionLog log = log(file).open();
        DecisionQueue queue = log.newQueue();
        decide(queue, 0, 500);
        await("a full disk", () -> log.stats().droppedIoError() + log.stats().written() == 500);
        assertThat(log.stats().droppedIoError()).isPositive();
        Files.delete(filler);
        await("room again", () -> {
            decide(queue, 500, 501);
            return Files.readString(file).contains("\"name\":\"500\"");
        });
        Files.write(filler, new byte[24 << 10]);
        long lost = log.stats().droppedIoError();
        long told = lost + log.stats().written();
        decide(queue, 501, 1000);
        await("a full disk again", () -> log.stats().droppedIoError() + log.stats().written() >= told + 499);
        assertThat(log.stats().droppedIoError()).isGreaterThan(lost);
        Files.delete(filler);
        await("room again", () -> {
            decide(queue, 1000, 1001);
            return Files.readString(file).contains("\"name\":\"1000\"");
        });
        log.close();
        List<JsonNode> lines = DecisionLogTest.read(file);
        List<Integer> names = names(lines);
        assertThat(names).hasSize((int) log.stats().written());
        int before = names.indexOf(500);
        assertThat(names.subList(0, before)).as("without a gap").isEqualTo(Stream.iterate(0, i -> i + 1).limit(before).toList());
        assertThat(lines.stream().mapToLong(line -> line.path("lines").asLong()).sum()).as("told once each").isEqualTo(log.stats().droppedIoError());
    }

    private static boolean succeeds(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
