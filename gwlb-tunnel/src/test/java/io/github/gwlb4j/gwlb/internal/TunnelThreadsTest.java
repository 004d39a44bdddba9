package io.github.gwlb4j.gwlb.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.hook.ScriptHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tunnels with a real control thread and real callback threads; listeners that hang, and tunnels asked for from everywhere. */
@Timeout(60)
class TunnelThreadsTest {
    private static final long JOIN_MS = 20_000;

    private final TunnelHarness harness = new TunnelHarness();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch isInside = new CountDownLatch(1);
    private ControlThread control;

    private void start(TunnelListener listener) {
        TunnelCallbacks callbacks = new TunnelCallbacks(harness.maxCallbacks);
        harness.listener = listener;
        harness.callbacks = callbacks;
        harness.time = System::nanoTime;
        harness.readable.retire(0); // no worker reads
        harness.readable.retire(1);
        harness.wakeControl = () -> control.wake();
        harness.start();
        control = new ControlThread("gwlb4j-control", harness.manager, callbacks, () -> { }, () -> { });
        control.start();
    }

    @AfterEach
    void stop() {
        gate.countDown();
        assertThat(control.stop(JOIN_MS)).isTrue();
        await(() -> Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().startsWith("gwlb4j-")));
        assertThat(harness.interfaces).isEmpty();
        assertThat(harness.manager.stats()).isEmpty();
    }

    private static void await(BooleanSupplier condition) {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - startNs).as("waited in vain, ns").isLessThan(TimeUnit.SECONDS.toNanos(20));
            Thread.yield();
        }
    }

    private void hang() {
        isInside.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Hangs in the callback of one endpoint; tells the harness all the same. */
    private TunnelListener hangingIn(TunnelPhase phase, long endpointId) {
        return new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                if (phase == TunnelPhase.CREATING && tunnel.endpointId() == endpointId) {
                    hang();
                }
                harness.onCreated(tunnel);
            }

            @Override
            public TimeoutDecision onTimedOut(Tunnel tunnel) {
                if (phase == TunnelPhase.ACTIVE && tunnel.endpointId() == endpointId) {
                    hang();
                }
                return harness.onTimedOut(tunnel);
            }

            @Override
            public void onDestroyed(Tunnel tunnel, Reason reason) {
                if (phase == TunnelPhase.DESTROYING && tunnel.endpointId() == endpointId) {
                    hang();
                }
                harness.onDestroyed(tunnel, reason);
            }
        };
    }

    /** Brings endpoint 1 to where its listener hangs. */
    private void startHanging(TunnelPhase phase) throws InterruptedException {
        harness.idle = phase == TunnelPhase.ACTIVE ? Duration.ofMillis(1) : Duration.ofHours(1);
        start(hangingIn(phase, 1));
        harness.manager.create(1);
        if (phase == TunnelPhase.DESTROYING) {
            await(() -> harness.phase(1).equals("ACTIVE"));
            harness.manager.destroy(1);
        }
        assertThat(isInside.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"CREATING", "ACTIVE", "DESTROYING"})
    void shouldDelayOnlyItsOwnTunnelWhenAListenerHangs(TunnelPhase phase) throws InterruptedException {
        startHanging(phase);

        for (long endpointId = 2; endpointId < 10; endpointId++) {
            long other = endpointId;
            harness.manager.create(other);
            await(() -> harness.told.contains("created " + other));
            harness.manager.destroy(other);
            await(() -> harness.phase(other).equals("NONE"));
        }
        assertThat(harness.phase(1)).isEqualTo(phase.name());
        gate.countDown();
        await(() -> harness.phase(1).equals(phase == TunnelPhase.CREATING ? "ACTIVE" : "NONE"));
    }

    @ParameterizedTest
    @EnumSource(names = {"CREATING", "ACTIVE", "DESTROYING"})
    void shouldCloseInTimeWhateverCallbackHangsAndTellTheEndLate(TunnelPhase phase) throws InterruptedException {
        startHanging(phase);
        harness.manager.create(2);
        await(() -> harness.told.contains("created 2"));

        assertThat(control.stop(JOIN_MS)).isTrue();

        assertThat(harness.interfaces).isEmpty();
        assertThat(harness.manager.stats()).isEmpty();
        assertThat(harness.told).anyMatch(what -> what.startsWith("destroyed 2")).noneMatch(what -> what.startsWith("destroyed 1"));
        gate.countDown();
        await(() -> harness.told.stream().filter(what -> what.startsWith("destroyed 1")).count() == 1);
    }

    @Test
    void shouldCloseAllTunnelsTellingOfEach() {
        start(harness);
        for (long endpointId = 0; endpointId < 50; endpointId++) {
            harness.manager.create(endpointId);
        }
        await(() -> harness.manager.tunnelsCreated() == 50);

        assertThat(control.stop(JOIN_MS)).isTrue();
        assertThat(control.stop(JOIN_MS)).isTrue();

        assertThat(harness.told).filteredOn(what -> what.matches("destroyed \\d+ CLOSED")).hasSize(50);
    }

    @ParameterizedTest
    @EnumSource(names = {"CREATING", "DESTROYING"})
    void shouldNotWaitForItselfWhenAListenerCloses(TunnelPhase phase) throws InterruptedException {
        CountDownLatch returned = new CountDownLatch(1);
        harness.closeTimeout = Duration.ofSeconds(20);
        start(new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                close(TunnelPhase.CREATING);
                harness.onCreated(tunnel);
            }

            @Override
            public void onDestroyed(Tunnel tunnel, Reason reason) {
                close(TunnelPhase.DESTROYING);
                harness.onDestroyed(tunnel, reason);
            }

            private void close(TunnelPhase when) {
                if (phase == when) {
                    assertThat(control.stop(0)).isTrue();
                    returned.countDown();
                }
            }
        });
        harness.manager.create(1);
        await(() -> phase == TunnelPhase.CREATING || harness.phase(1).equals("ACTIVE"));
        harness.manager.destroy(1);

        assertThat(returned.await(5, TimeUnit.SECONDS)).isTrue();
        await(() -> harness.phase(1).equals("NONE"));
        assertThat(harness.told).hasSize(2).first().isEqualTo("created 1");
    }

    @Test
    void shouldNeverMakeTwoCallbacksOfOneEndpointAtATimeNorMoreThanTheMaximumInAll() throws InterruptedException {
        int endpoints = 4;
        Map<Long, Tunnel> living = new ConcurrentHashMap<>();
        Map<Long, Thread> inside = new ConcurrentHashMap<>();
        List<String> violations = new CopyOnWriteArrayList<>();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger rounds = new AtomicInteger();
        harness.idle = Duration.ofMillis(1);
        harness.maxCallbacks = 3;
        harness.closeTimeout = Duration.ofSeconds(10);
        start(new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                enter(tunnel, () -> check(living.put(tunnel.endpointId(), tunnel) == null, "created twice"));
            }

            @Override
            public TimeoutDecision onTimedOut(Tunnel tunnel) {
                enter(tunnel, () -> check(living.get(tunnel.endpointId()) == tunnel, "timed out, not created"));
                return rounds.get() % 2 == 0 ? TimeoutDecision.KEEP : TimeoutDecision.DESTROY;
            }

            @Override
            public void onDestroyed(Tunnel tunnel, Reason reason) {
                enter(tunnel, () -> check(living.remove(tunnel.endpointId(), tunnel), "destroyed, not created"));
                rounds.incrementAndGet();
            }

            private void enter(Tunnel tunnel, Runnable what) {
                check(inside.put(tunnel.endpointId(), Thread.currentThread()) == null, "two at a time");
                check(running.incrementAndGet() <= harness.maxCallbacks, "too many callbacks");
                what.run();
                Thread.yield();
                running.decrementAndGet();
                inside.remove(tunnel.endpointId());
            }

            private void check(boolean isGood, String violation) {
                if (!isGood) {
                    violations.add(violation);
                }
            }
        });
        Thread[] askers = new Thread[3];
        for (int t = 0; t < askers.length; t++) {
            Random random = new Random(t);
            askers[t] = new Thread(() -> {
                while (rounds.get() < 500) {
                    long endpointId = random.nextInt(endpoints);
                    switch (random.nextInt(4)) {
                        case 0 -> harness.manager.destroy(endpointId);
                        case 1 -> harness.manager.create(endpointId);
                        default -> {
                            TunnelState tunnel = harness.manager.tunnelOf(endpointId);
                            if (tunnel.phase() == TunnelPhase.DESTROYED && harness.manager.tunnelOf(endpointId) == tunnel) {
                                violations.add("destroyed, but found");
                            }
                        }
                    }
                }
            });
            askers[t].start();
        }
        for (Thread asker : askers) {
            asker.join();
        }
        assertThat(control.stop(JOIN_MS)).isTrue();

        assertThat(violations).isEmpty();
        assertThat(living).isEmpty();
        assertThat(rounds.get()).isGreaterThanOrEqualTo(500);
        assertThat(harness.manager.tunnelsCreated()).isEqualTo(harness.manager.tunnelsDestroyed());
        assertThat(harness.manager.creationFailures()).isZero();
    }

    @Test
    void shouldDelayOnlyItsOwnTunnelWhenAHookScriptSleeps(@TempDir Path folder) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "the script of this test needs /bin/sh");
        Path script = folder.resolve("hook.sh");
        Path release = folder.resolve("release");
        Files.writeString(script, "#!/bin/sh\n[ $2 = gwi-1 ] && while [ ! -e " + release + " ]; do sleep 0.05; done\nexit 0\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        start(ScriptHook.builder().createScript(script).destroyScript(script).timeLimit(Duration.ofSeconds(20)).build());

        harness.manager.create(1);
        harness.manager.create(2);
        await(() -> harness.phase(2).equals("ACTIVE"));
        harness.manager.destroy(2);
        await(() -> harness.phase(2).equals("NONE"));
        assertThat(harness.phase(1)).isEqualTo("CREATING");

        Files.createFile(release);
        await(() -> harness.phase(1).equals("ACTIVE"));
    }

    @Test
    void shouldDropTheTunnelWhoseHookScriptFailsAndSayWhy(@TempDir Path folder) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "the script of this test needs /bin/sh");
        Path script = folder.resolve("hook.sh");
        Files.writeString(script, "#!/bin/sh\nexit 3\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        harness.mode = TunnelMode.TUN_ONE_WAY;
        start(ScriptHook.builder().createScript(script).build());

        TunnelState tunnel = harness.packet(1);
        await(() -> tunnel.phase() == TunnelPhase.FAILED);

        assertThat(TunnelNews.text(tunnel.life().failure())).startsWith("script " + script + " CREATE gwi-1 gwo-1")
                .contains("exited with status 3");
        assertThat(harness.interfaces).isEmpty();
    }
}
