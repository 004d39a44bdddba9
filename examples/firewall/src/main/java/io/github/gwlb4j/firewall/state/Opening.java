package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.inspect.ClientStream;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;

/**
 * Judges packets that belong to no connection: by the rules, and by the limits on what a source may open. What may go on becomes a
 * connection. Belongs to one worker's thread.
 */
final class Opening {
    private final EngineSettings settings;
    private final Connections connections;
    private final NameInspection names;
    private final RateLimits limits;
    private final ReversedPacket reversed = new ReversedPacket();
    private final TcpHeader tcp = new TcpHeader();
    private PolicyVersion version;
    private Policy policy;

    Opening(EngineSettings settings, Connections connections, NameInspection names, RateLimits limits) {
        this.settings = settings;
        this.connections = connections;
        this.names = names;
        this.limits = limits;
    }

    void use(PolicyVersion next) {
        version = next;
        policy = next.policy();
    }

    /** A packet whose flow has no connection; the flow is null if the library does not remember one. */
    void judge(GwlbPacket packet, Flow flow, Judgement out) {
        IpPacket inner = packet.inner();
        if (inner.protocol() == IpProtocol.TCP) {
            judgeTcp(packet, flow, out);
        } else {
            judgeByRules(packet, flow, inner, TcpState.NONE, out);
        }
        if (!out.isPassing() && flow != null) {
            refuse(packet, flow, out);
        }
    }

    private void judgeTcp(GwlbPacket packet, Flow flow, Judgement out) {
        IpPacket inner = packet.inner();
        int kind = tcp.wrap(inner) ? TcpState.kindOf(tcp.flags()) : TcpState.INVALID;
        if (kind == TcpState.INVALID) {
            out.drop(DecisionCause.INVALID_STATE, Judgement.NO_RULE);
        } else if (settings.isVerifyingChecksum() && !ClientStream.isIntact(inner)) {
            out.drop(DecisionCause.BAD_CHECKSUM, Judgement.NO_RULE);
        } else if (kind == TcpState.SYN) {
            judgeByRules(packet, flow, inner, TcpState.SYN_SENT, out);
        } else {
            judgeMidStream(packet, flow, kind, out);
        }
    }

    /**
     * A connection that began before it was sent through this appliance, as after a failover. The packet at hand may be either end's: the
     * rules are asked about both ways round, as they would have been about the SYN; who answers a SYN is known to be the responder.
     */
    private void judgeMidStream(GwlbPacket packet, Flow flow, int kind, Judgement out) {
        Action midStream = policy.settings().midStream();
        if (midStream != Action.ALLOW) {
            out.refuse(midStream, DecisionCause.MID_STREAM, Judgement.NO_RULE);
            return;
        }
        long endpointId = packet.tunnel().endpointId();
        IpPacket inner = packet.inner();
        int rule = policy.firstMatch(endpointId, inner, null);
        boolean isFromInitiator = kind != TcpState.SYN_ACK;
        if (!isFromInitiator || policy.rule(rule).action() != Action.ALLOW) {
            int other = policy.firstMatch(endpointId, reversed.of(inner), null);
            if (!isFromInitiator || policy.rule(other).action() == Action.ALLOW) {
                isFromInitiator = false;
                rule = other;
            }
        }
        TcpState state = TcpState.NONE.next(isFromInitiator, kind);
        conclude(packet, flow, rule, state, isFromInitiator, DecisionCause.MID_STREAM, out);
    }

    private void judgeByRules(GwlbPacket packet, Flow flow, IpPacket inner, TcpState state, Judgement out) {
        long endpointId = packet.tunnel().endpointId();
        int rule = policy.firstMatch(endpointId, inner);
        if (!policy.rule(rule).needsName()) {
            conclude(packet, flow, rule, state, true, DecisionCause.RULE, out);
        } else if (state == TcpState.SYN_SENT && flow != null) {
            openUndecided(packet, flow, rule, out);
        } else if (NameInspection.isDnsQuery(inner) && flow != null) {
            judgeQuery(packet, flow, out);
        } else {
            conclude(packet, flow, policy.firstMatch(endpointId, inner, null), state, true, DecisionCause.UNKNOWN_NAME, out);
        }
    }

    /** The rules allow or refuse the connection; the limits may still refuse it. */
    private void conclude(GwlbPacket packet, Flow flow, int index, TcpState state, boolean isFromInitiator, DecisionCause cause, Judgement out) {
        Rule rule = policy.rule(index);
        long source = SourceTag.of(packet.tunnel().endpointId(), packet.inner());
        if (rule.action() != Action.ALLOW) {
            out.refuse(rule.action(), cause, index);
            out.markNewConnection();
        } else if (!limits.take(rule, index, source, packet.receivedNs())) {
            out.drop(DecisionCause.RATE_LIMIT, index);
        } else if (state.isHalfOpen() && state != TcpState.NONE && !connections.admitsHandshake(source)) {
            out.drop(DecisionCause.HALF_OPEN_LIMIT, index);
        } else if (flow == null || packet.inner().isIcmpError() || state == TcpState.RESET) {
            out.pass(cause, index); // nothing will come of it
            forget(flow);
        } else {
            out.open(cause, index);
            open(packet, flow, index, state, isFromInitiator, source);
        }
    }

    private static void forget(Flow flow) {
        if (flow != null) {
            flow.forget();
        }
    }

    private Connection open(GwlbPacket packet, Flow flow, int rule, TcpState state, boolean isFromInitiator, long source) {
        Connection connection = state == TcpState.NONE ? connections.openOther(flow) : connections.openTcp(flow, state, source);
        connection.isInitiatorForward = packet.flowKey().isForward() == isFromInitiator;
        connection.decideBy(version, rule);
        return connection;
    }

    /** The handshake passes; what the client then asks for decides. */
    private void openUndecided(GwlbPacket packet, Flow flow, int rule, Judgement out) {
        long source = SourceTag.of(packet.tunnel().endpointId(), packet.inner());
        if (!connections.admitsHandshake(source)) {
            out.drop(DecisionCause.HALF_OPEN_LIMIT, rule);
            return;
        }
        Connection connection = open(packet, flow, rule, TcpState.SYN_SENT, true, source);
        names.expect(connection, packet.inner(), tcp);
        names.judgeSegment(packet, tcp, connection, true, out); // a SYN may carry data (RFC 7413): that does not pass
    }

    /** The first DNS query of a flow; all of them are judged by their names. */
    private void judgeQuery(GwlbPacket packet, Flow flow, Judgement out) {
        names.judgeQuery(packet, out);
        if (out.isPassing()) {
            Connection connection = open(packet, flow, out.rule(), TcpState.NONE, true, 0);
            connection.isJudgedByQuery = true;
        }
    }

    /** In a dry run a refused connection is remembered, so that all its packets are counted as what they are. */
    private void refuse(GwlbPacket packet, Flow flow, Judgement out) {
        if (settings.isDryRun() && out.cause() != DecisionCause.INVALID_STATE && out.cause() != DecisionCause.BAD_CHECKSUM) {
            Connection opened = (Connection) flow.attachment();
            connections.block(opened != null ? opened : open(packet, flow, out.rule(), TcpState.NONE, true, 0), out.action(), out.cause());
        } else {
            flow.forget();
        }
    }
}
