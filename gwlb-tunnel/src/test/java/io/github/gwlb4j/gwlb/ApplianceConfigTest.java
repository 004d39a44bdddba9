package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ApplianceConfigTest {
    @Test
    void shouldKeepDescriptorsForTheQueuesOfTunnelsFree() {
        assertThat(new ApplianceConfig(GwlbAppliance.builder().handler(worker -> packet -> Verdict.FORWARD)).filesOfTunnels()).isZero();
        assertThat(new ApplianceConfig(GwlbAppliance.builder().mode(TunnelMode.TUN).workers(2)).filesOfTunnels()).isEqualTo(512);
        assertThat(new ApplianceConfig(GwlbAppliance.builder().mode(TunnelMode.TUN).maxTunnels(3)).filesOfTunnels()).isEqualTo(12);
        assertThat(new ApplianceConfig(GwlbAppliance.builder().handler(worker -> packet -> Verdict.FORWARD)
                .modeOf(7, TunnelMode.INLINE_WITH_TAP)).filesOfTunnels()).isPositive();
    }

    @Test
    void shouldNeedAHandlerOnlyIfSomeEndpointIsInline() {
        assertThat(new ApplianceConfig(GwlbAppliance.builder().mode(TunnelMode.TUN)).handlers).isNotNull();
        assertThatThrownBy(() -> GwlbAppliance.builder().mode(TunnelMode.TUN).modeOf(7, TunnelMode.INLINE).build())
                .hasMessageContaining("no packet handler");
    }

    @Test
    void shouldNameSettingsOfTunnelsThatAreWrong() {
        GwlbApplianceBuilder tun = GwlbAppliance.builder().mode(TunnelMode.TUN);
        assertThatThrownBy(() -> tun.tunnelMtu(100).build()).hasMessage("tunnelMtu is 100, must be 576 to 65535");
        tun.tunnelMtu(8500);
        assertThatThrownBy(() -> tun.creationRetry(Duration.ofSeconds(2), Duration.ofSeconds(1)).build()).hasMessageContaining("creationRetry max");
        tun.creationRetry(Duration.ofSeconds(1), Duration.ofSeconds(2));
        assertThatThrownBy(() -> tun.allowEndpoint(1).declareTunnel(2).build()).hasMessageContaining("not allowed");
        assertThatThrownBy(() -> tun.allowEndpoint(2).allowEndpoint(3).declareTunnel(3).maxTunnels(1).build()).hasMessageContaining("more than maxTunnels");
        assertThatThrownBy(() -> TunSettings.builder().maxFlows(0).build()).hasMessageContaining("maxFlows");
        assertThatThrownBy(() -> TunSettings.builder().tcpFlowTimeout(Duration.ZERO).build()).hasMessageContaining("tcpFlowTimeout");
    }
}
