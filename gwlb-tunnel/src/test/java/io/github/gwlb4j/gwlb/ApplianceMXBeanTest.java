package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport.Datagram;
import io.github.gwlb4j.packet.IpPacket;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.JMException;
import javax.management.JMX;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ApplianceMXBeanTest {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    private final List<GwlbAppliance> appliances = new ArrayList<>();

    @AfterEach
    void close() throws JMException {
        appliances.forEach(GwlbAppliance::close);
        assertThat(SERVER.queryNames(new ObjectName("io.github.gwlb4j:*"), null)).isEmpty();
    }

    private GwlbApplianceBuilder builder(InMemoryTransport network) {
        return GwlbAppliance.builder().transport(() -> network).handler(worker -> packet -> Verdict.FORWARD);
    }

    private GwlbAppliance start(GwlbApplianceBuilder builder) throws IOException {
        GwlbAppliance appliance = builder.build();
        appliances.add(appliance);
        return appliance.start();
    }

    private static ObjectName name(String name) throws JMException {
        return new ObjectName("io.github.gwlb4j:type=Appliance,name=" + name);
    }

    @Test
    void shouldShowCountersReadOnlyAndNotThatTheyChange() throws Exception {
        InMemoryTransport network = new InMemoryTransport();
        start(builder(network).name("edge").flowTracking(FlowTracking.ofMaxFlows(10)).handler(worker -> packet -> {
            IpPacket inner = packet.inner();
            packet.inject(inner.buffer(), inner.offset(), inner.totalLength());
            packet.inject(inner.buffer(), inner.offset(), 3);
            return Verdict.FORWARD;
        }));
        ApplianceMXBean bean = JMX.newMXBeanProxy(SERVER, name("edge"), ApplianceMXBean.class);
        network.inject(new Datagram(1, 2, TestPackets.geneve(TestPackets.dnsQuery())));
        network.takeReply(5000);
        network.takeReply(5000);
        network.inject(new Datagram(1, 2, new byte[3]));
        while (bean.getReceivedPackets() < 2) {
            Thread.sleep(1);
        }

        assertThat(bean.getState()).isEqualTo("RUNNING");
        assertThat(bean.isHealthy()).isTrue();
        assertThat(bean.getProblems()).isEmpty();
        assertThat(bean.getForwardedPackets()).isOne();
        assertThat(bean.getForwardedBytes()).isEqualTo(bean.getReceivedBytes() - 3);
        assertThat(bean.getDroppedByHandler()).isZero();
        assertThat(bean.getDropsByReason()).hasSize(DropReason.values().length).containsEntry("HEADER_TRUNCATED", 1L);
        assertThat(bean.getReceiveBufferDrops()).isEqualTo(-1);
        assertThat(bean.getReturnSockets()).isZero();
        assertThat(bean.getUptimeSeconds()).isNotNegative();
        assertThat(bean.getWorkerBusyRatios()).singleElement().satisfies(ratio -> assertThat(ratio).isBetween(0.0, 1.0));
        assertThat(bean.getDeliveredPackets() + bean.getReadPackets() + bean.getHeldPackets() + bean.getFlowCount()).isZero();
        assertThat(bean.getTrackedFlowCount()).as("the tracked flow of the packet").isOne();
        assertThat(bean.getInjectedPackets()).isOne();
        assertThat(bean.getInjectFailures()).isOne();
        assertThat(bean.getCallbackFailures()).isZero();
        assertThat(bean.getTunnelCount()).isOne();
        assertThat(bean.getTunnels()).singleElement().satisfies(tunnel -> {
            assertThat(tunnel.endpoint()).isEqualTo("vpce-00123456789abcdef");
            assertThat(tunnel.mode()).isEqualTo("INLINE");
            assertThat(tunnel.phase()).isEqualTo("ACTIVE");
            assertThat(tunnel.forwardedPackets()).isOne();
        });
        assertThat(SERVER.getMBeanInfo(name("edge")).getAttributes()).hasSize(23).noneMatch(MBeanAttributeInfo::isWritable);
        assertThat(SERVER.getMBeanInfo(name("edge")).getOperations()).isEmpty();
    }

    @Test
    void shouldShowTwoAppliancesOfOneJvmAndForgetThemWhenTheyClose() throws Exception {
        GwlbAppliance one = start(builder(new InMemoryTransport()));
        start(builder(new InMemoryTransport()));
        assertThat(SERVER.queryNames(name("*"), null)).hasSize(2);
        one.close();
        assertThat(SERVER.queryNames(name("*"), null)).hasSize(1);
    }

    @Test
    void shouldNameTheFixAndLeaveNothingRunningWhenANameIsTaken() throws Exception {
        start(builder(new InMemoryTransport()).name("same"));
        GwlbAppliance second = builder(new InMemoryTransport()).name("same").build();
        assertThatThrownBy(second::start).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'same'").hasMessageContaining("name(...)").hasMessageContaining("jmx(false)");
        assertThat(second.state()).isEqualTo(GwlbAppliance.State.NEW);
        assertThat(SERVER.queryNames(name("same"), null)).hasSize(1);
        assertThat(Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("gwlb4j-worker-0"))).hasSize(1);
    }

    @Test
    void shouldStayOutOfJmxWhenToldTo() throws Exception {
        start(builder(new InMemoryTransport()).jmx(false));
        assertThat(SERVER.queryNames(name("*"), null)).isEmpty();
    }

    @Test
    void shouldQuoteANameThatJmxReservesCharactersOf() throws Exception {
        start(builder(new InMemoryTransport()).name("a,b=*?\"c"));
        Map<String, String> keys = SERVER.queryNames(new ObjectName("io.github.gwlb4j:*"), null).iterator().next().getKeyPropertyList();
        assertThat(ObjectName.unquote(keys.get("name"))).isEqualTo("a,b=*?\"c");
    }
}
