package io.github.gwlb4j.handler;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.handler.machine.MachineChecks;
import io.github.gwlb4j.tun.Capability;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.Privileges;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handler's life: start, forward, drain, end. Used once, by the main thread. */
final class HandlerRun {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerRun.class);
    private static final int EXIT_FAILED = 1;
    /** Longer than the silence that the library waits for. */
    private static final long DRAIN_STEP_NS = 1_500_000_000L;

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
     * @return exit code of a handler that failed, or that another has taken over from
     * @throws IOException              if the machine does not let it start; the message names the fix
     * @throws IllegalArgumentException if a setting is wrong; the message names it
     */
    int run() throws IOException, InterruptedException {
        settings.check();
        if (settings.health().takeover == null || !GwlbAppliance.isTakeoverOffered(settings.health().takeover)) {
            requireFree(settings.network().listen);
        }
        becomeUser();
        requireInterfaces();
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
        Privileges.keepOnly(); // this thread only waits from now on
        LOG.info("ready");
        appliance.awaitClose();
        awaitStop();
        if (appliance.isHandedOver()) {
            LOG.info("another gwlbtun has taken over: this one ends");
            return 0;
        }
        LOG.error("a worker has died, see above: this handler ends");
        return EXIT_FAILED;
    }

    /** A user without CAP_NET_ADMIN can still serve endpoints whose interfaces root has made for him. */
    private static void requireInterfaces() throws IOException {
        String cause = LinuxTun.unsupportedCause();
        if (cause == null) {
            return;
        }
        if (LinuxTun.attachUnsupportedCause() != null || !isAnyMadeBeforehand()) {
            throw new IOException("cannot make interfaces: " + cause);
        }
        LOG.info("no capability CAP_NET_ADMIN: only endpoints whose interfaces were made beforehand are served");
    }

    private static boolean isAnyMadeBeforehand() throws IOException {
        try (NetAdmin admin = NetAdmin.open()) {
            return admin.links().stream().anyMatch(link -> link.name().startsWith("gwi-"));
        }
    }

    private void becomeUser() throws IOException {
        String user = settings.tunnels().user;
        if (user != null) {
            List<Capability> kept = settings.capabilities();
            Privileges.becomeUser(user, kept);
            LOG.info("running as user {}; threads that make interfaces, and scripts, have {}", user, kept);
        }
    }

    /** The library would find that out, too, but after the capture is open: that would have put away the file that the running handler writes. */
    private static void requireFree(InetSocketAddress address) throws IOException {
        try (DatagramSocket probe = new DatagramSocket(null)) {
            probe.setReuseAddress(false);
            probe.bind(address);
        } catch (BindException e) {
            String message = String.valueOf(e.getMessage());
            throw new IOException("cannot receive GENEVE on UDP " + address.getHostString() + " port " + address.getPort() + ": "
                    + (message.contains("in use") ? "another program uses it ('ss -ulpn sport = " + address.getPort() + "' names it, perhaps "
                    + "another gwlbtun; if none: a geneve interface of the kernel, 'ip -d link show type geneve')"
                    : message.contains("assign") ? "no interface of this machine has this address ('ip address' lists them)" : message), e);
        }
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
        if (atMost.isZero() || !isForwarding()) {
            return;
        }
        LOG.info("draining for at most {} s: health checks hear 503, existing flows go on", atMost.toSeconds());
        long endNs = System.nanoTime() + atMost.toNanos();
        boolean isDone = false;
        for (long leftNs = atMost.toNanos(); leftNs > 0 && !isDone && isForwarding(); leftNs = endNs - System.nanoTime()) {
            boolean isSilent = appliance.drain(Duration.ofNanos(Math.min(leftNs, DRAIN_STEP_NS)));
            ApplianceStats stats = appliance.stats();
            isDone = isSilent && (stats.flows() == null || stats.flows().flows() == 0);
        }
        LOG.info("drained: {}", appliance.isHandedOver() ? "another gwlbtun has taken over" : isDone ? "no flow is left" : "the time is over, some flows are left");
    }

    private boolean isForwarding() {
        return appliance.state() == GwlbAppliance.State.RUNNING || appliance.state() == GwlbAppliance.State.DRAINING;
    }

    private void endCapture() {
        if (capture != null) {
            capture.close();
        }
        watch.close();
    }
}
