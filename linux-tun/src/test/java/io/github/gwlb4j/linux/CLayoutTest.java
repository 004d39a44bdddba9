package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.gwlb4j.tun.Requirements;

/**
 * Every number taken from a C header is compared with the C compiler's, and with what it printed on x86-64 and arm64
 * ({@code layout-*.txt}; to record again, run the test with {@code -Dgwlb4j.layout.print=true} and take what it prints).
 */
class CLayoutTest {

    private static final String PROLOGUE = """
            #define _GNU_SOURCE
            #include <stddef.h>
            #include <stdio.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <poll.h>
            #include <pwd.h>
            #include <sched.h>
            #include <sys/eventfd.h>
            #include <sys/ioctl.h>
            #include <sys/mman.h>
            #include <sys/prctl.h>
            #include <sys/resource.h>
            #include <sys/socket.h>
            #include <sys/uio.h>
            #include <sys/un.h>
            #include <netinet/in.h>
            #include <linux/capability.h>
            #include <linux/filter.h>
            #include <linux/if.h>
            #include <linux/if_addr.h>
            #include <linux/if_link.h>
            #include <linux/if_tun.h>
            #include <linux/netlink.h>
            #include <linux/rtnetlink.h>
            #include <linux/sock_diag.h>
            #include <linux/sockios.h>
            #include <linux/udp.h>
            #include <linux/virtio_net.h>
            #ifndef TUN_F_USO4 /* headers before 6.2 */
            #define TUN_F_USO4 0x20
            #define TUN_F_USO6 0x40
            #endif
            #ifndef NETLINK_GET_STRICT_CHK
            #define NETLINK_GET_STRICT_CHK 12
            #endif
            int main(void) {
            """;

    @TempDir
    private Path directory;

    private static Map<String, Long> javaValues() throws IllegalAccessException {
        Map<String, Long> values = new TreeMap<>();
        for (Class<?> type : new Class<?>[] {CStructs.class, CConstants.class}) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getType() == int.class && !field.isSynthetic()) {
                    field.setAccessible(true);
                    values.put(field.getName(), Integer.toUnsignedLong(field.getInt(null)));
                }
            }
        }
        for (Errno errno : Errno.values()) {
            if (errno != Errno.OTHER) {
                values.put(errno.name(), (long) errno.number());
            }
        }
        return values;
    }

    private static Map<String, String> resource(String name) throws IOException {
        Map<String, String> lines = new TreeMap<>();
        try (InputStream in = CLayoutTest.class.getResourceAsStream(name);
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            reader.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                int space = line.indexOf(' ');
                lines.put(line.substring(0, space), line.substring(space + 1));
            });
        }
        return lines;
    }

    private static String program() throws IOException {
        StringBuilder program = new StringBuilder(PROLOGUE);
        Map<String, String> expressions = resource("c-expressions.txt");
        Stream.of(Errno.values()).filter(errno -> errno != Errno.OTHER).forEach(errno -> expressions.put(errno.name(), errno.name()));
        expressions.forEach((name, expression) -> program.append("printf(\"").append(name).append(" %lu\\n\", (unsigned long)(unsigned)(")
                .append(expression).append("));\n"));
        return program.append("return 0; }\n").toString();
    }

    @Test
    void shouldEqualWhatTheCompilerSays() throws Exception {
        String compiler = Requirements.tool("gcc", "gcc libc6-dev linux-libc-dev").toString();
        Path source = Files.writeString(directory.resolve("layout.c"), program());
        Path binary = directory.resolve("layout");
        Process gcc = new ProcessBuilder(compiler, "-o", binary.toString(), source.toString()).redirectErrorStream(true).start();
        assertThat(new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
        assertThat(gcc.waitFor()).isZero();
        Process run = new ProcessBuilder(binary.toString()).start();
        Map<String, Long> printed = new TreeMap<>();
        for (String line : new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
            if (Boolean.getBoolean("gwlb4j.layout.print")) {
                System.out.println(line);
            }
            printed.put(line.split(" ")[0], Long.parseLong(line.split(" ")[1]));
        }
        assertThat(javaValues()).isEqualTo(printed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"amd64", "aarch64"})
    void shouldEqualTheRecordedTableOf(String architecture) throws Exception {
        Map<String, Long> recorded = new TreeMap<>();
        resource("layout-" + architecture + ".txt").forEach((name, value) -> recorded.put(name, Long.parseLong(value)));
        assertThat(javaValues()).isEqualTo(recorded);
    }

    /** Writes the C program to a file, to be compiled for another architecture. */
    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[0]), program());
    }
}
