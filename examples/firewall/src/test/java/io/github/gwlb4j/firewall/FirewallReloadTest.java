package io.github.gwlb4j.firewall;

import static io.github.gwlb4j.firewall.LabPackets.CLIENT;
import static io.github.gwlb4j.firewall.LabPackets.SERVER;
import static io.github.gwlb4j.firewall.LabPackets.SYN_ACK;
import static io.github.gwlb4j.firewall.LabPackets.client;
import static io.github.gwlb4j.firewall.LabPackets.connect;
import static io.github.gwlb4j.firewall.LabPackets.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.simulator.packet.Fragmenter;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a reload of the rules, and a dry run, do to packets of connections that are open. */
class FirewallReloadTest {
    @Test
    void shouldNotKeepOldRulesInMemoryForConnectionsAndDatagramsThatSleepThroughReloads() {
        FirewallLab lab = FirewallLab.of("web: allow tcp to any port 443", "default allow");
        List<byte[]> fragments = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 54).payload(4000).build(), 1500, 1);
        connect(lab, 5000);
        assertThat(lab.passes(fragments.get(0))).isTrue();
        WeakReference<Object> first = new WeakReference<>(lab.rules());

        for (int i = 0; i < 3; i++) {
            lab.reload("deny icmp", "web: allow tcp to any port 443", "default allow");
            assertThat(lab.passes(client(6000 + i, TcpHeader.SYN))).isTrue();
        }
        for (int i = 0; i < 100 && first.get() != null; i++) {
            System.gc();
        }

        assertThat(first.get()).isNull();
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
        assertThat(lab.packetsByRule(1)).as("by its name").isEqualTo(7);
        assertThat(lab.passes(fragments.get(1))).isTrue();
    }

    @Test
    void shouldFindARuleAgainThatWasGoneForAWhile() {
        FirewallLab lab = FirewallLab.of("web: allow tcp to any port 443");
        connect(lab, 5000);
        lab.reload("default deny");
        assertThat(lab.passes(client(5001, TcpHeader.SYN))).isFalse();
        lab.reload("deny icmp", "web: allow tcp to any port 443");

        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
        assertThat(lab.packetsByRule(1)).isEqualTo(1);
    }

    @Test
    void shouldKeepOpenConnectionsAndTheirCountersWhenRulesAreReloaded() {
        FirewallLab lab = FirewallLab.of("web: allow tcp to any port 443", "allow udp");
        connect(lab, 5000);
        lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).udp(1, 2));

        lab.reload("deny icmp", "allow udp", "web: allow tcp to any port 443,8443");

        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isTrue();
        assertThat(lab.packetsByRule(2)).as("by its name").isEqualTo(4);
        assertThat(lab.packetsByRule(1)).as("by its text").isEqualTo(1);
        lab.reload("default deny");
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).as("its rule is gone").isTrue();
        assertThat(lab.passes(client(5001, TcpHeader.SYN))).as("a new one").isFalse();
        assertThat(lab.packetsByRule(-1)).as("of rules that are gone").isEqualTo(7 - 1);
    }

    @Test
    void shouldEndOpenConnectionsThatNewRulesRejectIfTheyAreRechecked() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withRecheckOnReload(true), "allow tcp from 10.0.0.0/8");
        connect(lab, 5000);
        connect(lab, 5001);
        lab.reload("reject tcp from 10.0.0.0/8 port 5000", "allow tcp from 10.0.0.0/8");

        assertThat(lab.passes(server(5001, TcpHeader.ACK))).as("judged as its client's").isTrue();
        assertThat(lab.passes(server(5000, TcpHeader.ACK))).isFalse();
        assertThat(lab.takeInjected()).as("both ends are told").hasSize(2);
        assertThat(lab.passes(client(5000, TcpHeader.ACK))).isFalse();
        assertThat(lab.passes(client(5000, TcpHeader.SYN))).isFalse();
    }

    @Test
    void shouldUseTheLimitsOfTheNewRules() {
        FirewallLab lab = FirewallLab.of("default reject");
        lab.reload("set rejects-per-second 0", "default reject");
        lab.passes(client(5000, TcpHeader.SYN));
        assertThat(lab.takeInjected()).isEmpty();
    }

    // ---- dry run

    @Test
    void shouldDecideAndCountButForwardEverythingInADryRun() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withDryRun(true), "no-telnet: reject tcp to any port 23", "allow tcp");

        PacketBuilder telnet = PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 23).flags(TcpHeader.SYN);
        assertThat(lab.passes(telnet)).isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).tcp(23, 5000).flags(SYN_ACK))).isTrue();
        assertThat(lab.passes(PacketBuilder.ipv4(CLIENT, SERVER).tcp(5000, 23))).isTrue();
        connect(lab, 5001);

        assertThat(lab.packetsByRule(0)).as("all packets of the connection").isEqualTo(3);
        assertThat(lab.connectionsByRule(0)).isEqualTo(1);
        assertThat(lab.dropped(DecisionCause.RULE)).isEqualTo(3);
        assertThat(lab.takeInjected()).as("nobody is told").isEmpty();
        assertThat(lab.packetsByRule(1)).isEqualTo(3);
    }

    @Test
    void shouldJudgeDeniedConnectionsAnewAfterAReloadInADryRun() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withDryRun(true), "deny tcp");
        lab.passes(client(5000, TcpHeader.SYN));
        lab.passes(server(5000, SYN_ACK));
        lab.reload("allow tcp from 10.0.0.0/8");
        lab.passes(client(5000, TcpHeader.ACK));
        assertThat(lab.packetsByRule(0)).isEqualTo(1);
        assertThat(lab.dropped(DecisionCause.RULE)).isEqualTo(2);
    }

    @Test
    void shouldLetFragmentsFollowTheirFirstThroughAReload() {
        FirewallLab lab = FirewallLab.of("set mid-stream deny", "allow udp", "allow tcp");
        List<byte[]> allowed = Fragmenter.split(PacketBuilder.ipv4(CLIENT, SERVER).udp(5000, 54).payload(4000).build(), 1500, 1);
        List<byte[]> denied = Fragmenter.split(client(5000, TcpHeader.ACK).payload(4000).build(), 1500, 2);
        assertThat(lab.passes(allowed.get(0))).isTrue();
        assertThat(lab.passes(denied.get(0))).as("mid-stream: no rule had a part in it").isFalse();

        lab.reload("allow tcp");

        assertThat(lab.passes(allowed.get(1))).isTrue();
        assertThat(lab.passes(denied.get(1))).isFalse();
        assertThat(lab.packetsByRule(-1)).as("of the rule that is gone").isEqualTo(2);
    }

    @Test
    void shouldJudgeErrorsAboutARefusedConnectionThroughAReloadInADryRun() {
        FirewallLab lab = FirewallLab.of(EngineSettings.DEFAULT.withDryRun(true), "set mid-stream deny", "default allow");
        byte[] segment = client(5000, TcpHeader.ACK).build();
        lab.passes(segment);
        lab.reload("set mid-stream deny", "allow udp");

        assertThat(lab.passes(PacketBuilder.ipv4(SERVER, CLIENT).icmpError(3, 1, segment))).isTrue();
        assertThat(lab.dropped(DecisionCause.MID_STREAM)).isEqualTo(2);
    }
}
