package io.github.gwlb4j.benchmarks.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The files of one appliance, under the report's directory. {@code disk} is a small file system of its own, which a fault can fill:
 * the capture and the log are there.
 */
final class SoakFiles implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 16;

    private final Path directory;
    private final AtomicInteger starts = new AtomicInteger();

    private SoakFiles(Path directory) {
        this.directory = directory;
    }

    static SoakFiles create(Path report, Role role) throws IOException, InterruptedException {
        SoakFiles files = new SoakFiles(report.resolve(role.label()).toAbsolutePath());
        Files.createDirectories(files.disk());
        Commands.run("mount", "-t", "tmpfs", "-o", "size=16m", "gwlb4j-soak", files.disk().toString());
        files.script("create.sh", """
                #!/bin/sh
                # Sends back what comes in, by a routing table of the tunnel's own. Hangs while the soak test says so.
                [ -e "%s" ] && exec sleep 600
                table=$(ip -o link show dev "$3" | cut -d: -f1)
                for family in -4 -6; do
                    ip $family rule add iif "$2" table "$table" && ip $family route add default dev "$3" table "$table" || exit 1
                done
                """.formatted(files.hangFile()));
        files.script("destroy.sh", """
                #!/bin/sh
                for family in -4 -6; do
                    ip $family rule del iif "$2"
                done
                """);
        return files;
    }

    private void script(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    Path directory() {
        return directory;
    }

    Path disk() {
        return directory.resolve("disk");
    }

    Path log() {
        return disk().resolve("appliance.log");
    }

    /** While it exists, create scripts hang. */
    Path hangFile() {
        return directory.resolve("hang");
    }

    /** Another one for each start, as the JVM begins it anew. */
    Path safepointLog() {
        return directory.resolve("safepoints-" + starts.incrementAndGet() + ".log");
    }

    Path filler() {
        return disk().resolve("filler");
    }

    /** Takes all room on the disk. */
    void fillDisk() throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        try (var out = Files.newOutputStream(filler())) {
            while (true) {
                out.write(chunk);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space")) {
                throw e;
            }
        }
    }

    /** How many lines of the log contain a text, of all processes so far. */
    long logLines(String text) throws IOException {
        try (Stream<String> lines = Files.lines(log(), StandardCharsets.ISO_8859_1)) { // a full disk may have cut a character
            return lines.filter(line -> line.contains(text)).count();
        }
    }

    /** Keeps the log, and gives the disk back. */
    @Override
    public void close() throws IOException, InterruptedException {
        if (Files.exists(log())) {
            Files.copy(log(), directory.resolve("appliance.log"), StandardCopyOption.REPLACE_EXISTING);
        }
        Commands.run("umount", disk().toString());
    }
}
