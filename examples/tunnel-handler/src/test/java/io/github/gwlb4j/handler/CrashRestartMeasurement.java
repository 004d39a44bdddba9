package io.github.gwlb4j.handler;

import io.github.gwlb4j.geneve.aws.EndpointId;
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
 * Measures how long traffic stops when the handler is killed with SIGKILL and started again at once, as the start script does it: with
 * its JVM options, with and without its archive of classes, and with saved flows. Its name keeps it out of ordinary test runs: speed is
 * no matter for assertions. Root and Linux are needed. The processes that are measured run at niceness -15, so that
 * it tells less of who else uses the machine.
 *
 * <pre>
 * mvn -q -pl examples/tunnel-handler -am test -Dtest=CrashRestartMeasurement -Dsurefire.failIfNoSpecifiedTests=false -Drestart.rounds=15
 * </pre>
 */
final class CrashRestartMeasurement {
    private static final long ENDPOINT = 0x0123456789abcdefL;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Test
    void measure(@TempDir Path folder) throws Exception {
        StartArchive archive = StartArchive.of(folder);
        String hook = RestartedHandler.hook(folder, folder.resolve("hook.log"));
        measure("without archive", archive.java(), hook);
        record(archive, hook);
        measure("archive of classes", archive.archivedJava(), hook);
        measure("archive, --pre-create", archive.archivedJava(), hook, "--pre-create", EndpointId.toHex(ENDPOINT));
        measure("archive, --save-flows", archive.archivedJava(), hook, "--save-flows", folder.resolve("flows").toString(), "--save-interval", "1");
        measure("archive, --takeover", archive.archivedJava(), hook, "--takeover", folder.resolve("t.sock").toString());
    }

    /** As {@code gwlbtun make-archive} does it. */
    private static void record(StartArchive archive, String hook) throws Exception {
        try (LiveLab lab = LiveLab.builder().site(ENDPOINT).start()) {
            LabProcess training = RestartedHandler.start(lab, archive.recordingJava(), hook);
            training.awaitOutput(" ready", LIMIT);
            lab.site(0).client().run(LIMIT, "ping", "-c", "2", "-W", "5", "10.30.0.2");
            ProcessHandle.of(training.pid()).ifPresent(ProcessHandle::destroy);
            training.waitFor(LIMIT);
        }
    }

    private static void measure(String name, List<String> java, String hook, String... more) throws Exception {
        try (LiveLab lab = LiveLab.builder().site(ENDPOINT).start();
                CrashRestarts restarts = new CrashRestarts(lab.site(0), () -> RestartedHandler.start(lab, java, hook, more), " ready", LIMIT)) {
            for (int i = 0; i < Integer.getInteger("restart.rounds", 15); i++) {
                Thread.sleep(1200); // flows have been saved since
                restarts.restart();
            }
            System.out.println("tunnel handler, " + name + ": " + restarts.summary());
        }
    }
}
