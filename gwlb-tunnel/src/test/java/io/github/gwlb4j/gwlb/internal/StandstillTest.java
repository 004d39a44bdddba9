package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.hook.ScriptHook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** With a real hook script that hangs. */
@Timeout(30)
@DisabledOnOs(OS.WINDOWS)
class StandstillTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private Path folder;
    private Path script;
    private Path mayEnd;
    private TunnelManager tunnels;
    private Standstill standstill;

    @BeforeEach
    void hang() throws Exception {
        mayEnd = folder.resolve("may-end");
        script = Files.writeString(folder.resolve("create.sh"), "#!/bin/sh\nwhile [ -d " + folder + " -a ! -e " + mayEnd + " ]; do sleep 0.05; done\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        TunnelRules rules = new TunnelRules(new Admission(List.of(), List.of()), new EndpointModes(TunnelMode.INLINE, Map.of()), 10,
                Duration.ofHours(1).toNanos(), 1, 1, Set.of(), 1, SECOND_NS);
        tunnels = new TunnelManager(rules, 1, List.of(ScriptHook.builder().createScript(script).build()), (endpointId, mode) -> {
            throw new AssertionError("inline tunnels have no interfaces");
        }, new ReadableTunnels(1), task -> new Thread(task, "hook").start(), System::nanoTime, () -> { }, () -> { });
        standstill = new Standstill(new ControlThread("control", tunnels, new TunnelCallbacks(1), () -> { }, () -> { }), tunnels,
                new Workers(new WorkerSettings(1, new int[0], 0), null, System::nanoTime, () -> { }, () -> { }), null);
        tunnels.tunnelOf(0xabc);
        tunnels.doWork();
    }

    @Test
    void shouldGiveUpAndNameTheHookScriptWhenItDoesNotReturnInTime() throws Exception {
        while (!String.valueOf(standstill.begin(SECOND_NS / 10, () -> true)).contains("hook script")) {
            Thread.sleep(10); // its thread may not have begun
        }
        assertThat(standstill.begin(SECOND_NS / 10, () -> true)).contains("tunnel vpce-00000000000000abc is ")
                .contains("hook script " + script + " has not returned").contains("try again later");
        Files.createFile(mayEnd);
    }

    @Test
    void shouldRestAsSoonAsTheHookScriptHasReturned() throws Exception {
        Thread control = new Thread(() -> {
            while (tunnels.tunnelOf(0xabc).life().isBusy()) {
                tunnels.doWork();
            }
        });
        Files.createFile(mayEnd);
        control.start();
        control.join();
        assertThat(standstill.begin(20 * SECOND_NS, () -> true)).isNull();
        standstill.end();
    }

    @Test
    void shouldGiveUpAtOnceWhenNobodyWantsItAnyMore() throws Exception {
        AtomicBoolean isWanted = new AtomicBoolean(true);
        new Thread(() -> {
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            isWanted.set(false);
        }).start();
        long startNs = System.nanoTime();
        assertThat(standstill.begin(25 * SECOND_NS, isWanted::get)).contains("the new process has given up");
        assertThat(System.nanoTime() - startNs).isLessThan(10 * SECOND_NS);
        Files.createFile(mayEnd);
    }
}
