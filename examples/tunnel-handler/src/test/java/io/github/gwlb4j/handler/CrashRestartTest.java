package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.simulator.lab.CrashRestarts;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Killed with SIGKILL under traffic and started again at once; {@link CrashRestartMeasurement} tells how long that takes. */
@Timeout(60)
class CrashRestartTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final long ENDPOINT = 0x0123456789abcdefL;

    @BeforeAll
    static void requireRoot() {
        LabRequirements.check();
    }

    @Test
    void shouldForwardAgainSoonWhenKilledUnderTrafficAndStartedAnew(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("hook.log");
        String hook = RestartedHandler.hook(folder, log);
        try (LiveLab lab = LiveLab.builder().site(ENDPOINT).start();
                CrashRestarts restarts = new CrashRestarts(lab.site(0), () -> RestartedHandler.start(lab,
                        RestartedHandler.javaForAShortLife(), hook), " ready", LIMIT)) {
            CrashRestarts.Restart restart = restarts.restart();
            System.out.println("tunnel handler: " + restarts.summary());
            assertThat(restart.answered()).isLessThan(LIMIT.toMillis());
            assertThat(Files.readAllLines(log)).as("the interfaces went with the process, and are set up again").hasSize(2)
                    .allMatch(line -> line.startsWith("CREATE gwi-"));
            assertThat(lab.report().isClean()).as("%s", lab.report()).isTrue();
        }
    }
}
