package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.linux.Syscalls;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever connects to take over misbehaves, dies or hangs: the appliance forwards, and can be taken over by the next. */
@Timeout(60)
class TakeoverPeerTest extends TakeoverLab {
    private Map<String, String> settings() {
        return new ApplianceConfig(builder().handler(FORWARD)).handedOverSettings();
    }

    /** No hand-over is in the way of the next one. */
    private boolean isIdle() {
        return Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().equals("gwlb4j-handover-session"));
    }

    /** Dies before it says anything, after its greeting, when it is ready, when it has all, and when it has been given everything. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void shouldGoOnWhenTheTakerDiesAtAnyStep(int steps) throws Exception {
        start(builder().handler(FORWARD));
        assertForwards();
        try (RawTaker taker = new RawTaker(socket())) {
            if (steps >= 1) {
                taker.sendHello(RawTaker.VERSION, settings());
                taker.expect(RawTaker.ACCEPTED, RawTaker.DESCRIPTORS);
            }
            if (steps >= 2) {
                taker.send(RawTaker.message(RawTaker.READY));
            }
            if (steps >= 3) {
                taker.expect(RawTaker.TUNNEL, RawTaker.TUNNELS_END);
                taker.send(RawTaker.message(RawTaker.COMMIT));
            }
            if (steps >= 4) {
                taker.expect(RawTaker.YOURS);
            }
        }
        assertForwards();
        await(this::isIdle);
        assertThat(appliances.get(0).isHandedOver()).isFalse();
        start(builder().handler(FORWARD));
        assertForwards();
    }

    /** A taker that hangs when the workers rest costs as long as it is waited for. */
    @Test
    void shouldGoOnWhenTheTakerHangsWhileTheWorkersRest() throws Exception {
        start(builder().handler(FORWARD));
        assertForwards();
        try (RawTaker taker = new RawTaker(socket())) {
            taker.sendHello(RawTaker.VERSION, settings());
            taker.expect(RawTaker.ACCEPTED, RawTaker.DESCRIPTORS);
            taker.send(RawTaker.message(RawTaker.READY));
            taker.expect(RawTaker.TUNNEL, RawTaker.TUNNELS_END);
            replies.setSoTimeout(10_000);
            send(); // waits
            assertReply();
            assertThatThrownBy(taker::receive).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void shouldCloseInTimeWhileAnotherTakesOver() throws Exception {
        GwlbAppliance first = start(builder().handler(FORWARD));
        try (RawTaker taker = new RawTaker(socket())) {
            taker.sendHello(RawTaker.VERSION, settings());
            taker.expect(RawTaker.ACCEPTED);
            long startNs = System.nanoTime();
            first.close();
            assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
        assertThat(first.isHandedOver()).isFalse();
    }

    @Test
    void shouldRefuseAnotherVersionAndAnotherProgramByName() throws Exception {
        start(builder().handler(FORWARD));
        try (RawTaker taker = new RawTaker(socket())) {
            taker.sendHello(2, settings());
            assertThat(taker.receiveText()).contains("speaks version 1 of the hand-over, the new one 2");
        }
        await(this::isIdle);
        try (RawTaker taker = new RawTaker(socket())) {
            taker.send(RawTaker.message(RawTaker.HELLO).putLong(42).putShort((short) RawTaker.VERSION));
            assertThat(taker.receiveText()).contains("no such program");
        }
        assertForwards();
    }

    @Test
    void shouldSurviveGarbage() throws Exception {
        start(builder().handler(FORWARD));
        Random random = new Random(3);
        for (int i = 0; i < 60; i++) {
            try (RawTaker taker = new RawTaker(socket())) {
                for (int n = random.nextInt(3); n >= 0; n--) {
                    taker.send(garbage(random));
                }
            } catch (EOFException e) {
                assertThat(e).as("it may have hung up already").hasMessageContaining("has ended");
            }
        }
        awaitAllAnswered();
        assertForwards();
        start(builder().handler(FORWARD));
        assertForwards();
    }

    private static ByteBuffer garbage(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(3000)];
        random.nextBytes(bytes);
        ByteBuffer garbage = RawTaker.message(random.nextInt(RawTaker.MESSAGES + 2));
        if (random.nextBoolean()) {
            garbage.putLong(RawTaker.MAGIC).putShort((short) RawTaker.VERSION);
        }
        return garbage.put(bytes, 0, Math.min(bytes.length, garbage.remaining()));
    }

    /** One is answered at a time, in their order; on a busy machine most of the garbage is still waiting when the last has been sent. */
    private void awaitAllAnswered() throws Exception {
        try (RawTaker last = new RawTaker(socket())) {
            assertThatThrownBy(() -> {
                last.sendHello(2, settings());
                last.receiveAll();
            }).isInstanceOf(EOFException.class);
        }
        await(this::isIdle);
    }

    /** The path's mode keeps others out; this is about who got past it. */
    @Test
    void shouldRefuseAnotherUser() throws Exception {
        assumeTrue(Syscalls.userId() == 0 && Files.isExecutable(Path.of("/usr/bin/setpriv")) && Files.isExecutable(Path.of("/usr/bin/python3")),
                "needs root, setpriv and python3");
        start(builder().handler(FORWARD));
        assertThat(Files.getPosixFilePermissions(socket())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Process other = new ProcessBuilder("/usr/bin/setpriv", "--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c",
                "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET)\ns.connect(sys.argv[1])\nprint(s.recv(1000))", socket().toString())
                .redirectErrorStream(true).start();
        assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("this user may not take over");
        assertForwards();
    }
}
