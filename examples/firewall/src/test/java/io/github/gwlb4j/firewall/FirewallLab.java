package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.rules.RuleFileException;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.firewall.state.EngineStats;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.InjectStatus;
import io.github.gwlb4j.gwlb.ReplaceStatus;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A firewall on a table: one worker's, with a clock that stands still until it is told to go on, and flows that are kept as the library
 * keeps them, without sockets and threads.
 *
 * <pre>{@code
 * FirewallLab lab = FirewallLab.of("allow tcp from 10.0.0.0/8");
 * assertThat(lab.passes(PacketBuilder.ipv4("10.0.0.1", "192.0.2.1").tcp(5000, 443).flags(TcpHeader.SYN))).isTrue();
 * assertThat(lab.takeInjected()).isEmpty();
 * }</pre>
 */
public final class FirewallLab {
    private static final long TCP_TIMEOUT_NS = Duration.ofSeconds(350).toNanos();

    private final CurrentPolicy policy;
    private final EngineSettings settings;
    private final Firewall firewall;
    private final Map<FlowKey, LabFlow> flows = new HashMap<>();
    private final List<byte[]> injected = new ArrayList<>();
    private long nowNs = System.nanoTime();
    private long endpointId = 1;

    private FirewallLab(EngineSettings settings, List<String> rules) {
        this.settings = settings;
        this.policy = new CurrentPolicy(parse(rules));
        this.firewall = new Firewall(policy, settings, null, null);
    }

    /** A firewall with these rules. */
    public static FirewallLab of(String... rules) {
        return of(EngineSettings.DEFAULT, rules);
    }

    /** A firewall with these settings and rules. */
    public static FirewallLab of(EngineSettings settings, String... rules) {
        return new FirewallLab(settings, Arrays.asList(rules));
    }

    private static Policy parse(List<String> rules) {
        try {
            return PolicyFile.parse("test.rules", rules);
        } catch (RuleFileException e) {
            throw new AssertionError(e);
        }
    }

    /** What all workers look at to see whether there are new rules. */
    Object rules() {
        return policy.version();
    }

    /** Takes other rules into use, as a reload does. */
    public void reload(String... rules) {
        policy.replace(parse(Arrays.asList(rules)));
    }

    /** Whether a packet is forwarded. */
    public boolean passes(PacketBuilder packet) {
        return passes(packet.build());
    }

    /** Whether a packet is forwarded. */
    public boolean passes(byte[] packet) {
        IpPacket inner = new IpPacket();
        assertThat(inner.wrap(ByteBuffer.wrap(packet), 0, packet.length)).isEqualTo(PacketStatus.OK);
        return firewall.onPacket(new View(inner)) == Verdict.FORWARD;
    }

    /** Time goes by: flows that have been silent for their timeout end. */
    public void sleep(Duration duration) {
        nowNs += duration.toNanos();
        for (LabFlow flow : List.copyOf(flows.values())) {
            if (nowNs - flow.lastSeenNs >= flow.timeoutNs) {
                end(flow, FlowEnd.EXPIRED);
            }
        }
    }

    /** The endpoint of the packets from now on; 1 at first. */
    public void useEndpoint(long id) {
        endpointId = id;
    }

    /** What the firewall has sent of its own accord since the last call: inner packets. */
    public List<byte[]> takeInjected() {
        List<byte[]> taken = List.copyOf(injected);
        injected.clear();
        return taken;
    }

    /** Packets that a rule has decided about; rules count from 0. */
    public long packetsByRule(int rule) {
        return firewall.tally().packets(rule);
    }

    /** Connections that a rule has decided about; rules count from 0. */
    public long connectionsByRule(int rule) {
        return firewall.tally().connections(rule);
    }

    /** Packets that were dropped for a reason. */
    public long dropped(DecisionCause cause) {
        return firewall.dropped(cause);
    }

    /** Packets that passed for a reason. */
    public long passed(DecisionCause cause) {
        return firewall.passed(cause);
    }

    /** The engine's counters. */
    public EngineStats stats() {
        return firewall.stats();
    }

    private void end(LabFlow flow, FlowEnd end) {
        if (flows.remove(flow.key, flow)) {
            firewall.onFlowEnd(flow, end);
        }
    }

