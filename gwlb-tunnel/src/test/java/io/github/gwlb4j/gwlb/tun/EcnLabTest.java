package io.github.gwlb4j.gwlb.tun;

import static io.github.gwlb4j.gwlb.tun.TunModeLab.await;
import static io.github.gwlb4j.gwlb.tun.TunModeLab.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.net.DatagramSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Congestion that a router between load balancer and appliance has marked (RFC 6040), made and seen by real kernels. */
@Timeout(60)
@SuppressWarnings("try") // a server works without being mentioned
class EcnLabTest {
    private static final int ECT_0 = 2;

    @BeforeEach
    void needLab() {
        TunModeLab.require("iptables", "iptables");
    }

    @Test
    void shouldTellTheServerOfCongestionInFrontOfTheAppliance() throws Exception {
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(1));
                DatagramSocket server = lab.server().call(() -> new DatagramSocket(9))) { // or it would answer with errors
            lab.start(TunModeLab.tunMode().listener(lab.routes()));
            countEcn(lab.server(), "INPUT", "9", "0x02/0x03");
            countEcn(lab.server(), "INPUT", "9", "0x03/0x03");
            countEcn(lab.lab().loadBalancer(), "PREROUTING", "6081", "0x02/0x03");
            countEcn(lab.lab().loadBalancer(), "PREROUTING", "6081", "0x03/0x03");
            byte[] capable = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").trafficClass(ECT_0).udp(5000, 9).payload(10).build();
            lab.site().injectFromClient(capable);
            await("packet at the server", () -> lab.siteReport().toServer().returnedPackets() == 1);

            run(lab.lab().loadBalancer(), "iptables", "-t", "mangle", "-A", "POSTROUTING", "-p", "udp", "--dport", "6081",
                    "-j", "TOS", "--set-tos", "0x03/0x03");
            lab.site().injectFromClient(capable);
            lab.site().injectFromClient(PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 9).payload(10).build());
            await("what cannot be marked dropped", () -> lab.stats().dropped(DropReason.CONGESTION_EXPERIENCED) >= 1);
            await("packet at the server", () -> lab.siteReport().toServer().returnedPackets() == 2);

            await("both seen by the server's kernel", () -> counted(lab.server(), "INPUT").equals("1 1"));
            assertThat(counted(lab.lab().loadBalancer(), "PREROUTING")).isEqualTo("1 1");
        }
    }

    private static void countEcn(LabNamespace namespace, String chain, String port, String ecn) throws Exception {
        run(namespace, "iptables", "-t", "mangle", "-A", chain, "-p", "udp", "--dport", port, "-m", "tos", "--tos", ecn);
    }

    /** Packets that each rule of a chain has met. */
    private static String counted(LabNamespace namespace, String chain) {
        try {
            StringBuilder counts = new StringBuilder();
            run(namespace, "iptables", "-t", "mangle", "-nvxL", chain).lines().skip(2)
                    .forEach(line -> counts.append(line.strip().split("\\s+")[0]).append(' '));
            return counts.toString().strip();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
