package io.github.gwlb4j.handler;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.handler.machine.MachineChecks;
import io.github.gwlb4j.tun.LinuxTun;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handler's life: start, forward, drain, end. Used once, by the main thread. */
final class HandlerRun {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerRun.class);
    private static final int EXIT_FAILED = 1;
    private static final long POLL_MS = 50;

    private final HandlerSettings settings;
    private final InterfaceWatch watch;
    private final AtomicBoolean isStopping = new AtomicBoolean();
    private PacketCapture capture;
    private GwlbAppliance appliance;

    HandlerRun(HandlerSettings settings) {
        this.settings = settings;
        this.watch = new InterfaceWatch(settings.mode());
    }

    /**
     * Forwards until a signal comes; the signal ends the process.
     *
     * @return exit code of a handler that failed
     * @throws IOException              if the machine does not let it start; the message names the fix
     * @throws IllegalArgumentException if a setting is wrong; the message names it
     */
    int run() throws IOException, InterruptedException {
        settings.check();
        if (LinuxTun.unsupportedCause() != null) {
            throw new IOException("cannot make interfaces: " + LinuxTun.unsupportedCause());
        }
        openCapture();
        appliance = settings.build(watch, capture);
        MachineChecks.ofThisMachine().logAtStart(settings.mode(), settings.tunnels().createScript != null);
        // A signal starts the shutdown hooks while the main thread goes on. The hook does all of the stopping and sets the exit code:
        // being told to stop is no failure. It is there before the start, which may take as long as a script.
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "gwlbtun-stop"));
        try {
            appliance.start();
        } catch (IOException | RuntimeException e) {
            awaitStop();
            throw e;
        }
        LOG.info("ready");
        appliance.awaitClose();
        awaitStop();
        LOG.error("a worker has died, see above: this handler ends");
        return EXIT_FAILED;
    }

    private void openCapture() throws IOException {
        if (settings.logging().captureFile != null) {
            capture = PacketCapture.builder(settings.logging().captureFile).open();
        }
    }

    /** If a signal is the reason why this thread goes on, the process is about to end with the signal's exit code. */
    private void awaitStop() throws IOException {
        if (!isStopping.compareAndSet(false, true)) {
            try {
                Thread.currentThread().join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        endCapture();
    }

    /** By signal. Does nothing if the handler ends by itself. */
    private void stop() {
        if (!isStopping.compareAndSet(false, true)) {
            return;
        }
        int exitCode = 0;
        try {
            LOG.info("told to stop");
            drain();
            appliance.close();
            endCapture();
            LOG.info("stopped");
        } catch (Throwable e) { // whatever it is, the process must end now
            LOG.error("stopping failed", e);
            exitCode = EXIT_FAILED;
        }
        Runtime.getRuntime().halt(exitCode);
    }

    /** Goes on until no flow is left; silence alone says little, for a flow may well be quiet for minutes. */
    private void drain() throws InterruptedException {
        Duration atMost = settings.drain();
        if (atMost.isZero() || appliance.state() != GwlbAppliance.State.RUNNING) {
            return;
        }
        long startNs = System.nanoTime();
        boolean isSilent = appliance.drain(Duration.ZERO);
        LOG.info("draining for at most {} s: health checks hear 503, existing flows go on", atMost.toSeconds());
        while (!isDone(isSilent) && System.nanoTime() - startNs < atMost.toNanos() && appliance.state() == GwlbAppliance.State.DRAINING) {
            Thread.sleep(POLL_MS);
            isSilent = appliance.drain(Duration.ZERO);
        }
        LOG.info("drained: {}", isDone(isSilent) ? "no flow is left" : "the time is over, some flows are left");
    }

    private boolean isDone(boolean isSilent) {
        ApplianceStats stats = appliance.stats();
        return isSilent && (stats.flows() == null || stats.flows().flows() == 0);
    }

    private void endCapture() {
        if (capture != null) {
            capture.close();
        }
        watch.close();
    }
}
