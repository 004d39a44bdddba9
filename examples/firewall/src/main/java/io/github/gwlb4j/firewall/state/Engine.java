package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.inspect.ClientStream;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.PolicySettings;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.FlowEnd;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;

/**
 * Decides about one worker's packets: where a packet's life in the firewall branches, {@link #judge}, and what it branches into. A packet
 * of a connection that is open passes by {@link Following}, at a cost that does not depend on the rules; any other is judged by
 * {@link Opening}.
 *
 * <p>Belongs to its worker's thread; the counters may be read from any.
 */
public final class Engine {
    private static final int MAX_FRAGMENTED_DATAGRAMS = 4096;

    private final RateLimits limits = new RateLimits();
    private final FragmentGuard fragments = new FragmentGuard(MAX_FRAGMENTED_DATAGRAMS);
    private final ClientStreams streams;
    private final NameInspection names;
    private final Connections connections;
    private final Opening opening;
    private final Following following;
    private final Rejects rejects;
    private final IpPacket quoted = new IpPacket();
    private PolicyVersion version;
    private Policy policy;

    /**
     * Makes an engine without connections.
     *
     * @param settings of the whole run
     * @param first    the rules to begin with
     */
    public Engine(EngineSettings settings, PolicyVersion first) {
        PolicySettings limitsNow = first.policy().settings();
        this.streams = new ClientStreams(settings.maxUndecided(), ClientStream.DEFAULT_LIMIT);
        this.names = new NameInspection(streams, limits, settings.isVerifyingChecksum());
        this.connections = new Connections(settings, streams, limitsNow.halfOpenLimit(), limitsNow.halfOpenLimitPerSource());
        this.opening = new Opening(settings, connections, names, limits);
        this.following = new Following(settings, connections, names, opening);
        this.rejects = new Rejects(limitsNow.rejectsPerSecond());
        use(first);
    }

    /**
     * Judges by other rules from now on. Open connections go on.
     *
     * @param next the new rules
     */
    public void use(PolicyVersion next) {
        version = next;
        policy = next.policy();
        limits.use(next);
        names.use(next);
        opening.use(next);
        following.use(next);
        connections.setHalfOpenLimits(policy.settings().halfOpenLimit(), policy.settings().halfOpenLimitPerSource());
        rejects.setPerSecond(policy.settings().rejectsPerSecond());
    }

    /**
     * Decides about a packet.
     *
     * @param packet as the library shows it
     * @param out    receives the decision
     */
    public void judge(GwlbPacket packet, Judgement out) {
        if (packet.inner().isFragment()) {
            judgeFragment(packet, out);
        } else {
            judgeWhole(packet, out);
        }
    }

    private void judgeWhole(GwlbPacket packet, Judgement out) {
        Flow flow = isErrorToAThird(packet.inner()) ? null : packet.flow();
        Connection connection = flow == null ? null : (Connection) flow.attachment();
        if (connection == null) {
            opening.judge(packet, flow, out);
        } else if (packet.inner().isIcmpError()) {
            following.judgeError(connection, out);
        } else {
            following.judge(packet, flow, connection, out);
        }
    }

    /** An ICMP error goes to the sender of the packet that it quotes. Another one is no part of that packet's connection. */
    private boolean isErrorToAThird(IpPacket inner) {
        return inner.isIcmpError() && inner.wrapQuoted(quoted) == PacketStatus.OK
                && (quoted.sourceHigh() != inner.destinationHigh() || quoted.sourceLow() != inner.destinationLow());
    }

    private void judgeFragment(GwlbPacket packet, Judgement out) {
        if (policy.settings().fragments() == PolicySettings.Fragments.DROP) {
            out.drop(DecisionCause.FRAGMENT, Judgement.NO_RULE);
            return;
        }
        switch (fragments.examine(packet.tunnel().endpointId(), packet.inner(), packet.receivedNs())) {
            case FIRST -> {
                judgeWhole(packet, out);
                fragments.remember(out.isPassing(), version, out.rule());
            }
            case FOLLOWS -> out.refuse(fragments.hasPassed() ? Action.ALLOW : Action.DENY, DecisionCause.FRAGMENT, fragments.rule(version));
            case WITHOUT_FIRST -> judgeWithoutPorts(packet, out);
            default -> out.drop(DecisionCause.FRAGMENT, Judgement.NO_RULE);
        }
    }

    /** Rules that have ports match a packet without them only if they deny. */
    private void judgeWithoutPorts(GwlbPacket packet, Judgement out) {
        IpPacket inner = packet.inner();
        int rule = policy.firstMatch(packet.tunnel().endpointId(), inner, null);
        out.refuse(policy.rule(rule).action() == Action.ALLOW ? Action.ALLOW : Action.DENY, DecisionCause.FRAGMENT, rule);
    }

    /**
     * Tells senders of a packet that was rejected, and answers a denied DNS query if that is set.
     *
     * @param packet  what was judged last
     * @param verdict what was decided about it
     */
    public void answer(GwlbPacket packet, Judgement verdict) {
        if (verdict.isPassing()) {
            return;
        }
        if (verdict.notice() == Judgement.Notice.DNS_REFUSED) {
            names.refuseQuery(packet, rejects);
        } else if (verdict.action() == Action.REJECT) {
            if (verdict.notice() == Judgement.Notice.BOTH_ENDS) {
                rejects.toBothEnds(packet);
            } else {
                rejects.toSender(packet);
            }
        }
    }

    /**
     * A flow has ended.
     *
     * @param flow as the library shows it
     * @param end  why
     */
    public void onFlowEnd(Flow flow, FlowEnd end) {
        connections.onFlowEnd(flow, end);
    }

    /**
     * The engine's counters, a moment old. From any thread.
     *
     * @return a snapshot
     */
    public EngineStats stats() {
        return new EngineStats(connections.size(), connections.halfOpen(), connections.opened(), connections.evicted(), rejects.sent(),
                rejects.suppressed(), streams.givenUp(), fragments.displaced(), limits.shared());
    }
}
