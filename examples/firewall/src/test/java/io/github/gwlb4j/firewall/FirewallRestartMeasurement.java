package io.github.gwlb4j.firewall;

import io.github.gwlb4j.simulator.lab.CrashRestarts;
import io.github.gwlb4j.simulator.lab.LabProcess;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.StartArchive;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how long traffic stops when an inline appliance is killed with SIGKILL and started again at once, with and without an
 * archive of classes. Its name keeps it out of ordinary test runs: speed is no matter for assertions. Root and Linux are needed. The
 * processes run at niceness -15, so that it tells less of who else uses the machine.
 *
 * <pre>
 * mvn -q -pl examples/firewall -am test -Dtest=FirewallRestartMeasurement -Dsurefire.failIfNoSpecifiedTests=false -Drestart.rounds=15
 * </pre>
 */
final class FirewallRestartMeasurement {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Test
    void measure(@TempDir Path folder) throws Exception {
        StartArchive archive = StartArchive.of(folder);
        measure("without archive", archive.java(), folder);
        try (LiveLab lab = LiveLab.builder().site(1).start()) {
            LabProcess training = RestartedFirewall.start(lab, archive.recordingJava(), folder);
            training.awaitOutput(RestartedFirewall.READY, LIMIT);
            lab.site(0).client().run(LIMIT, "ping", "-c", "2", "-W", "5", "10.30.0.2");
            ProcessHandle.of(training.pid()).ifPresent(ProcessHandle::destroy);
            training.waitFor(LIMIT);
        }
        measure("archive of classes", archive.archivedJava(), folder);
    }

    private static void measure(String name, List<String> java, Path folder) throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).start();
                CrashRestarts restarts = new CrashRestarts(lab.site(0), () -> RestartedFirewall.start(lab, java, folder),
                        RestartedFirewall.READY, LIMIT)) {
            for (int i = 0; i < Integer.getInteger("restart.rounds", 15); i++) {
                Thread.sleep(500);
                restarts.restart();
            }
            System.out.println("firewall, " + name + ": " + restarts.summary());
        }
    }
}
