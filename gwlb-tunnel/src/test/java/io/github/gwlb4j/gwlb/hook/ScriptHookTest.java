package io.github.gwlb4j.gwlb.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener.Reason;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real scripts, run as they are. */
@Timeout(60)
class ScriptHookTest {
    private static final long ENDPOINT = 0x0123_4567_89ab_cdefL;
    /** Base 60 over 0-9a-zA-X of the number above. */
    private static final String BASE_60 = "887epl1uMf";
    private static final Tunnel TUNNEL = new Tunnel() {
        @Override
        public TunnelMode mode() {
            return TunnelMode.TUN;
        }

        @Override
        public long endpointId() {
            return ENDPOINT;
        }

        @Override
        public String name() {
            return "vpce-00123456789abcdef";
        }

        @Override
        public Instant createdAt() {
            return Instant.EPOCH;
        }

        @Override
        public TunnelStats stats() {
            return new TunnelStats(ENDPOINT, mode(), TunnelPhase.ACTIVE, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }
    };

    @TempDir
    private Path folder;
    private final PrintStream standardError = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @BeforeEach
    void captureLog() {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "the scripts of this test need /bin/bash");
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8)); // where slf4j-simple writes
    }

    @AfterEach
    void showLog() {
        System.setErr(standardError);
    }

    private Path script(String... lines) throws IOException {
        Path file = folder.resolve("hook with a space.sh");
        Files.writeString(file, "#!/bin/bash\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private ScriptHook.Builder hook(String... lines) throws IOException {
        Path file = script(lines);
        return ScriptHook.builder().createScript(file).destroyScript(file);
    }

    private String written(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    private void awaitFile(String file) throws InterruptedException {
        for (int i = 0; i < 1000 && !Files.exists(folder.resolve(file)); i++) {
            Thread.sleep(10);
        }
        assertThat(folder.resolve(file)).exists();
    }

    @Test
    void shouldPassTheArgumentsThatScriptsForGwlbtunKnowExactly() throws IOException {
        ScriptHook hook = hook("printf '<%s>' \"$#\" \"$@\" >> '" + folder + "/args'; echo >> '" + folder + "/args'").build();
        hook.onCreated(TUNNEL);
        hook.onDestroyed(TUNNEL, Reason.TIMED_OUT);
        assertThat(written("args")).isEqualTo("""
                <4><CREATE><gwi-%1$s><gwo-%1$s><00123456789abcdef>
                <4><DESTROY><gwi-%1$s><gwo-%1$s><00123456789abcdef>
                """.formatted(BASE_60));
    }

    @Test
    void shouldPassTheSameInTheEnvironmentBesideOurOwn() throws IOException {
        hook("env > '" + folder + "/env'").build().onCreated(TUNNEL);
        assertThat(written("env").lines()).contains("GWLB_ACTION=CREATE", "GWLB_INGRESS_INTERFACE=gwi-" + BASE_60,
                "GWLB_EGRESS_INTERFACE=gwo-" + BASE_60, "GWLB_ENDPOINT_ID=00123456789abcdef", "PATH=" + System.getenv("PATH"));
    }

    private static void setOpenFilesLimit(long files) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("prlimit", "--pid", Long.toString(ProcessHandle.current().pid()), "--nofile=" + files + ":")
                .inheritIO().start().waitFor()).isZero();
    }

    @Test
    void shouldNotStartAScriptWhenDescriptorsAreScarceSinceTheJdkMayCloseOthersThen() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "needs prlimit (Debian: util-linux)");
        ScriptHook hook = hook("touch '" + folder + "/ran'").build();
        UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long limit = system.getMaxFileDescriptorCount();
        setOpenFilesLimit(system.getOpenFileDescriptorCount() + 20); // a start takes ten
        try {
            assertThatThrownBy(() -> hook.onCreated(TUNNEL)).isInstanceOf(ScriptFailedException.class)
                    .hasMessageContaining("is not run: too many open files").hasMessageContaining("ulimit -n");
            assertThat(folder.resolve("ran")).doesNotExist();
        } finally {
            setOpenFilesLimit(limit);
        }
        hook.onCreated(TUNNEL);
        assertThat(folder.resolve("ran")).exists();
    }

    @Test
    void shouldRunOnlyTheScriptThatIsSet() throws IOException {
        Path file = script("echo $1 >> '" + folder + "/ran'");
        ScriptHook destroyOnly = ScriptHook.builder().destroyScript(file).build();
        destroyOnly.onCreated(TUNNEL);
        destroyOnly.onDestroyed(TUNNEL, Reason.CLOSED);
        ScriptHook createOnly = ScriptHook.builder().createScript(file).build();
        createOnly.onDestroyed(TUNNEL, Reason.CLOSED);
        createOnly.onCreated(TUNNEL);
        assertThat(written("ran")).isEqualTo("DESTROY\nCREATE\n");
    }

    @Test
    void shouldGiveTheScriptNothingToRead() throws IOException {
        assertThatCode(() -> hook("! read line").build().onCreated(TUNNEL)).doesNotThrowAnyException();
    }

    @Test
    void shouldLogOutputAndErrorsLineByLineWithoutControlCharacters() throws IOException {
        hook("echo one", "echo two >&2", "printf 'esc \\033[31m tab\\t cr\\r\\nlast'").build().onCreated(TUNNEL);
        assertThat(log.toString(StandardCharsets.UTF_8).lines().map(line -> line.replaceAll(".* CREATE: ", "")))
                .containsSubsequence("one", "two", "esc ?[31m tab? cr", "last");
    }

    @Test
    void shouldBoundHugeOutputInLinesAndLengthAndNotLetItBlockTheScript() throws IOException {
        hook("head -c 5000 /dev/zero | tr '\\0' x; echo", "seq 1 500000", "echo end > '" + folder + "/end'").maxOutputLines(3).build().onCreated(TUNNEL);
        assertThat(written("end")).isEqualTo("end\n");
        assertThat(log.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains(" CREATE: ")).map(line -> line.replaceAll(".* CREATE: ", "")))
                .containsExactly("x".repeat(1000) + "… (4000 bytes more)", "1", "2", "… and 499998 lines more");
    }

    @Test
    void shouldFailTheCreationWhenTheScriptExitsWithAnotherStatusThanZero() throws IOException {
        ScriptHook hook = hook("echo reason; exit 7").build();
        assertThatThrownBy(() -> hook.onCreated(TUNNEL)).isInstanceOf(ScriptFailedException.class)
                .hasMessageContaining("exited with status 7").hasMessageContaining("CREATE gwi-" + BASE_60);
        hook.onDestroyed(TUNNEL, Reason.CLOSED);
        assertThat(log.toString(StandardCharsets.UTF_8)).contains("DESTROY: reason").contains("DESTROY gwi-" + BASE_60)
                .contains("exited with status 7");
    }

    @Test
    void shouldKillAScriptThatHangsAndItsChildrenAlthoughTheyIgnoreTerm() throws Exception {
        ScriptHook hook = hook("trap '' TERM", "echo $$ > '" + folder + "/pids'",
                "bash -c 'trap \"\" TERM; while :; do sleep 0.1; done' & echo $! >> '" + folder + "/pids'",
                "while :; do sleep 0.1; done").timeLimit(Duration.ofSeconds(1)).killGrace(Duration.ofMillis(300)).build();
        assertThatThrownBy(() -> hook.onCreated(TUNNEL)).isInstanceOf(ScriptFailedException.class)
                .hasMessageContaining("still running after 1000 ms").hasMessageContaining("timeLimit");
        assertThat(written("pids").lines()).hasSize(2).allSatisfy(pid -> assertThat(isRunning(pid)).as("process " + pid).isFalse());
    }

    @Test
    void shouldLetAScriptCleanUpWhenItHearsTerm() throws IOException {
        ScriptHook hook = hook("trap 'echo bye > \"" + folder + "/bye\"; exit 1' TERM", "while :; do sleep 0.05; done")
                .timeLimit(Duration.ofMillis(500)).killGrace(Duration.ofSeconds(10)).build();
        assertThatThrownBy(() -> hook.onCreated(TUNNEL)).hasMessageContaining("was killed");
        assertThat(written("bye")).isEqualTo("bye\n");
    }

    @Test
    void shouldKillAChildWhoseParentEndsAtTermFirst() throws Exception {
        ScriptHook hook = hook("bash -c 'trap \"\" TERM; while :; do sleep 0.1; done' & echo $! > '" + folder + "/pids'", "wait")
                .timeLimit(Duration.ofSeconds(1)).killGrace(Duration.ofMillis(300)).build();
        assertThatThrownBy(() -> hook.onCreated(TUNNEL)).isInstanceOf(ScriptFailedException.class);
        assertThat(isRunning(written("pids").strip())).isFalse();
    }

    /** Whether a process lives; a dead one that nobody has waited for yet does not. */
    private static boolean isRunning(String pid) throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            try {
                String stat = Files.readString(Path.of("/proc", pid, "stat"));
                if (stat.contains(") Z ")) {
                    return false;
                }
            } catch (IOException e) {
                return ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isPresent();
            }
            Thread.sleep(10);
        }
        return true;
    }

    @Test
    void shouldNotWaitForAProcessThatTheScriptLeavesBehind() throws Exception {
        hook("(trap '' PIPE; sleep 3; echo still; echo done > '" + folder + "/left') &", "echo started").timeLimit(Duration.ofSeconds(30)).build().onCreated(TUNNEL);
        assertThat(folder.resolve("left")).doesNotExist();
        assertThat(log.toString(StandardCharsets.UTF_8)).contains("CREATE: started");
        awaitFile("left");
    }

    @Test
    void shouldKillTheScriptWhenItsThreadIsInterrupted() throws Exception {
        ScriptHook hook = hook("echo $$ > '" + folder + "/pids'", "while :; do sleep 0.1; done").build();
        Throwable[] thrown = new Throwable[1];
        boolean[] isInterrupted = new boolean[1];
        Thread caller = new Thread(() -> {
            try {
                hook.onCreated(TUNNEL);
            } catch (ScriptFailedException e) {
                thrown[0] = e;
                isInterrupted[0] = Thread.currentThread().isInterrupted();
            }
        });
        caller.start();
        awaitFile("pids");
        caller.interrupt();
        caller.join();
        assertThat(thrown[0]).hasMessageContaining("interrupted");
        assertThat(isInterrupted[0]).isTrue();
        assertThat(isRunning(written("pids").strip())).isFalse();
    }

    @Test
    void shouldSayWhenTheInterpreterIsMissing() throws IOException {
        Path file = folder.resolve("hook.sh");
        Files.writeString(file, "#!/no/such/interpreter\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        ScriptHook hook = ScriptHook.builder().createScript(file).build();
        assertThatThrownBy(() -> hook.onCreated(TUNNEL)).isInstanceOf(ScriptFailedException.class)
                .hasMessageContaining("cannot be run").hasMessageContaining("interpreter");
    }

    @Test
    void shouldNameTheFixWhenAScriptCannotWork() throws IOException {
        Path file = script("true");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> ScriptHook.builder().createScript(file).build()).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("createScript " + file + " is not executable: 'chmod +x " + file + "'");
        assertThatThrownBy(() -> ScriptHook.builder().destroyScript(folder.resolve("none")).build())
                .hasMessage("destroyScript " + folder.resolve("none") + " does not exist: check the path");
        assertThatThrownBy(() -> ScriptHook.builder().createScript(folder).build()).hasMessageContaining("is not a file");
        assertThatThrownBy(() -> ScriptHook.builder().timeLimit(Duration.ZERO).build()).hasMessageContaining("timeLimit");
        assertThatThrownBy(() -> ScriptHook.builder().killGrace(Duration.ofDays(2)).build()).hasMessageContaining("killGrace");
        assertThatThrownBy(() -> ScriptHook.builder().maxOutputLines(-1).build()).hasMessageContaining("maxOutputLines");
    }
}
