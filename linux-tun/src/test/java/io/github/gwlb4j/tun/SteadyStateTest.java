package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the forwarding loop does while it runs: allocates nothing, and makes no system calls but those for packets. */
@Timeout(60)
class SteadyStateTest {

    private static final long BYTES = 100_000_000;
    /** What a JVM thread does when it is stopped for the garbage collector. */
    private static final String JVM_CALLS = "futex|gettid|mprotect|madvise|sched_yield|rt_sig\\w+|restart_syscall";

    @TempDir
    private Path directory;

    @BeforeEach
    void needTun() {
        Requirements.tun();
    }

    @ParameterizedTest
    @EnumSource(Forwarder.Mode.class)
    void shouldAllocateNothingForEachPacket(Forwarder.Mode mode) throws Exception {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (ForwarderLab lab = new ForwarderLab(OffloadPolicy.REQUIRE, mode, 1500)) {
            lab.transfer(false, BYTES);
            long before = threads.getThreadAllocatedBytes(lab.forwarder.javaThreadId());
            long packets = lab.forwarder.forwarded();
            lab.transfer(false, BYTES);
            double bytesForEach = (double) (threads.getThreadAllocatedBytes(lab.forwarder.javaThreadId()) - before)
                    / (lab.forwarder.forwarded() - packets);
            assertThat(bytesForEach).as("bytes a packet").isLessThan(0.5);
        }
    }

    @ParameterizedTest
    @EnumSource(Forwarder.Mode.class)
    void shouldMakeNoSystemCallsButThoseForPackets(Forwarder.Mode mode) throws Exception {
        String strace = Requirements.tool("strace", "strace").toString();
        Path log = directory.resolve("strace.log");
        Path messages = directory.resolve("strace.messages");
        try (ForwarderLab lab = new ForwarderLab(OffloadPolicy.REQUIRE, mode, 1500)) {
            lab.transfer(false, BYTES);
            Process tracer = new ProcessBuilder(strace, "-qq", "-o", log.toString(), "-p", Integer.toString(lab.forwarder.kernelThreadId()))
                    .redirectErrorStream(true).redirectOutput(messages.toFile()).start();
            // It takes a moment to attach, and some traffic to see a steady state.
            for (int i = 0; i < 100 && tracer.isAlive() && (!Files.exists(log) || Files.size(log) < 100_000); i++) {
                lab.transfer(false, BYTES / 20);
            }
            tracer.destroy();
            assertThat(tracer.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        Requirements.require(Files.exists(log) && Files.size(log) > 0, "needs the right to trace its own threads: "
                + Files.readString(messages));
        Map<String, Integer> calls = new TreeMap<>();
        for (String line : Files.readAllLines(log)) {
            if (line.matches("\\w+\\(.*")) {
                calls.merge(line.substring(0, line.indexOf('(')), 1, Integer::sum);
            }
        }
        calls.keySet().removeIf(call -> call.matches(JVM_CALLS));
        assertThat(calls.keySet()).isSubsetOf("poll", "read", "readv", "write", "writev").contains("poll", "read");
    }
}
