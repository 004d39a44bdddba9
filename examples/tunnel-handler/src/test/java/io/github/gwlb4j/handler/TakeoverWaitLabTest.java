package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Handlers, as processes, that take over from one whose hook script does not return, or that start while another one ends. */
@Timeout(120)
class TakeoverWaitLabTest {
    private static final Duration SHORT = Duration.ofSeconds(10);
    private static final long ENDPOINT = 0x0123456789abcdefL;
    private static final long HANGING = 0xabcL;

    @TempDir
    private Path folder;
    private LiveLab lab;
    private final List<HandlerProcess> handlers = new ArrayList<>();
    private Path hook;
    private Path log;
    private Path mayEnd;

    @BeforeAll
    static void requireRoot() {
        LabRequirements.check();
    }

    /** Lets one site's traffic through; for the other site, and for DESTROY, waits for a file. */
    @BeforeEach
    void start() throws Exception {
        mayEnd = folder.resolve("may-end");
        log = Files.createFile(folder.resolve("hook.log"));
        hook = Files.writeString(folder.resolve("hook.sh"), """
                #!/bin/sh
                echo "$1 $4" >> %1$s
                if [ "$1 $4" = "CREATE 00123456789abcdef" ]; then
                    sysctl -q -w net.ipv4.ip_forward=1
                    ip rule add iif $2 table 100
                    ip route replace default dev $3 table 100
                else
                    while [ ! -e %2$s ]; do sleep 0.05; done
                fi
                """.formatted(log, mayEnd));
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
        lab = LiveLab.builder().site(ENDPOINT).site(HANGING).start();
    }

    @AfterEach
    void end() throws Exception {
        if (!Files.exists(mayEnd)) {
            Files.createFile(mayEnd);
        }
        handlers.forEach(HandlerProcess::close);
        if (lab != null) {
            lab.close();
        }
    }

    private HandlerProcess launch() throws Exception {
        HandlerProcess launched = HandlerProcess.launch(lab, SecondNode.NICENESS, "-c", hook.toString(), "-r", hook.toString(), "-p",
                Integer.toString(HandlerProcess.HEALTH_PORT), "--takeover", folder.resolve("t.sock").toString());
        handlers.add(launched);
        return launched;
    }

    private HandlerProcess startAndPing() throws Exception {
        HandlerProcess started = launch();
        started.awaitOutput(" ready");
        assertPings();
        return started;
    }

    private void assertPings() throws Exception {
        CommandResult ping = lab.site(0).client().run(SHORT, "ping", "-c", "2", "-i", "0.2", "-W", "5", "10.30.0.2");
        assertThat(ping.isSuccess()).as("%s", ping).isTrue();
    }

    private void awaitHook(String call) throws Exception {
        for (long startNs = System.nanoTime(); !Files.readAllLines(log).contains(call); Thread.sleep(20)) {
            assertThat(System.nanoTime() - startNs).isLessThan(SHORT.toNanos());
        }
    }

    @Test
    void shouldEndSoonAfterASignalWhileTheOtherOnesHookIsWaitedForAndThatOneGoesOn() throws Exception {
        HandlerProcess running = startAndPing();
        lab.site(1).client().run(SHORT, "ping", "-c", "1", "-W", "0.1", "10.30.0.2");
        awaitHook("CREATE 00000000000000abc");
        HandlerProcess taker = launch();
        running.awaitOutput("the takeover waits: tunnel vpce-00000000000000abc is CREATING and hook script " + hook + " has not returned");

        long startNs = System.nanoTime();
        taker.signal("TERM");
        CommandResult end = taker.waitFor();
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
        System.out.println("a process that waits for another one's hook ends " + tookMs + " ms after SIGTERM");
        assertThat(end.exitCode()).as("%s", end).isZero();
        assertThat(tookMs).as("%s", end).isLessThan(10_000);
        running.awaitOutput("no hand-over to process " + taker.pid() + ", this one goes on: the new process has given up");
        assertPings();

        Files.createFile(mayEnd);
        HandlerProcess next = launch();
        next.awaitOutput(" ready");
        assertThat(running.waitFor().exitCode()).isZero();
        assertPings();
        assertThat(Files.readAllLines(log)).containsExactly("CREATE 00123456789abcdef", "CREATE 00000000000000abc");
        next.stop();
    }

    /** Its port and its interfaces are not free before. */
    @Test
    void shouldWaitUntilOneThatWasToldToStopHasRunItsHooks() throws Exception {
        HandlerProcess running = startAndPing();
        running.signal("TERM");
        awaitHook("DESTROY 00123456789abcdef");
        HandlerProcess next = launch();
        next.awaitOutput("is starting, closing or handing over at this moment: waiting, 60 s at most");
        Files.createFile(mayEnd);
        assertThat(running.waitFor().exitCode()).isZero();
        next.awaitOutput(" ready");
        assertPings();
        next.stop();
    }
}
