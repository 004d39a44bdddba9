package io.github.gwlb4j.firewall.inspect;

import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;

/**
 * What the client of a TCP connection says first, put together from its segments, and the name in it: the server name of a TLS
 * ClientHello, the host of an HTTP/1.x request, or, on port 53, the names of DNS questions.
 *
 * <p>Not thread-safe: belongs to one worker. Reusable by {@link #start}; {@link ClientStreamPool} keeps some. Nothing is
 * allocated for a packet; the memory grows once from 2 KiB to the limit if a connection needs it.
 *
 * <p>How it is used: segments may be forwarded while the answer is {@link NameStatus#NEED_MORE}, because without the last missing one the
 * server cannot read the message either; the one that completes it is judged before it is forwarded. Then go on showing
 * segments of the client until {@link #isSettled}: a sender may show the firewall one name in a segment that dies on its way
 * (low TTL) and send the server another one with the same sequence numbers.
 *
 * <p>The rules against being read in two ways:
 * <ul>
 *   <li>The first copy of a byte counts; a copy that differs makes the stream {@link NameStatus#MALFORMED}, also after the name was found.
 *   <li>A segment with a wrong checksum is left out: its receiver throws it away ({@link #isIntact}; the firewall should drop it too).
 *   <li>Part of a TCP segment in an IP fragment, urgent data (taken out of the stream by its receiver), a second SYN with
 *       another sequence number, data behind a FIN and a FIN before data or inside a message: malformed.
 *   <li>Data before the first byte is left out (keep-alive probes), data behind the limit too. Data in the SYN
 *       (TCP Fast Open) counts as any other.
 * </ul>
 *
 * <p>A second ClientHello, as after HelloRetryRequest, must name the same server. DNS is judged question by question: {@link #next}. Of HTTP
 * only the first request of a connection is judged, and of TLS nothing that is encrypted.
 */
public final class ClientStream {
    /** Default of the most bytes that are kept of a stream: servers take no longer request heads either. */
    public static final int DEFAULT_LIMIT = 16 * 1024;
    /** A smaller limit would not hold an ordinary ClientHello. */
    public static final int MIN_LIMIT = 2 * 1024;
    /** A message's length has 16 bits in DNS, and a larger ClientHello makes no sense. */
    public static final int MAX_LIMIT = 64 * 1024;

    private static final int NO_FIN = -1;

    private final SegmentBuffer segments;
    private final TlsClientHello tls;
    private final TlsSecondHello secondHello;
    private final NameParser http = new HttpRequestHead();
    private final NameParser dns;
    private final DomainName name = new DomainName();
    private NameParser parser;
    private boolean isDns;
    private NameStatus status = NameStatus.NEED_MORE;
    /** The name was found, and a second ClientHello may follow. */
    private boolean isSecondExpected;
    private int firstSequence;
    /** End of the bytes that the answer rests on. */
    private int judgedEnd;
    private int finPosition = NO_FIN;

    /**
     * Makes a stream; {@link #start} it before anything else.
     *
     * @param limitBytes most bytes to keep, {@link #MIN_LIMIT} to {@link #MAX_LIMIT}
     * @throws IllegalArgumentException if the limit is out of its range
     */
    public ClientStream(int limitBytes) {
        if (limitBytes < MIN_LIMIT || limitBytes > MAX_LIMIT) {
            throw new IllegalArgumentException("the limit of a client's stream is " + limitBytes + " bytes, must be " + MIN_LIMIT + " to " + MAX_LIMIT);
        }
        segments = new SegmentBuffer(limitBytes);
        tls = new TlsClientHello(limitBytes);
        secondHello = new TlsSecondHello(limitBytes);
        dns = new DnsMessages(limitBytes);
    }

