package io.github.gwlb4j.handler;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.NetAdmin;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at new interfaces after their scripts have run, and some seconds later: whether the kernel would drop what comes out of
 * them. Programs that configure networks (systemd-udevd, NetworkManager) apply the machine's settings to an interface some time
 * after it appeared, and so switch its reverse path filter on again. Usable from any thread.
 */
final class InterfaceWatch implements TunnelListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InterfaceWatch.class);
    private static final long[] LOOK_AFTER_MS = {500, 2_000, 10_000};

    private final TunnelMode mode;
    private final AtomicBoolean hasWarnedForwarding = new AtomicBoolean();
    private final AtomicBoolean hasWarnedFilter = new AtomicBoolean();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "gwlbtun-interfaces");
        thread.setDaemon(true);
        return thread;
    });

    InterfaceWatch(TunnelMode mode) {
        this.mode = mode;
    }

    @Override
    public void onCreated(Tunnel tunnel) {
        if (mode != TunnelMode.TUN) {
            return;
        }
        warnIfNotForwarding(tunnel.ingressInterface());
        try {
            for (long ms : LOOK_AFTER_MS) {
                later.schedule(() -> keepFilterOff(tunnel.ingressInterface()), ms, TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("no look at {}: the handler is ending", tunnel.ingressInterface());
        }
    }

    /** No script has run just now, but other programs may still change the interface. */
    @Override
    public void onAdopted(Tunnel tunnel) {
        onCreated(tunnel);
    }

    private void warnIfNotForwarding(String name) {
        try (NetAdmin admin = NetAdmin.open()) {
            if (admin.sysctl(name, LinkSysctl.IPV4_FORWARDING) == 0 && hasWarnedForwarding.compareAndSet(false, true)) {
                LOG.warn("IPv4 forwarding is off on {}: the kernel drops what is not for itself. 'sysctl -w net.ipv4.ip_forward=1', here or in the "
                        + "CREATE script, mends it", name);
            }
        } catch (LinuxException e) {
            LOG.debug("{}", e.getMessage());
        }
    }

    private void keepFilterOff(String name) {
        try (NetAdmin admin = NetAdmin.open()) {
            if (admin.link(name).isPresent() && admin.ensureSysctl(name, LinkSysctl.IPV4_RP_FILTER, 0) && hasWarnedFilter.compareAndSet(false, true)) {
                LOG.warn("another program had switched the reverse path filter of {} on again, now it is off. To keep it from doing so: a file in "
                        + "/etc/sysctl.d with net.ipv4.conf.default.rp_filter=0", name);
            }
        } catch (LinuxException e) {
            LOG.warn("cannot keep the reverse path filter of {} off, the kernel may drop what clients send: {}", name, e.getMessage());
        }
    }

    @Override
    public void close() {
        later.shutdownNow();
    }
}