    private LabFlow flowOf(IpPacket inner) {
        if (inner.fragmentOffset() != 0) {
            return null; // the firewall does not ask
        }
        FlowKey key = new FlowKey().setByPorts(endpointId, inner);
        LabFlow flow = flows.get(key);
        if (inner.isIcmpError()) {
            return flow;
        }
        if (flow == null) {
            if (flows.size() == settings.maxConnections()) {
                end(givingWay(), FlowEnd.EVICTED);
            }
            flow = new LabFlow(key.copy());
            flows.put(flow.key, flow);
        }
        flow.lastSeenNs = nowNs;
        return flow;
    }

    /** The longest silent of those with the shortest timeout. */
    private LabFlow givingWay() {
        return flows.values().stream().min((a, b) -> a.timeoutNs != b.timeoutNs ? Long.compare(a.timeoutNs, b.timeoutNs)
                : Long.compare(a.lastSeenNs, b.lastSeenNs)).orElseThrow();
    }

    private InjectStatus inject(ByteBuffer packet, int offset, int length) {
        byte[] bytes = new byte[length];
        packet.get(offset, bytes);
        injected.add(bytes);
        return InjectStatus.QUEUED;
    }

    private final class LabFlow implements Flow {
        private final FlowKey key;
        private final long firstSeenNs = nowNs;
        private Object attachment;
        private long lastSeenNs;
        private long timeoutNs = TCP_TIMEOUT_NS;

        private LabFlow(FlowKey key) {
            this.key = key;
        }

        @Override
        public FlowKey key() {
            return key;
        }

        @Override
        public Tunnel tunnel() {
            throw new AssertionError("the firewall does not look at it");
        }

        @Override
        public boolean isInitiatorForward() {
            return key.isForward();
        }

        @Override
        public Object attachment() {
            return attachment;
        }

        @Override
        public void attach(Object object) {
            attachment = object;
        }

        @Override
        public long firstSeenNs() {
            return firstSeenNs;
        }

        @Override
        public long lastSeenNs() {
            return lastSeenNs;
        }

        @Override
        public long packets(boolean isForward) {
            throw new AssertionError("the firewall does not look at it");
        }

        @Override
        public long bytes(boolean isForward) {
            throw new AssertionError("the firewall does not look at it");
        }

        @Override
        public void setTimeoutNs(long timeout) {
            timeoutNs = timeout;
        }

        @Override
        public void forget() {
            end(this, FlowEnd.FORGOTTEN);
        }

        @Override
        public InjectStatus inject(ByteBuffer packet, int offset, int length) {
            return FirewallLab.this.inject(packet, offset, length);
        }
    }

    private final class View implements GwlbPacket, Tunnel {
        private final IpPacket inner;

        private View(IpPacket inner) {
            this.inner = inner;
        }

        @Override
        public Tunnel tunnel() {
            return this;
        }

        @Override
        public GeneveHeader header() {
            throw new AssertionError("the firewall does not look at it");
        }

        @Override
        public GwlbOptions options() {
            throw new AssertionError("the firewall does not look at it");
        }

        @Override
        public IpPacket inner() {
            return inner;
        }

        @Override
        public FlowKey flowKey() {
            return new FlowKey().set(endpointId, inner);
        }

        @Override
        public Flow flow() {
            return flowOf(inner);
        }

        @Override
        public InjectStatus inject(ByteBuffer packet, int offset, int length) {
            return FirewallLab.this.inject(packet, offset, length);
        }

        @Override
        public ReplaceStatus replaceInner(ByteBuffer packet, int offset, int length) {
            throw new AssertionError("the firewall does not change packets");
        }

        @Override
        public long receivedNs() {
            return nowNs;
        }

        @Override
        public long endpointId() {
            return endpointId;
        }

        @Override
        public TunnelMode mode() {
            return TunnelMode.INLINE;
        }

        @Override
        public String name() {
            return "test";
        }

        @Override
        public Instant createdAt() {
            return Instant.EPOCH;
        }

        @Override
        public TunnelStats stats() {
            throw new AssertionError("the firewall does not look at it");
        }
    }
}
