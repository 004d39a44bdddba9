package io.github.gwlb4j.simulator.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing of a lab stays behind. */
@Timeout(30)
@SuppressWarnings("try") // an appliance works without being mentioned
class LiveLabCloseTest {
    @BeforeEach
    void needLab() {
        Requirements.lab();
    }

    private static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isLabThreadAlive() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().equals(LoadBalancer.THREAD_NAME));
    }

    private static String namespaceOf(LabNamespace namespace) throws Exception {
        return namespace.call(() -> Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString());
    }

    @Test
    void shouldLeaveNothingBehindWhenClosed() throws Exception {
        LiveLab.builder().site(1).start().close(); // what the JVM opens once and for all
        long filesBefore = openFiles();
        LiveLab lab = LiveLab.builder().site(1).site(2).internet().start();
        LabProcess shell = lab.site(0).server().start("sh", "-c", "echo started; sleep 600 & wait");
        shell.awaitOutput("started", Duration.ofSeconds(5));
        LiveLabTest.await(() -> ProcessHandle.of(shell.pid()).orElseThrow().descendants().count() == 1);
        ProcessHandle sleep = ProcessHandle.of(shell.pid()).orElseThrow().descendants().findFirst().orElseThrow();
        Path client = lab.site(0).client().path();
        assertThat(client).exists();

        lab.close();
        lab.close();

        assertThat(shell.isAlive()).isFalse();
        assertThat(sleep.isAlive()).isFalse();
        assertThat(shell.output()).contains("started");
        assertThat(isLabThreadAlive()).isFalse();
        LiveLabTest.await(() -> openFiles() <= filesBefore);
        assertThatThrownBy(() -> lab.site(0).client().run(Duration.ofSeconds(1), "true")).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> lab.site(0).injectFromClient(new byte[20])).isInstanceOf(IllegalStateException.class);
        assertThat(lab.report().isClean()).isTrue();
    }

    @Test
    void shouldLeaveNothingBehindWhenTheStartFails() throws Exception {
        LiveLab.builder().site(1).start().close();
        long filesBefore = openFiles();
        assertThatThrownBy(() -> LiveLab.builder().site(1).site(SiteConfig.of(2).withServer("10.30.0.2/24", "10.30.0.2/24")).start())
                .isInstanceOf(IOException.class).hasMessageContaining("10.30.0.2");
        assertThat(isLabThreadAlive()).isFalse();
        LiveLabTest.await(() -> openFiles() <= filesBefore);
    }

    @Test
    void shouldRunTwoLabsAtOnce() throws Exception {
        try (LiveLab first = LiveLab.builder().site(1).start(); LiveLab second = LiveLab.builder().site(1).start()) {
            assertThat(namespaceOf(first.appliance())).isNotEqualTo(namespaceOf(second.appliance()));
        }
    }

    @Test
    void shouldKillACommandThatTakesTooLong() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).start()) {
            CommandResult result = lab.appliance().run(Duration.ofMillis(300), "sh", "-c", "echo before; sleep 600");
            assertThat(result.timedOut()).isTrue();
            assertThat(result.isSuccess()).isFalse();
            assertThat(result.output()).isEqualTo("before\n");
        }
    }

    @Test
    void shouldHaveNoWayOut() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).internet().start()) {
            for (LabNamespace namespace : new LabNamespace[] {lab.appliance(), lab.loadBalancer(), lab.internet()}) {
                CommandResult route = namespace.run(Duration.ofSeconds(5), "ip", "route", "show", "default");
                assertThat(route.isSuccess()).isTrue();
                assertThat(route.output()).isEmpty();
            }
        }
    }
}
