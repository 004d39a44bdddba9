package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.inspect.ClientStream;
import io.github.gwlb4j.firewall.inspect.DnsQuestion;
import io.github.gwlb4j.firewall.inspect.DnsRefusal;
import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.firewall.inspect.NameStatus;
import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.rules.PolicySettings;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import io.github.gwlb4j.packet.UdpHeader;
import java.nio.ByteBuffer;

/**
 * Judges what rules with domains are about: TCP connections by the name in the first bytes of the client (TLS, HTTP, DNS), and DNS queries
 * over UDP, each by its own. Belongs to one worker's thread.
 *
 * <p>The handshake passes, and the client's segments until the name is known; the segment with which it is known passes or does not. What
 * the server sends before that is the answer to nothing: then there is no name. So that the client cannot show the firewall one
 * name and the server another, its segments must be whole and have right checksums, and they are read on until the server has
 * acknowledged what the decision rests on ({@link ClientStream}). Data in a SYN does not pass: with the sequence number of another
 * SYN, which the server never got, it would look as though the server had acknowledged it. Clients of TCP Fast Open send it again after the
 * handshake (RFC 7413, 4.2.2). DNS over TCP is read to its end, question by question.
 */
final class NameInspection {
    private final ClientStreams streams;
    private final RateLimits limits;
    private final boolean isVerifyingChecksum;
    private final ReversedPacket reversed = new ReversedPacket();
    private final UdpHeader udp = new UdpHeader();
    private final DnsQuestion question = new DnsQuestion();
    private final DomainName name = new DomainName();
    private final ByteBuffer answer = ByteBuffer.allocateDirect(DnsRefusal.MAX_LENGTH);
    private PolicyVersion version;
    private Policy policy;

    NameInspection(ClientStreams streams, RateLimits limits, boolean isVerifyingChecksum) {
        this.streams = streams;
        this.limits = limits;
        this.isVerifyingChecksum = isVerifyingChecksum;
    }

    void use(PolicyVersion next) {
        version = next;
        policy = next.policy();
    }

    // ---- TCP

    /** A SYN passes whose connection will be judged by name. */
    void expect(Connection connection, IpPacket syn, TcpHeader tcp) {
        connection.isRead = true;
        connection.isUndecided = true;
        connection.firstSequence = tcp.sequenceNumber() + 1;
        connection.serverPort = syn.destinationPort();
    }

    /** A segment of a connection that is read. */
    void judgeSegment(GwlbPacket packet, TcpHeader tcp, Connection connection, boolean isFromInitiator, Judgement out) {
        if (isFromInitiator) {
            judgeClient(packet, tcp, connection, out);
        } else {
            judgeServer(packet, tcp, connection, out);
        }
    }

    private void judgeClient(GwlbPacket packet, TcpHeader tcp, Connection connection, Judgement out) {
        boolean hasData = tcp.payloadLength() > 0;
        if (!hasData && !tcp.has(TcpHeader.FIN)) {
            out.pass(DecisionCause.ESTABLISHED, connection.rule);
        } else if (tcp.has(TcpHeader.SYN)) {
            out.drop(DecisionCause.INVALID_STATE, connection.rule); // where data begins is not known yet; it comes again without the SYN
        } else if (!connection.isGivenUp) {
            read(packet, tcp, connection, out);
        } else if (hasData && expectsNames(connection)) {
            decide(packet, connection, packet.inner(), NameStatus.NONE, out);
            finish(connection);
        } else if (hasData && tcp.sequenceNumber() - connection.judgedSequence < 0) {
            out.drop(DecisionCause.INVALID_STATE, connection.rule); // no longer to be compared with what was judged
        } else {
            out.pass(DecisionCause.ESTABLISHED, connection.rule);
        }
    }

    private void judgeServer(GwlbPacket packet, TcpHeader tcp, Connection connection, Judgement out) {
        boolean isSynAck = tcp.has(TcpHeader.SYN | TcpHeader.ACK);
        if (connection.isUndecided && tcp.payloadLength() > 0) {
            decide(packet, connection, reversed.of(packet.inner()), NameStatus.NONE, out);
            finish(connection);
        } else if (isSynAck && !isAboutTheSynRead(tcp.acknowledgmentNumber(), connection)) {
            decide(packet, connection, reversed.of(packet.inner()), NameStatus.MALFORMED, out);
            finish(connection);
        } else {
            if (!isSynAck && isSettled(tcp.acknowledgmentNumber(), connection)) {
                finish(connection);
            }
            out.pass(DecisionCause.ESTABLISHED, connection.rule);
        }
    }

    /**
     * Of several SYNs the server has taken one, and its answer tells which: there the client's data begins. If data was read already, it must
     * be that one still.
     */
    private static boolean isAboutTheSynRead(int acknowledgment, Connection connection) {
        if (connection.stream == null && connection.isUndecided) {
            connection.firstSequence = acknowledgment;
        }
        return acknowledgment == connection.firstSequence;
    }

