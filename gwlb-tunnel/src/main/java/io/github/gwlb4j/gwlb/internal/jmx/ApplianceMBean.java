package io.github.gwlb4j.gwlb.internal.jmx;

import io.github.gwlb4j.gwlb.ApplianceMXBean;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.FlowTableStats;
import io.github.gwlb4j.gwlb.FlowTrackingStats;
import io.github.gwlb4j.gwlb.GwlbAppliance.State;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.WorkerStats;
import io.github.gwlb4j.gwlb.internal.health.HealthService;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The appliance in the platform's MBean server. Registered and unregistered by its owner; read from any thread. */
public final class ApplianceMBean implements ApplianceMXBean {
    private static final Logger LOG = LoggerFactory.getLogger(ApplianceMBean.class);

    private static final double NS_PER_SECOND = 1e9;

    private final ObjectName objectName;
    private final HealthService health;
    private final Supplier<State> state;
    private final Supplier<ApplianceStats> stats;

    private ApplianceMBean(ObjectName objectName, HealthService health, Supplier<State> state, Supplier<ApplianceStats> stats) {
        this.objectName = objectName;
        this.health = health;
        this.state = state;
        this.stats = stats;
    }

    /**
     * Registers an appliance.
     *
     * @param name   of the appliance
     * @param health of the appliance
     * @param state  of the appliance
     * @param stats  of the appliance
     * @return what is registered, to be unregistered at the end
     * @throws IllegalStateException if the name is taken; the message names the fix
     */
    public static ApplianceMBean register(String name, HealthService health, Supplier<State> state, Supplier<ApplianceStats> stats) {
        ApplianceMBean bean = new ApplianceMBean(objectName(name), health, state, stats);
        try {
            ManagementFactory.getPlatformMBeanServer().registerMBean(bean, bean.objectName);
            return bean;
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalStateException("there is an appliance with the name '" + name
                    + "' in this JVM: give each its own name(...), or say jmx(false)", e);
        } catch (JMException e) {
            throw new IllegalStateException("cannot register " + bean.objectName + ": say jmx(false) to do without", e);
        }
    }

    private static ObjectName objectName(String name) {
        try {
            boolean isPlain = name.matches("[\\w.-]+");
            return new ObjectName("io.github.gwlb4j:type=Appliance,name=" + (isPlain ? name : ObjectName.quote(name)));
        } catch (MalformedObjectNameException e) {
            throw new IllegalArgumentException("'" + name + "' cannot be part of a JMX name", e);
        }
    }

    /** Takes the appliance out of the MBean server, if it is in. */
    public void unregister() {
        try {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(objectName);
        } catch (InstanceNotFoundException e) {
            LOG.debug("{} was unregistered by someone else", objectName);
        } catch (JMException e) {
            LOG.warn("cannot unregister {}", objectName, e);
        }
    }

    @Override
    public String getState() {
        return state.get().name();
    }

    @Override
    public boolean isHealthy() {
        return health.status().isHealthy();
    }

    @Override
    public List<String> getProblems() {
        return health.status().problems();
    }

    @Override
    public long getUptimeSeconds() {
        return TimeUnit.NANOSECONDS.toSeconds(health.uptimeNs());
    }

    @Override
    public long getReceivedPackets() {
        return stats.get().receivedPackets();
    }

    @Override
    public long getReceivedBytes() {
        return stats.get().receivedBytes();
    }

    @Override
    public long getForwardedPackets() {
        return stats.get().forwardedPackets();
    }

    @Override
    public long getForwardedBytes() {
        return stats.get().forwardedBytes();
    }

    @Override
    public long getDeliveredPackets() {
        return stats.get().deliveredPackets();
    }

    @Override
    public long getReadPackets() {
        return stats.get().readPackets();
    }

    @Override
    public long getHeldPackets() {
        return stats.get().heldPackets();
    }

    @Override
    public long getFlowCount() {
        FlowTableStats flows = stats.get().flows();
        return flows == null ? 0 : flows.flows();
    }

    @Override
    public long getTrackedFlowCount() {
        FlowTrackingStats flows = stats.get().trackedFlows();
        return flows == null ? 0 : flows.flows();
    }

    @Override
    public long getInjectedPackets() {
        return stats.get().extras().injectedPackets();
    }

    @Override
    public long getInjectFailures() {
        return stats.get().extras().injectFailures();
    }

    @Override
    public long getCallbackFailures() {
        return stats.get().extras().callbackFailures();
    }

    @Override
    public long getDroppedByHandler() {
        return stats.get().droppedByHandler();
    }

    @Override
    public Map<String, Long> getDropsByReason() {
        Map<String, Long> drops = new TreeMap<>();
        stats.get().drops().forEach((reason, count) -> drops.put(reason.name(), count));
        return drops;
    }

    @Override
    public long getReceiveBufferDrops() {
        return stats.get().receiveBufferDrops();
    }

    @Override
    public int getReturnSockets() {
        return stats.get().returnSockets();
    }

    @Override
    public List<Double> getWorkerBusyRatios() {
        return stats.get().workers().stream().map(WorkerStats::busyRatio).toList();
    }

    @Override
    public int getTunnelCount() {
        return stats.get().tunnels().size();
    }

    @Override
    public List<TunnelInfo> getTunnels() {
        return stats.get().tunnels().stream().map(ApplianceMBean::info).toList();
    }

    private static TunnelInfo info(TunnelStats tunnel) {
        return new TunnelInfo(tunnel.name(), tunnel.mode().name(), tunnel.phase().name(), tunnel.receivedPackets(),
                tunnel.receivedBytes(), tunnel.deliveredPackets(), tunnel.forwardedPackets(), tunnel.forwardedBytes(), tunnel.droppedByHandler(), tunnel.idleNs() / NS_PER_SECOND);
    }
}
