package io.github.gwlb4j.gwlb.tun;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TunModeLabTest {
    private LiveLab lab;
    private GwlbAppliance appliance;

    @AfterEach
    void close() {
        if (appliance != null) {
            appliance.close();
            assertThat(appliance.stats().isBalanced()).as("%s", appliance.stats()).isTrue();
        }
        if (lab != null) {
            lab.close();
        }
    }

    private void start(GwlbApplianceBuilder builder) throws Exception {
        appliance = lab.appliance().call(() -> builder.listen(new InetSocketAddress(LiveLab.APPLIANCE_ADDRESS, 6081)).build().start());
    }

    /** What arrives by gwi goes out by gwo, as the pass-through hook script does. */
    private final TunnelListener passThrough = new TunnelListener() {
        @Override
        public void onCreated(Tunnel tunnel) {
            int table = 100 + Math.floorMod(tunnel.endpointId(), 100);
            for (String family : new String[] {"-4", "-6"}) {
                ip(family, "rule", "add", "iif", tunnel.ingressInterface(), "table", "" + table);
                ip(family, "route", "add", "default", "dev", tunnel.egressInterface(), "table", "" + table);
            }
        }
    };

    private void ip(String... arguments) {
        try {
            String[] command = new String[arguments.length + 1];
            command[0] = "ip";
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            CommandResult result = lab.appliance().run(Duration.ofSeconds(5), command);
            if (!result.isSuccess()) {
                throw new IllegalStateException(result.toString());
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldCarryAPingThroughTheKernel() throws Exception {
        lab = LiveLab.builder().site(7).start();
        lab.appliance().run(Duration.ofSeconds(5), "sysctl", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        start(GwlbAppliance.builder().mode(TunnelMode.TUN).listener(passThrough));
        CommandResult ping = lab.site(0).client().run(Duration.ofSeconds(10), "ping", "-c", "3", "-i", "0.2", "-W", "2", "10.30.0.2");
        CommandResult ping6 = lab.site(0).client().run(Duration.ofSeconds(10), "ping", "-6", "-c", "3", "-i", "0.2", "-W", "2", "fd30::2");
        assertThat(ping.isSuccess()).as("%s", ping).isTrue();
        assertThat(ping6.isSuccess()).as("%s", ping6).isTrue();
        assertThat(lab.report().isClean()).isTrue();
    }
}
