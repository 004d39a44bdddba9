package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.simulator.lab.CrashRestarts;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.tun.LinuxTun;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An inline appliance is killed with SIGKILL under traffic and started again; {@link FirewallRestartMeasurement} tells how long that takes. */
@Timeout(60)
class FirewallCrashTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void shouldGoOnWithAFlowInItsMiddleWhenKilledAndStartedAnew(@TempDir Path folder) throws Exception {
        String cause = LinuxTun.unsupportedCause();
        assertThat(cause == null || System.getenv("CI") == null).as("CI needs namespaces and TUN devices: " + cause).isTrue();
        assumeTrue(cause == null, "needs root and /dev/net/tun: " + cause);
        try (LiveLab lab = LiveLab.builder().site(1).start();
                CrashRestarts restarts = new CrashRestarts(lab.site(0),
                        () -> RestartedFirewall.start(lab, RestartedFirewall.javaForAShortLife(), folder), RestartedFirewall.READY, LIMIT)) {
            CrashRestarts.Restart restart = restarts.restart();
            System.out.println("firewall: " + restarts.summary());
            assertThat(restart.answered()).isLessThan(LIMIT.toMillis());
            assertThat(lab.report().isClean()).as("%s", lab.report()).isTrue();
        }
    }
}
