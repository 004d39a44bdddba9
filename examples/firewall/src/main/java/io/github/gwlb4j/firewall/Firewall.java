package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.ConnectionTable.Connection;
import io.github.gwlb4j.firewall.ConnectionTable.Timeout;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.packet.FlowKey;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The firewall's logic, one instance for each worker: a packet of an allowed connection passes, in both directions; of any
 * other the first rule that matches decides.
 *
 * <p>Belongs to its worker's thread; the counters may be read from any.
 */
final class Firewall implements PacketHandler {
    private static final int MAX_FRAGMENTED_DATAGRAMS = 4096;
    private static final long EXPIRY_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Policy rules;
    private final ConnectionTable connections;
    private final FragmentTable fragments = new FragmentTable(MAX_FRAGMENTED_DATAGRAMS);
    private final FlowKey flow = new FlowKey();
    private final TcpHeader tcp = new TcpHeader();
    private final AtomicLongArray packetsByRule;
    private long nextExpiryNs = System.nanoTime();

    Firewall(Policy rules, int maxConnections) {
        this.rules = rules;
        this.connections = new ConnectionTable(maxConnections);
        this.packetsByRule = new AtomicLongArray(rules.ruleCount());
    }

    @Override
    public Verdict onPacket(GwlbPacket packet) {
        IpPacket inner = packet.inner();
        long endpointId = packet.tunnel().endpointId();
        long nowNs = packet.receivedNs();
        if (nowNs - nextExpiryNs >= 0) {
            connections.expire(nowNs);
            nextExpiryNs = nowNs + EXPIRY_INTERVAL_NS;
        }
        int rule = inner.fragmentOffset() == 0 ? decide(endpointId, inner, nowNs) : follow(endpointId, inner, nowNs);
        packetsByRule.lazySet(rule, packetsByRule.getPlain(rule) + 1);
        return rules.rule(rule).action() == Action.ALLOW ? Verdict.FORWARD : Verdict.DROP;
    }

    /** A whole packet or a first fragment: its connection decides, else the rules. */
    private int decide(long endpointId, IpPacket inner, long nowNs) {
        flow.setByPorts(endpointId, inner);
        Connection connection = connections.find(flow, nowNs);
        boolean isTcp = tcp.wrap(inner);
        if (connection != null && isTcp && connection.isEnding() && tcp.has(TcpHeader.SYN) && !tcp.has(TcpHeader.ACK)) {
            connections.remove(connection); // the same ports again: a new connection, to be judged anew
            connection = null;
        }
        int rule = connection != null ? connection.rule() : rules.firstMatch(endpointId, inner);
        // An ICMP error carries the flow of the packet it quotes: it is neither a packet of that flow, nor does allowing it allow
        // that flow.
        if (!inner.isIcmpError()) {
            if (connection != null) {
                connections.notePacket(connection, flow.isForward(), nowNs);
            } else if (rules.rule(rule).action() == Action.ALLOW) {
                connection = connections.add(flow, rule, inner.protocol() == IpProtocol.TCP ? Timeout.HALF_OPEN : Timeout.SHORT, nowNs);
            }
        }
        if (connection != null && isTcp) {
            noteEnd(connection, nowNs);
        }
        if (inner.isFragment()) {
            fragments.remember(endpointId, inner, new FragmentTable.Decision(rule, nowNs));
        }
        return rule;
    }

    private void noteEnd(Connection connection, long nowNs) {
        if (tcp.has(TcpHeader.RST)) {
            connections.reset(connection, nowNs);
        } else if (tcp.has(TcpHeader.FIN)) {
            connections.finish(connection, flow.isForward(), nowNs);
        }
    }

    /** A later fragment: goes the way of the first one; without one, only what the rules say without ports. */
    private int follow(long endpointId, IpPacket inner, long nowNs) {
        FragmentTable.Decision decision = fragments.find(endpointId, inner, nowNs);
        return decision != null ? decision.rule() : rules.firstMatch(endpointId, inner);
    }

    /** Packets that a rule decided about, the later packets of its connections included. From any thread. */
    long packetsByRule(int rule) {
        return packetsByRule.getOpaque(rule);
    }

    /** From any thread. */
    ConnectionTable connections() {
        return connections;
    }
}
