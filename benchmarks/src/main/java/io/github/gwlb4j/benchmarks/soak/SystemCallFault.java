package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.benchmarks.soak.Fault.Effect;
import io.github.gwlb4j.benchmarks.soak.Fault.Evidence;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes every third send of a process fail for some seconds, by strace(1) with {@code --inject}: the program under test is as it is, and
 * what it gets is what the kernel would give it. For ENOBUFS, because Linux hides it from UDP sockets unless they ask for errors
 * (IP_RECVERR), and for EIO on UDP_SEGMENT, which kernels since 6.11 do not say any more.
 */
final class SystemCallFault {
    private static final long ATTACH_MS = 400;
    private static final Duration LENGTH = Duration.ofSeconds(3);

    private SystemCallFault() {
    }

    static Fault of(String name, Role role, String errno, String reason) {
        return Fault.of(name, role, Effect.STOPS, "every third sendmmsg fails with " + errno + " (strace -e inject)").lasting(0)
                .begin(unit -> inject(unit, errno)).seen(Evidence.dropped(reason));
    }

    /** A process whose offload was refused once does without it from then on: so it hits only an appliance whose process changes. */
    static Fault offloadRefused(Role role) {
        return of("offload-eio", role, "EIO", "SEND_FAILED").seen(Evidence.logged("UDP_SEGMENT: EIO"));
    }

    private static void inject(SoakUnit unit, String errno) throws IOException, InterruptedException {
        Process tracer = new ProcessBuilder("strace", "-f", "-q", "-o", "/dev/null", "-p", Long.toString(unit.process().pid()),
                "-e", "trace=sendmmsg", "-e", "inject=sendmmsg:error=" + errno + ":when=1+3")
                .redirectErrorStream(true).redirectOutput(unit.files().directory().resolve("strace.log").toFile()).start();
        Thread.sleep(ATTACH_MS + LENGTH.toMillis());
        if (!tracer.isAlive()) {
            throw new IOException("strace has ended with " + tracer.exitValue() + "; see strace.log in " + unit.files().directory());
        }
        tracer.destroy(); // SIGTERM: it lets go of the process
        if (!tracer.waitFor(10, TimeUnit.SECONDS)) {
            tracer.destroyForcibly();
        }
    }
}
