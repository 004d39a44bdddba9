package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The reverse path filter of an interface that another program meddles with, in a network namespace of the test's own. */
@Timeout(30)
class InterfaceWatchTest {
    private static final int STRICT = 1;

    @BeforeAll
    static void requireInterfaces() {
        LabRequirements.check();
    }

    private record OneTunnel(long endpointId, TunnelMode mode) implements Tunnel {
        @Override
        public String name() {
            return "vpce-1";
        }

        @Override
        public Instant createdAt() {
            return Instant.EPOCH;
        }

        @Override
        public TunnelStats stats() {
            throw new UnsupportedOperationException();
        }
    }

    /** Has the watch look at an interface whose filter another program has switched on; answers the filter so much later. */
    private static int filterAfterLooking(TunnelMode mode, boolean isAdopted, long ms) throws Exception {
        Tunnel tunnel = new OneTunnel(1, mode);
        String name = tunnel.ingressInterface();
        try (NetworkNamespace namespace = NetworkNamespace.isolated();
                TunDevice device = LinuxTun.open(TunConfig.builder(name).namespace(namespace).build());
                InterfaceWatch watch = new InterfaceWatch(mode)) {
            assertThat(device.name()).isEqualTo(name);
            return namespace.call(() -> { // the watch's thread, started from here, is in the namespace as well
                Files.writeString(Path.of("/proc/sys/net/ipv4/conf", name, "rp_filter"), Integer.toString(STRICT));
                if (isAdopted) {
                    watch.onAdopted(tunnel);
                } else {
                    watch.onCreated(tunnel);
                }
                try (NetAdmin admin = NetAdmin.open()) {
                    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
                    while (admin.sysctl(name, LinkSysctl.IPV4_RP_FILTER) != 0 && System.nanoTime() - endNs < 0) {
                        Thread.sleep(20);
                    }
                    return admin.sysctl(name, LinkSysctl.IPV4_RP_FILTER);
                }
            });
        }
    }

    @Test
    void shouldSwitchTheFilterOffAgainThatAnotherProgramSwitchedOnAfterTheScript() throws Exception {
        assertThat(filterAfterLooking(TunnelMode.TUN, false, 15_000)).isZero();
    }

    @Test
    void shouldLookAtAnInterfaceThatIsTakenOver() throws Exception {
        assertThat(filterAfterLooking(TunnelMode.TUN, true, 15_000)).isZero();
    }

    @Test
    void shouldLeaveTheFilterAloneWhereTheKernelForwardsNothing() throws Exception {
        assertThat(filterAfterLooking(TunnelMode.INLINE_WITH_TAP, false, 800)).isEqualTo(STRICT);
    }
}