    /**
     * Starts a connection and forgets the one before.
     *
     * @param sequence sequence number of the client's first byte: its SYN's plus 1
     * @param port     the server's; {@link DnsQuestion#PORT} makes it a stream of DNS messages, any other one of TLS or HTTP
     */
    public void start(int sequence, int port) {
        segments.clear();
        name.clear();
        firstSequence = sequence;
        isDns = port == DnsQuestion.PORT;
        parser = isDns ? dns : null;
        dns.reset(0);
        judgedEnd = 0;
        finPosition = NO_FIN;
        isSecondExpected = false;
        status = NameStatus.NEED_MORE;
    }

    /**
     * Whether a packet's checksums are right: IPv4 header, TCP, UDP and ICMP; of a fragment only the IPv4 header's. What is not
     * intact is thrown away by its receiver, so it must not be believed.
     *
     * @param packet wrapped with {@link io.github.gwlb4j.packet.PacketStatus#OK}, its {@link IpPacket#transportStatus()} OK too
     * @return false if a checksum is wrong; a UDP checksum of 0 over IPv4 is right (RFC 768)
     */
    public static boolean isIntact(IpPacket packet) {
        if (packet.version() == 4 && InternetChecksum.of(packet.buffer(), packet.offset(), packet.headerLength()) != 0) {
            return false;
        }
        return packet.isFragment() || hasNoUdpChecksum(packet) || InternetChecksum.ofTransport(packet) == 0;
    }

    private static boolean hasNoUdpChecksum(IpPacket packet) {
        return packet.protocol() == IpProtocol.UDP && packet.version() == 4
                && Unsigned.u16(packet.buffer(), packet.transportOffset() + 6) == 0;
    }

    /**
     * Takes a segment of the client.
     *
     * @param packet wrapped with {@link io.github.gwlb4j.packet.PacketStatus#OK}
     * @param tcp    wrapped around it
     * @return the status now
     */
    public NameStatus add(IpPacket packet, TcpHeader tcp) {
        if (tcp.has(TcpHeader.RST) || !isIntact(packet)) {
            return status; // what is in a reset is no data (RFC 9293, 3.5.3)
        }
        boolean isSyn = tcp.has(TcpHeader.SYN);
        int sequence = tcp.sequenceNumber() + (isSyn ? 1 : 0);
        int position = sequence - firstSequence;
        if (packet.isFragment() || tcp.has(TcpHeader.URG) || isSyn && position != 0) {
            return malformed();
        }
        int length = tcp.payloadLength();
        boolean isJudged = status != NameStatus.NEED_MORE;
        int wanted = isJudged && !isSecondExpected ? Math.max(0, Math.min(length, judgedEnd - position)) : length;
        if (wanted > 0 && !segments.put(position, packet.buffer(), tcp.payloadOffset(), wanted)) {
            return malformed();
        }
        if (!isFinRight(position, length, tcp.has(TcpHeader.FIN))) {
            return malformed();
        }
        return isSecondExpected ? judgeSecond() : isJudged ? status : judge();
    }

    /**
     * Whether a segment's data would have to be judged, and lies so far ahead that it cannot be kept. It should not pass; it will come again.
     *
     * @param tcp a segment of the client
     * @return true if not even its first byte can be kept; where more room comes with acknowledgments, also if its last cannot
     */
    public boolean isBeyondLimit(TcpHeader tcp) {
        int position = tcp.sequenceNumber() - firstSequence;
        int length = tcp.payloadLength();
        boolean isGettingRoom = isDns || isSecondExpected;
        return length > 0 && (isGettingRoom ? position + length > segments.limit()
                : status == NameStatus.NEED_MORE && position >= segments.limit());
    }

    /** The stream ends at one position, and no data lies behind it; an acknowledgment of the server's own end does. */
    private boolean isFinRight(int position, int length, boolean isFin) {
        int end = position + length;
        if (isFin && finPosition == NO_FIN && end >= 0) {
            finPosition = end;
        }
        boolean isBehind = length > 0 && end > finPosition || segments.end() > finPosition;
        return finPosition == NO_FIN || !isBehind && !(isFin && end >= 0 && end != finPosition);
    }

