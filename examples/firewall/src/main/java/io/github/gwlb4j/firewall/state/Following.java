package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.inspect.ClientStream;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.gwlb.Flow;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;

/**
 * Judges packets of known connections: by the connection's state, never by the rules, but for the exceptions that its methods name. So
 * their cost does not depend on how many rules there are. Belongs to one worker's thread.
 */
final class Following {
    private static final int ICMP_TIMESTAMP = 13;
    private static final int ICMP_INFORMATION = 15;
    private static final int ICMP_ADDRESS_MASK = 17;
    private static final int ICMP_EXTENDED_ECHO = 42;
    private static final int ICMPV6_EXTENDED_ECHO = 160;

    private final EngineSettings settings;
    private final Connections connections;
    private final NameInspection names;
    private final Opening opening;
    private final ReversedPacket reversed = new ReversedPacket();
    private final TcpHeader tcp = new TcpHeader();
    private final IcmpHeader icmp = new IcmpHeader();
    private PolicyVersion version;

    Following(EngineSettings settings, Connections connections, NameInspection names, Opening opening) {
        this.settings = settings;
        this.connections = connections;
        this.names = names;
        this.opening = opening;
    }

    void use(PolicyVersion next) {
        version = next;
    }

    /** A packet of a connection: whole, or the first fragment of one. */
    void judge(GwlbPacket packet, Flow flow, Connection connection, Judgement out) {
        if (!connection.isJudgedBy(version) && !isKept(packet, flow, connection, out)) {
            return;
        }
        if (packet.inner().protocol() == IpProtocol.TCP) {
            judgeTcp(packet, flow, connection, out);
        } else if (connection.isBlocked()) {
            out.refuse(connection.blockedAction, connection.blockedCause, connection.rule);
        } else {
            judgeOther(packet, connection, out);
        }
    }

    /** An ICMP error about a connection passes as the connection does; it neither answers a handshake nor keeps a connection. */
    void judgeError(Connection connection, Judgement out) {
        int rule = connection.ruleIn(version);
        if (connection.isBlocked()) {
            out.drop(connection.blockedCause, rule);
        } else {
            out.pass(DecisionCause.ESTABLISHED, rule);
        }
    }

    private void judgeTcp(GwlbPacket packet, Flow flow, Connection connection, Judgement out) {
        IpPacket inner = packet.inner();
        int kind = tcp.wrap(inner) ? TcpState.kindOf(tcp.flags()) : TcpState.INVALID;
        boolean isFromInitiator = packet.flowKey().isForward() == connection.isInitiatorForward;
        TcpState before = connection.tcp;
        TcpState next = kind == TcpState.INVALID ? null : connection.isBlocked() ? blockedNext(kind) : before.next(isFromInitiator, kind);
        if (next == null || before.isBlind(next) && !mayBeBlind(connection)) {
            out.drop(DecisionCause.INVALID_STATE, connection.rule);
        } else if (next == TcpState.NONE) {
            connections.detach(connection); // the same ports again: a new connection, to be judged anew
            opening.judge(packet, flow, out);
        } else if (connection.isBlocked()) {
            out.refuse(connection.blockedAction, connection.blockedCause, connection.rule);
        } else if (next != before && settings.isVerifyingChecksum() && !ClientStream.isIntact(inner)) {
            out.drop(DecisionCause.BAD_CHECKSUM, connection.rule);
        } else if (connection.isRead) {
            judgeRead(packet, connection, isFromInitiator, next, out);
        } else {
            connections.advance(connection, next);
            out.pass(DecisionCause.ESTABLISHED, connection.rule);
        }
    }

    /** Where names are read, the server's SYN+ACK must be seen: only that tells, and proves, where the client's data begins. */
    private boolean mayBeBlind(Connection connection) {
        return !connection.isRead && version.policy().settings().midStream() == Action.ALLOW;
    }

    private void judgeRead(GwlbPacket packet, Connection connection, boolean isFromInitiator, TcpState next, Judgement out) {
        names.judgeSegment(packet, tcp, connection, isFromInitiator, out);
        if (out.isPassing()) {
            connections.advance(connection, next);
        } else if (out.isNewConnection()) {
            connections.block(connection, out.action(), out.cause());
        }
    }

    private static TcpState blockedNext(int kind) {
        return kind == TcpState.SYN ? TcpState.NONE : TcpState.RESET;
    }

    private void judgeOther(GwlbPacket packet, Connection connection, Judgement out) {
        boolean isFromInitiator = packet.flowKey().isForward() == connection.isInitiatorForward;
        if (!isFromInitiator && isRequest(packet.inner())) {
            judgeByRules(packet, out);
            return;
        }
        if (!isFromInitiator && !connection.isAnswered) {
            connections.answer(connection);
        }
        if (isFromInitiator && connection.isJudgedByQuery) {
            names.judgeQuery(packet, out);
        } else {
            out.pass(DecisionCause.ESTABLISHED, connection.rule);
        }
    }

    /** The responder of a ping may answer it, not send pings of its own under the same identifier: the rules say whether it may. */
    private void judgeByRules(GwlbPacket packet, Judgement out) {
        Policy policy = version.policy();
        int rule = policy.firstMatch(packet.tunnel().endpointId(), packet.inner(), null);
        out.refuse(policy.rule(rule).action(), DecisionCause.RULE, rule);
    }

    private boolean isRequest(IpPacket inner) {
        if (!icmp.wrap(inner)) {
            return false;
        }
        int type = icmp.type();
        return inner.version() == 6 ? type == IcmpHeader.V6_ECHO_REQUEST || type == ICMPV6_EXTENDED_ECHO
                : type == IcmpHeader.ECHO_REQUEST || type == ICMP_TIMESTAMP || type == ICMP_INFORMATION || type == ICMP_ADDRESS_MASK
                        || type == ICMP_EXTENDED_ECHO;
    }

    // ---- after a reload, once for each connection

    /** Whether a connection of other rules than the current ones goes on; it belongs to the current ones then. If not, the packet is judged. */
    private boolean isKept(GwlbPacket packet, Flow flow, Connection connection, Judgement out) {
        if (settings.isDryRun() && connection.isBlocked()) {
            connections.detach(connection); // it goes on in truth: what would the new rules say?
            opening.judge(packet, flow, out);
            return false;
        }
        connection.decideBy(version, connection.ruleIn(version));
        if (settings.isRecheckedOnReload() && !connection.isRead && !connection.isBlocked()) {
            return isStillAllowed(packet, connection, out);
        }
        return true;
    }

    private boolean isStillAllowed(GwlbPacket packet, Connection connection, Judgement out) {
        Policy policy = version.policy();
        if (connection.rule != RuleTally.DEPARTED && policy.rule(connection.rule).needsName()) {
            return true; // its name was in the list of this rule; the name itself is not kept
        }
        boolean isFromInitiator = packet.flowKey().isForward() == connection.isInitiatorForward;
        IpPacket asOpened = isFromInitiator ? packet.inner() : reversed.of(packet.inner());
        int rule = policy.firstMatch(packet.tunnel().endpointId(), asOpened, null);
        connection.decideBy(version, rule);
        Action action = policy.rule(rule).action();
        if (action == Action.ALLOW) {
            return true;
        }
        connections.block(connection, action, DecisionCause.RULE);
        out.refuse(action, DecisionCause.RULE, rule);
        out.markNewConnection();
        out.setNotice(Judgement.Notice.BOTH_ENDS);
        return false;
    }
}
