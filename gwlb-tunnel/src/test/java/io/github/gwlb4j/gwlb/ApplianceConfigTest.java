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
    void shouldNameSettingsOfFlowTrackingAndPacketsOfOwnThatAreWrong() {
        assertThatThrownBy(() -> GwlbAppliance.builder().mode(TunnelMode.TUN).flowTracking(FlowTracking.ofMaxFlows(1)).build())
                .hasMessageContaining("flowTracking is for the inline modes").hasMessageContaining("mode(TunnelMode.INLINE)");
        assertThatThrownBy(() -> FlowTracking.ofMaxFlows(0)).hasMessage("maxFlows of flowTracking is 0, must be 1 to 16777216");
        assertThatThrownBy(() -> FlowTracking.ofMaxFlows(1).withTcpTimeout(Duration.ZERO)).hasMessageContaining("TCP timeout of flowTracking");
        assertThatThrownBy(() -> FlowTracking.ofMaxFlows(1).withOtherTimeout(Duration.ofDays(366))).hasMessageContaining("other timeout");
        GwlbApplianceBuilder inline = GwlbAppliance.builder().handler(worker -> packet -> Verdict.FORWARD);
        assertThatThrownBy(() -> inline.injectQueue(15).build()).hasMessage("injectQueue is 15, must be 16 to 65536");
        inline.injectQueue(16);
        assertThatThrownBy(() -> inline.rewriteBytes(-1).build()).hasMessage("rewriteBytes is -1, must be 0 to 67108864");
    }

    @Test
    void shouldTakeNoMemoryForLongerPacketsWhereNoneCanBeMade() {
        assertThat(new ApplianceConfig(GwlbAppliance.builder().mode(TunnelMode.TUN)).packetRules.rewriteBytes()).isZero();
        assertThat(new ApplianceConfig(GwlbAppliance.builder().mode(TunnelMode.TUN).handler(worker -> packet -> Verdict.FORWARD)
                .modeOf(7, TunnelMode.INLINE)).packetRules.rewriteBytes()).isPositive();
    }

    @Test
    void shouldTakeTheLoadBalancersTimeoutsUnlessToldOthers() {
        FlowTracking tracking = FlowTracking.ofMaxFlows(9);
        assertThat(tracking.tcpTimeout()).isEqualTo(Duration.ofSeconds(350));
        assertThat(tracking.otherTimeout()).isEqualTo(Duration.ofSeconds(120));
        FlowTracking other = tracking.withTcpTimeout(Duration.ofSeconds(1)).withOtherTimeout(Duration.ofSeconds(2));
        assertThat(other.tcpTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(other.otherTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(other.maxFlows()).isEqualTo(9);
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
