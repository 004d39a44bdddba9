package io.github.gwlb4j.gwlb.tun;

import static io.github.gwlb4j.gwlb.tun.TunModeLab.await;
import static io.github.gwlb4j.gwlb.tun.TunModeLab.ping;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.hook.ScriptHook;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import io.github.gwlb4j.tun.Link;
import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.NetAdmin;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The interfaces of tunnels in the kernel: what they are called and how they are set, in each mode, and that they vanish. */
@Timeout(60)
class TunnelInterfacesLabTest {
    /** Ids at the edges of base 60 and of 64 bits, with the ends of their interfaces' names. */
    private static final Map<Long, String> NAMES = new TreeMap<>(Map.of(0L, "0", 1L, "1", 59L, "X", 60L, "10",
            Long.MIN_VALUE, "ffdywvTkfu8", -1L, "uur953OEv0f"));

    @BeforeEach
    void needLab() {
        TunModeLab.require("ping", "iputils-ping");
    }

    @Test
    void shouldHaveTheInterfacesOfDeclaredTunnelsBeforeTheFirstPacketAndRemoveThemAtTheEnd(@TempDir Path directory) throws Exception {
        Path calls = directory.resolve("calls");
        Path hook = Files.writeString(directory.resolve("hook.sh"), "#!/bin/sh\necho \"$@\" >> " + calls + "\n");
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(1))) {
            setAllReversePathFilters(lab.kernel(), 2); // also what new interfaces start with, as on many a distribution
            GwlbApplianceBuilder builder = TunModeLab.tunMode().workers(2)
                    .listener(ScriptHook.builder().createScript(hook).destroyScript(hook).build());
            NAMES.keySet().forEach(builder::declareTunnel);
            String log = logOf(() -> lab.start(builder));

            assertThat(log).contains("net.ipv4.conf.all.rp_filter is on", "sysctl -w net.ipv4.conf.all.rp_filter=0");
            assertThat(lab.tunnelLinks()).hasSize(2 * NAMES.size());
            for (String suffix : NAMES.values()) {
                requireSetUp(lab.kernel(), "gwi-" + suffix);
                requireSetUp(lab.kernel(), "gwo-" + suffix);
            }
            lab.appliance().close();
            assertThat(lab.tunnelLinks()).isEmpty();
            assertThat(Files.readAllLines(calls)).hasSize(2 * NAMES.size()).contains("CREATE gwi-X gwo-X 0000000000000003b",
                    "DESTROY gwi-X gwo-X 0000000000000003b", "CREATE gwi-uur953OEv0f gwo-uur953OEv0f 0ffffffffffffffff",
                    "DESTROY gwi-uur953OEv0f gwo-uur953OEv0f 0ffffffffffffffff", "DESTROY gwi-0 gwo-0 00000000000000000");
        }
    }

    private static void setAllReversePathFilters(LabNamespace namespace, int value) throws Exception {
        try (NetAdmin admin = NetAdmin.open(namespace.network())) {
            admin.ensureSysctl("all", LinkSysctl.IPV4_RP_FILTER, value);
            admin.ensureSysctl("default", LinkSysctl.IPV4_RP_FILTER, value);
        }
    }

    private static void requireSetUp(LabNamespace namespace, String name) throws Exception {
        try (NetAdmin admin = NetAdmin.open(namespace.network())) {
            Link link = admin.link(name).orElseThrow(() -> new AssertionError("no interface " + name));
            assertThat(link.isUp()).as("%s", link).isTrue();
            assertThat(link.mtu()).as("%s", link).isEqualTo(8500);
            assertThat(admin.sysctl(name, LinkSysctl.IPV4_RP_FILTER)).as("%s", link).isZero();
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static String logOf(Action action) throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldPassPacketsOfClientsAlthoughNewInterfacesHaveAReversePathFilter() throws Exception {
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(1))) {
            try (NetAdmin admin = NetAdmin.open(lab.kernel().network())) {
                admin.ensureSysctl("default", LinkSysctl.IPV4_RP_FILTER, 1);
            }
            lab.start(TunModeLab.tunMode().listener(new RuledRoutes(lab.kernel())));
            ping(lab.client(), 3, "10.30.0.2");
        }
    }

    @Test
    void shouldShowACopyOfInlinePacketsAtTheTap() throws Exception {
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(SiteConfig.of(1)))) {
            lab.start(GwlbAppliance.builder().mode(TunnelMode.INLINE_WITH_TAP).declareTunnel(1).handler(worker -> packet -> Verdict.FORWARD));
            assertThat(lab.tunnelLinks()).extracting(Link::name).containsExactly("gwi-1");
            ping(lab.client(), 5, "10.30.0.2");
            ping(lab.client(), 5, "-6", "fd30::2");
            await("copies counted", () -> lab.stats().extras().tappedPackets() == 20);
            // Each of 84 bytes, or 104 over IPv6; the kernel does not count a link-layer header, since there is none.
            assertThat(receivedAt(lab.kernel(), "gwi-1")).containsExactly(10L * 84 + 10 * 104, 20L);
            assertThat(lab.stats().extras().tapDrops()).isZero();
        }
    }

    /** Bytes and packets that an interface has received, as {@code ip -s link} shows. */
    private static List<Long> receivedAt(LabNamespace namespace, String name) throws Exception {
        return namespace.call(() -> {
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/dev"))) {
                if (line.strip().startsWith(name + ":")) {
                    String[] fields = line.strip().split("[:\\s]+");
                    return List.of(Long.parseLong(fields[1]), Long.parseLong(fields[2]));
                }
            }
            throw new AssertionError("no interface " + name);
        });
    }

    @Test
    void shouldReturnNothingInOneWayModeWhateverTheKernelSends() throws Exception {
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(1)); OneWayUdp packets = new OneWayUdp(lab.client(), lab.server())) {
            lab.start(GwlbAppliance.builder().mode(TunnelMode.TUN_ONE_WAY).workers(2).listener(lab.routes().byIngress()));
            packets.sendToServer(20, 1);
            await("packets delivered", () -> lab.stats().deliveredPackets() == 20);
            await("what the kernel sends dropped", () -> lab.stats().dropped(DropReason.NOTHING_GOES_BACK) >= 20);
            TunnelStats tunnel = lab.stats().tunnels().get(0);
            assertThat(tunnel.deliveredPackets()).isEqualTo(20);
            assertThat(tunnel.forwardedPackets()).isZero();
            assertThat(lab.siteReport().toServer().returnedPackets()).isZero();
            assertThat(lab.tunnelLinks()).extracting(Link::name).containsExactly("gwi-1");
            assertThat(receivedAt(lab.kernel(), "gwi-1")).containsExactly(20L * 60, 20L);
        }
    }
}