    private NameStatus judge() {
        int ready = segments.ready();
        if (parser == null && ready > 0) {
            parser = segments.bytes().get(0) == TlsClientHello.HANDSHAKE ? tls : http;
            parser.reset(0);
        }
        status = parser == null ? NameStatus.NEED_MORE : parser.parse(segments.bytes(), ready, name);
        if (status == NameStatus.NEED_MORE && ready == segments.limit()) {
            status = NameStatus.TOO_LONG;
        }
        if (status == NameStatus.NEED_MORE && ready == finPosition && ready > judgedEnd) {
            status = NameStatus.MALFORMED;
        }
        if (status != NameStatus.NEED_MORE) {
            judgedEnd = status == NameStatus.FOUND || isDns ? parser.position() : ready;
        }
        if (status != NameStatus.FOUND) {
            name.clear();
        } else if (parser == tls && tls.speaksTls13()) {
            isSecondExpected = true;
            secondHello.reset(judgedEnd, tls.hasEarlyData());
            return judgeSecond();
        }
        return status;
    }

    private NameStatus judgeSecond() {
        NameStatus second = secondHello.parse(segments.bytes(), segments.ready(), name);
        if (second == NameStatus.MALFORMED) {
            return malformed();
        }
        if (second != NameStatus.NEED_MORE) {
            isSecondExpected = false;
            judgedEnd = segments.ready();
        }
        return status;
    }

    private NameStatus malformed() {
        isSecondExpected = false;
        name.clear();
        judgedEnd = segments.ready();
        status = NameStatus.MALFORMED;
        return status;
    }

    /**
     * After {@link NameStatus#FOUND} or {@link NameStatus#NONE} on a stream of DNS messages: goes on with the next message, of which some or
     * all bytes may be there already. Elsewhere nothing changes.
     *
     * @return the status of the next message
     */
    public NameStatus next() {
        if (!isDns || status != NameStatus.FOUND && status != NameStatus.NONE) {
            return status;
        }
        parser.reset(judgedEnd);
        status = NameStatus.NEED_MORE;
        return judge();
    }

    /**
     * The server has acknowledged data: what it has accepted can no longer be exchanged. On a stream of DNS messages this also makes
     * room for more.
     *
     * @param acknowledgment the acknowledgment number of a segment of the server
     * @return whether all that the answer rests on has been acknowledged, so that the stream is needed no longer; never while
     *         the status is {@link NameStatus#NEED_MORE} or a second ClientHello may follow, nor on a stream of DNS messages
     */
    public boolean isSettled(int acknowledgment) {
        int acknowledged = acknowledgment - firstSequence;
        if (isDns && status == NameStatus.NEED_MORE) {
            forget(Math.min(acknowledged, judgedEnd));
        } else if (isSecondExpected) {
            forget(Math.min(acknowledged, secondHello.position()));
        }
        return !isDns && !isSecondExpected && status != NameStatus.NEED_MORE && acknowledged >= judgedEnd;
    }

    /**
     * End of what the answer rests on: once the server has acknowledged up to here, nothing can change it.
     *
     * @return a sequence number of the client, to be compared modulo 2^32
     */
    public int judgedSequence() {
        return firstSequence + judgedEnd;
    }

    private void forget(int upTo) {
        int forgotten = segments.forget(Math.min(upTo, segments.ready()));
        firstSequence += forgotten;
        judgedEnd -= forgotten;
        finPosition -= finPosition == NO_FIN ? 0 : forgotten;
        if (isDns) {
            dns.reset(judgedEnd);
        } else {
            secondHello.move(forgotten);
        }
    }

    /**
     * What is known about the name.
     *
     * @return {@link NameStatus#NEED_MORE} after {@link #start}
     */
    public NameStatus status() {
        return status;
    }

    /**
     * The name.
     *
     * @return the same object for the life of this stream; empty unless the status is {@link NameStatus#FOUND}
     */
    public DomainName name() {
        return name;
    }
}
