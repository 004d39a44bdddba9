package io.github.gwlb4j.gwlb.tun;

import static io.github.gwlb4j.gwlb.tun.TunModeLab.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.hook.ScriptHook;
import io.github.gwlb4j.simulator.lab.LabReport;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients go to the internet by the appliance's second interface, behind its address; only the answers return to the load balancer. */
@Timeout(60)
@SuppressWarnings("try") // servers work without being mentioned
class TwoArmNatTest {
    /** As for gwlbtun: CREATE|DESTROY, gwi-, gwo-, endpoint id. */
    private static final String HOOK = """
            #!/bin/sh -e
            case $1 in
            CREATE)
                iptables -t nat -A POSTROUTING -s 10.20.0.0/24 -o inet0 -m comment --comment "vpce-$4" -j MASQUERADE
                ip route add 10.20.0.0/24 dev "$3"
                ;;
            DESTROY)
                iptables -t nat -D POSTROUTING -s 10.20.0.0/24 -o inet0 -m comment --comment "vpce-$4" -j MASQUERADE
                ;;
            esac
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void needLab() {
        TunModeLab.require("curl", "curl", "ping", "iputils-ping", "iptables", "iptables");
    }

    @Test
    void shouldFetchFromTheInternetBehindTheAppliancesAddress() throws Exception {
        byte[] page = new byte[1_000_000];
        new Random(4).nextBytes(page);
        Path file = directory.resolve("page");
        try (TunModeLab lab = lab(); WebServer server = new WebServer(lab.lab().internet(), page)) {
            lab.start(TunModeLab.tunMode().workers(2).listener(hook()));
            String peer = run(lab.client(), "curl", "-sS", "-m", "20", "-o", file.toString(), "-w", "%{local_ip}", "http://198.51.100.2:8080/");
            assertThat(peer).isEqualTo("10.20.0.2");
            assertThat(Arrays.equals(Files.readAllBytes(file), page)).isTrue();
            TunModeLab.ping(lab.client(), 3, "198.51.100.2");
            assertThat(natRules(lab)).contains("-s 10.20.0.0/24 -o inet0", "vpce-00000000000000123", "MASQUERADE");

            LabReport.SiteReport site = lab.siteReport();
            assertThat(site.toServer().returnedPackets()).isZero();
            assertThat(site.toClient().returnedBytes()).isGreaterThan(page.length);
            assertThat(lab.drops()).isEmpty();
            assertThat(lab.appliance().destroyTunnel(0x123)).isTrue();
            TunModeLab.await("tunnel gone", () -> lab.stats().tunnels().isEmpty());
            assertThat(natRules(lab)).doesNotContain("MASQUERADE");
            assertThat(lab.tunnelLinks()).isEmpty();
        }
    }

    private static TunModeLab lab() throws Exception {
        return new TunModeLab(LiveLab.builder().site(SiteConfig.of(0x123).withoutServer().withMtu(1500)).internet());
    }

    private ScriptHook hook() throws Exception {
        Path script = Files.writeString(directory.resolve("nat.sh"), HOOK);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return ScriptHook.builder().createScript(script).destroyScript(script).build();
    }

    /** Here, unlike with one arm, such packets do not come from the load balancer first: only their way back tells of them. */
    @Test
    void shouldKeepATunnelWhilePacketsComeFromTheInternetAlone() throws Exception {
        try (TunModeLab lab = lab();
                DatagramSocket server = lab.lab().internet().call(() -> new DatagramSocket(4000));
                DatagramSocket client = lab.client().call(() -> new DatagramSocket())) {
            lab.start(TunModeLab.tunMode().tunnelIdleTimeout(Duration.ofSeconds(1)).listener(hook()));
            client.setSoTimeout(10_000);
            server.setSoTimeout(10_000);
            DatagramPacket packet = new DatagramPacket(new byte[32], 32, new InetSocketAddress("198.51.100.2", 4000));
            client.send(packet);
            server.receive(packet);
            assertThat(packet.getAddress().getHostAddress()).isEqualTo("198.51.100.1");
            for (int i = 0; i < 30; i++) {
                server.send(packet);
                client.receive(new DatagramPacket(new byte[32], 32));
                Thread.sleep(100);
            }
            assertThat(lab.stats().extras().tunnelsDestroyed()).isZero();
            TunModeLab.await("tunnel timed out", () -> lab.stats().extras().tunnelsDestroyed() == 1);
        }
    }

    private static String natRules(TunModeLab lab) throws Exception {
        return run(lab.kernel(), "iptables", "-t", "nat", "-S", "POSTROUTING");
    }
}
