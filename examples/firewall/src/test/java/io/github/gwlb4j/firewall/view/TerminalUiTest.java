package io.github.gwlb4j.firewall.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The view in a pseudo terminal, made by the command {@code script}: a shell looks at the terminal before and after. */
@Timeout(120)
class TerminalUiTest {
    private static final String SCRIPT = "/usr/bin/script";
    private static final String ENTER_SCREEN = "\u001b[?1049h";
    private static final String LEAVE_SCREEN = "\u001b[?1049l";
    private static final Pattern SHOW_CURSOR = Pattern.compile("\u001b\\[\\?(12;)?25h");
    private static final int WAIT_MS = 40_000;

    private final StringBuilder output = new StringBuilder();
    private Process script;

    /** Runs the view in a pty of 24 rows and 80 columns; the shell prints its process id first and the terminal's settings around it. */
    private void start(String argument, String terminalType) throws IOException {
        boolean hasScript = Files.isExecutable(Path.of(SCRIPT));
        if (!hasScript && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI needs the command script (util-linux) for tests in a pseudo terminal");
        }
        assumeTrue(hasScript, "no command script (util-linux): the view in the terminal is not tested");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String program = "echo \"PID $$.\"; exec '" + java + "' -XX:TieredStopAtLevel=1 -Dstdout.encoding=UTF-8 -cp '"
                + System.getProperty("java.class.path") + "' " + TerminalProgram.class.getName() + " " + argument;
        // c_line, which ttys ignore, is whatever JLine's native code had in memory.
        String settings = "stty rows 24 cols 80; stty -a | sed 's/line = .*//' | md5sum; ";
        String command = "trap : INT; " + settings + "env --default-signal=INT sh -c " + quoted(program) + "; echo \"EXIT $?.\"; " + settings;
        ProcessBuilder builder = new ProcessBuilder(SCRIPT, "-q", "-e", "-c", command, "/dev/null").redirectErrorStream(true);
        builder.environment().putAll(Map.of("TERM", terminalType, "LC_ALL", "C.UTF-8", "SHELL", "/bin/bash"));
        script = builder.start();
        Thread reader = new Thread(this::read, "pty-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private void read() {
        try (InputStream in = script.getInputStream()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] part = new byte[8192];
            for (int count = in.read(part); count >= 0; count = in.read(part)) {
                all.write(part, 0, count);
                synchronized (output) {
                    output.setLength(0);
                    output.append(all.toString(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            // the pty is gone: the program has ended
        }
    }

    private String output() {
        synchronized (output) {
            return output.toString();
        }
    }

    private void await(String text) throws InterruptedException {
        for (int waited = 0; waited < WAIT_MS && !output().contains(text); waited += 20) {
            Thread.sleep(20);
        }
        assertThat(output()).contains(text);
    }

    private void type(String keys) throws IOException {
        script.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
        script.getOutputStream().flush();
    }

    private long programPid() throws InterruptedException {
        await("PID ");
        Matcher pid = Pattern.compile("PID (\\d+)\\.").matcher(output());
        assertThat(pid.find()).isTrue();
        return Long.parseLong(pid.group(1));
    }

    private void assertTerminalIsRestored() throws InterruptedException {
        assertThat(script.waitFor(WAIT_MS, TimeUnit.MILLISECONDS)).isTrue();
        Thread.sleep(100);
        List<String> settings = Pattern.compile("[0-9a-f]{32}").matcher(output()).results().map(result -> result.group()).toList();
        assertThat(settings).hasSize(2);
        assertThat(settings.get(1)).as("terminal settings after, as before").isEqualTo(settings.get(0));
        assertThat(output()).containsSubsequence(ENTER_SCREEN, LEAVE_SCREEN).containsPattern(SHOW_CURSOR);
        assertThat(output().split(Pattern.quote(ENTER_SCREEN), -1)).hasSize(2);
        assertThat(output().split(Pattern.quote(LEAVE_SCREEN), -1)).hasSize(2);
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (script != null && script.isAlive()) {
            script.descendants().forEach(ProcessHandle::destroyForcibly);
            script.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldDrawFollowKeysAndLeaveTheTerminalAsItWas() throws Exception {
        start("run", "xterm-256color");
        await("s sort: bytes");
        type("s");
        await("s sort: packets");
        type("p");
        await("PAUSED");
        Thread.sleep(500); // the rest of that picture
        int whilePaused = output().length();
        Thread.sleep(1500);
        assertThat(output().length()).as("nothing is drawn while paused").isEqualTo(whilePaused);
        type("p\u001b[A\u001a"); // arrow keys mean nothing, and Ctrl-Z must not stop the traffic
        await("02:14:47");
        type("q");
        await("VIEW LEFT");
        await("EXIT 0.");
        assertTerminalIsRestored();
        assertThat(output().substring(output().indexOf(LEAVE_SCREEN))).contains("VIEW LEFT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void shouldLeaveTheTerminalAsItWasWhenToldToStop(String signal) throws Exception {
        start("run", "xterm");
        await("s sort: bytes");
        if (signal.equals("INT")) {
            type("\u0003"); // Ctrl-C
        } else {
            new ProcessBuilder("kill", "-" + signal, Long.toString(programPid())).inheritIO().start().waitFor();
        }
        await("EXIT ");
        assertTerminalIsRestored();
    }

    @Test
    void shouldLeaveTheTerminalAsItWasAfterAnException() throws Exception {
        start("fail", "xterm");
        await("EXCEPTION IN MAIN");
        await("EXIT ");
        assertTerminalIsRestored();
    }

    @Test
    void shouldFollowTheSizeOfTheTerminal() throws Exception {
        start("run", "xterm");
        await("s sort: bytes");
        String device = "/proc/" + programPid() + "/fd/0";
        assertThat(output()).doesNotContain("10.20.0.9 ");
        new ProcessBuilder("stty", "-F", Path.of(device).toRealPath().toString(), "rows", "50", "cols", "120").inheritIO().start().waitFor();
        await("10.20.0.9 ");
        type("q");
        await("EXIT 0.");
        assertTerminalIsRestored();
    }

    @Test
    void shouldTakeLinesInsteadWhereTheTerminalCannotBeDrawnOn() throws Exception {
        start("run", "dumb");
        await("PLAIN LINES");
        await("EXIT 0.");
        assertThat(output()).doesNotContain("\u001b");
    }

    @Test
    void shouldTakeLinesInsteadWhereOutputIsNotATerminal() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), TerminalProgram.class.getName(), "run")
                .redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(printed).endsWith("PLAIN LINES\n").doesNotContain("\u001b");
    }
}