    private static boolean isSettled(int acknowledgment, Connection connection) {
        if (connection.stream != null) {
            return connection.stream.isSettled(acknowledgment);
        }
        return connection.isGivenUp && !expectsNames(connection) && acknowledgment - connection.judgedSequence >= 0;
    }

    private static boolean expectsNames(Connection connection) {
        return connection.isUndecided || connection.serverPort == DnsQuestion.PORT;
    }

    private void read(GwlbPacket packet, TcpHeader tcp, Connection connection, Judgement out) {
        IpPacket inner = packet.inner();
        if (inner.isFragment()) {
            out.drop(DecisionCause.FRAGMENT, connection.rule);
            return;
        }
        if (!ClientStream.isIntact(inner)) {
            out.drop(DecisionCause.BAD_CHECKSUM, connection.rule);
            return;
        }
        streams.take(connection);
        if (connection.stream.isBeyondLimit(tcp)) {
            out.drop(DecisionCause.INVALID_STATE, connection.rule); // it will come again, once what lies before it is there
            return;
        }
        NameStatus status = connection.stream.add(inner, tcp);
        out.pass(DecisionCause.ESTABLISHED, connection.rule);
        if (expectsNames(connection)) {
            readNames(packet, connection, status, out);
        } else if (status == NameStatus.MALFORMED) {
            out.drop(DecisionCause.INVALID_STATE, connection.rule); // other bytes than those that were judged
            out.markNewConnection();
            out.setNotice(Judgement.Notice.BOTH_ENDS);
        }
    }

    /** All names that are complete now: one, but for DNS. */
    private void readNames(GwlbPacket packet, Connection connection, NameStatus first, Judgement out) {
        NameStatus status = first;
        while (status != NameStatus.NEED_MORE && out.isPassing()) {
            name.set(connection.stream.name());
            decide(packet, connection, packet.inner(), status, out);
            if (connection.serverPort != DnsQuestion.PORT || status != NameStatus.FOUND && status != NameStatus.NONE) {
                return;
            }
            status = connection.stream.next();
        }
    }

    private void decide(GwlbPacket packet, Connection connection, IpPacket asOpened, NameStatus status, Judgement out) {
        judgeByName(packet, asOpened, status, out);
        if (connection.isUndecided || !out.isPassing()) {
            out.markNewConnection();
        }
        connection.isUndecided = false;
        connection.decideBy(version, out.rule());
        out.setNotice(Judgement.Notice.BOTH_ENDS);
    }

    private void finish(Connection connection) {
        streams.giveBack(connection);
        connection.isRead = false;
    }

    /** What was found out, {@link #name} included, decides. */
    private void judgeByName(GwlbPacket packet, IpPacket asOpened, NameStatus status, Judgement out) {
        boolean hasName = status == NameStatus.FOUND;
        long endpointId = packet.tunnel().endpointId();
        int index = policy.firstMatch(endpointId, asOpened, hasName ? name : null);
        Rule rule = policy.rule(index);
        DecisionCause cause = hasName ? DecisionCause.NAME : DecisionCause.UNKNOWN_NAME;
        if (rule.action() != Action.ALLOW) {
            out.refuse(rule.action(), cause, index);
        } else if (status == NameStatus.MALFORMED || status == NameStatus.TOO_LONG) {
            out.drop(cause, index); // written so that two readers may read two names: not what "open" is meant for
        } else if (!limits.take(rule, index, SourceTag.of(endpointId, asOpened), packet.receivedNs())) {
            out.drop(DecisionCause.RATE_LIMIT, index);
        } else {
            out.pass(cause, index);
        }
        if (hasName) {
            out.setName(name);
        }
    }

    // ---- DNS over UDP

    static boolean isDnsQuery(IpPacket inner) {
        return inner.protocol() == IpProtocol.UDP && inner.hasPorts() && inner.destinationPort() == DnsQuestion.PORT;
    }

    /** A DNS query whose flow is under a rule with domains. */
    void judgeQuery(GwlbPacket packet, Judgement out) {
        IpPacket inner = packet.inner();
        if (!udp.wrap(inner)) {
            out.drop(DecisionCause.INVALID_STATE, Judgement.NO_RULE);
        } else if (inner.isFragment()) {
            out.drop(DecisionCause.FRAGMENT, Judgement.NO_RULE);
        } else if (isVerifyingChecksum && !ClientStream.isIntact(inner)) {
            out.drop(DecisionCause.BAD_CHECKSUM, Judgement.NO_RULE);
        } else {
            judgeByName(packet, inner, question.read(inner, name), out);
            if (policy.settings().dnsDenied() == PolicySettings.DnsDenied.REFUSED && !out.isPassing()) {
                out.setNotice(Judgement.Notice.DNS_REFUSED);
            }
        }
    }

    /** Answers the query that was judged last. */
    void refuseQuery(GwlbPacket packet, Rejects rejects) {
        rejects.send(packet, answer, DnsRefusal.write(packet.inner(), question, answer, 0));
    }
}
