package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.packet.TcpHeader;
import java.util.concurrent.TimeUnit;

/**
 * What a firewall between two TCP ends knows of their connection: RFC 9293's states as seen from the middle, by flags and direction
 * alone. Sequence numbers and windows are not looked at, so a connection taken over in its middle is followed as any other.
 * Immutable; usable from any thread.
 *
 * <p>The table at the end of the file is the whole machine: who sends which kind of segment in which state, and what comes then.
 */
public enum TcpState {
    /** No connection: the rules decide about a SYN, the mid-stream setting about the rest. */
    NONE(Timeout.HALF_OPEN),
    /** The initiator has sent a SYN. */
    SYN_SENT(Timeout.HALF_OPEN),
    /** Both ends have sent a SYN: a simultaneous open (RFC 9293, 3.5, figure 8). */
    SYN_CROSSED(Timeout.HALF_OPEN),
    /** The responder has answered with SYN and ACK; the initiator has not shown yet that it received that. */
    SYN_RECEIVED(Timeout.HALF_OPEN),
    /** Taken over in its middle; only the initiator has been heard since. */
    PICKED_UP(Timeout.HALF_OPEN),
    /** Taken over in its middle; only the responder has been heard since. */
    PICKED_UP_FROM_RESPONDER(Timeout.HALF_OPEN),
    /** Both ends have agreed. */
    ESTABLISHED(Timeout.OPEN),
    /** The initiator has sent its FIN, the responder may go on. */
    INITIATOR_FINISHED(Timeout.OPEN),
    /** The responder has sent its FIN, the initiator may go on. */
    RESPONDER_FINISHED(Timeout.OPEN),
    /** Both ends have sent a FIN: only what is still on its way. */
    FINISHED(Timeout.ENDING),
    /**
     * One end has sent a RST. Acknowledging segments still pass: whether the reset counts is the receiver's to judge (RFC 5961), and a
     * forged one does not cut a connection that goes on.
     */
    RESET(Timeout.ENDING);

    /** How long a connection may be silent before it is forgotten. */
    public enum Timeout {
        /** A handshake that is not complete, or whatever only one end has spoken on. */
        HALF_OPEN(30),
        /** Both ends have spoken: as the load balancer, by default. */
        OPEN(350),
        /** Over, but for what is still on its way. */
        ENDING(10);

        private final long ns;

        Timeout(int seconds) {
            this.ns = TimeUnit.SECONDS.toNanos(seconds);
        }

        /**
         * The default in nanoseconds.
         *
         * @return above 0
         */
        public long ns() {
            return ns;
        }
    }

    /** Kind of segment: the first of a connection. */
    public static final int SYN = 0;
    /** Kind of segment: the answer to a SYN. */
    public static final int SYN_ACK = 1;
    /** Kind of segment: data, or an acknowledgment alone. */
    public static final int ACK = 2;
    /** Kind of segment: the sender's last. */
    public static final int FIN_ACK = 3;
    /** Kind of segment: a reset, with or without ACK. */
    public static final int RST = 4;
    /** No kind that an honest TCP sends: no flag, FIN without ACK, SYN with FIN or RST, FIN with RST. */
    public static final int INVALID = -1;

    private static final int KINDS = 5;
    private static final int[] KIND_BY_FLAGS = kinds();
    private static final TcpState[] VALUES = values();
    private static final byte REFUSED = -1;
    /** By state, sender (responder first) and kind. */
    private static final byte[] NEXT = new byte[VALUES.length * 2 * KINDS];

    private final Timeout timeout;

    TcpState(Timeout timeout) {
        this.timeout = timeout;
    }

    /**
     * How long a connection may be silent in this state.
     *
     * @return its class
     */
    public Timeout timeout() {
        return timeout;
    }

    /**
     * Whether nothing proves yet that both ends want this connection, so that its source address may be forged.
     *
     * @return true in the states of a handshake, and after a take-over until the other end has been heard
     */
    public boolean isHalfOpen() {
        return timeout == Timeout.HALF_OPEN;
    }

    /**
     * Whether going on to another state means that some of the connection was not seen.
     *
     * @param next what comes now
     * @return true for a connection that is taken over in its middle, or whose responder has answered another way
     */
    public boolean isBlind(TcpState next) {
        return next != this && (next == PICKED_UP || next == PICKED_UP_FROM_RESPONDER || this == NONE && next == SYN_RECEIVED);
    }

    /**
     * The kind of a segment by its flags.
     *
     * @param flags {@link TcpHeader#flags()}; PSH, URG, ECE and CWR do not matter
     * @return {@link #SYN} to {@link #RST}, or {@link #INVALID}
     */
    public static int kindOf(int flags) {
        return KIND_BY_FLAGS[flags & 0x1f];
    }

    /**
     * What the connection's state is after a segment.
     *
     * @param isFromInitiator who has sent it
     * @param kind            {@link #SYN} to {@link #RST}
     * @return the next state; {@link #NONE} for a SYN that begins a new connection on the same ports; null if no such segment belongs
     *         here
     */
    public TcpState next(boolean isFromInitiator, int kind) {
        int next = NEXT[(ordinal() * 2 + (isFromInitiator ? 1 : 0)) * KINDS + kind];
        return next == REFUSED ? null : VALUES[next];
    }

    private static int[] kinds() {
        int[] kinds = new int[0x20];
        for (int flags = 0; flags < kinds.length; flags++) {
            kinds[flags] = switch (flags & ~TcpHeader.PSH) {
                case TcpHeader.SYN -> SYN;
                case TcpHeader.SYN | TcpHeader.ACK -> SYN_ACK;
                case TcpHeader.ACK -> ACK;
                case TcpHeader.FIN | TcpHeader.ACK -> FIN_ACK;
                case TcpHeader.RST, TcpHeader.RST | TcpHeader.ACK -> RST;
                default -> INVALID;
            };
        }
        return kinds;
    }

    private void from(boolean isFromInitiator, TcpState syn, TcpState synAck, TcpState ack, TcpState finAck, TcpState rst) {
        TcpState[] states = {syn, synAck, ack, finAck, rst};
        for (int kind = 0; kind < KINDS; kind++) {
            NEXT[(ordinal() * 2 + (isFromInitiator ? 1 : 0)) * KINDS + kind]
                    = states[kind] == null ? REFUSED : (byte) states[kind].ordinal();
        }
    }

    private void initiator(TcpState syn, TcpState synAck, TcpState ack, TcpState finAck, TcpState rst) {
        from(true, syn, synAck, ack, finAck, rst);
    }

    private void responder(TcpState syn, TcpState synAck, TcpState ack, TcpState finAck, TcpState rst) {
        from(false, syn, synAck, ack, finAck, rst);
    }

    static {
        TcpState no = null;
        //                                  SYN                 SYN+ACK                   ACK                       FIN+ACK             RST
        NONE.initiator(                     SYN_SENT,           no,                       PICKED_UP,                PICKED_UP,          RESET);
        NONE.responder(                     no,                 SYN_RECEIVED,             PICKED_UP_FROM_RESPONDER, PICKED_UP_FROM_RESPONDER, RESET);
        // A responder that still has an earlier connection answers with a bare ACK (RFC 5961, 4); the initiator's RST clears that.
        // An initiator that goes on has got an answer, which was not sent through here: see isBlind.
        SYN_SENT.initiator(                 SYN_SENT,           no,                       PICKED_UP,                PICKED_UP,          RESET);
        SYN_SENT.responder(                 SYN_CROSSED,        SYN_RECEIVED,             SYN_SENT,                 no,                 RESET);
        SYN_CROSSED.initiator(              SYN_CROSSED,        SYN_CROSSED,              ESTABLISHED,              INITIATOR_FINISHED, RESET);
        SYN_CROSSED.responder(              SYN_CROSSED,        SYN_CROSSED,              ESTABLISHED,              RESPONDER_FINISHED, RESET);
        SYN_RECEIVED.initiator(             SYN_RECEIVED,       no,                       ESTABLISHED,              INITIATOR_FINISHED, RESET);
        SYN_RECEIVED.responder(             no,                 SYN_RECEIVED,             SYN_RECEIVED,             SYN_RECEIVED,       RESET);
        PICKED_UP.initiator(                NONE,               no,                       PICKED_UP,                PICKED_UP,          RESET);
        PICKED_UP.responder(                no,                 SYN_RECEIVED,             ESTABLISHED,              RESPONDER_FINISHED, RESET);
        PICKED_UP_FROM_RESPONDER.initiator( NONE,               no,                       ESTABLISHED,              INITIATOR_FINISHED, RESET);
        PICKED_UP_FROM_RESPONDER.responder( no,                 no,                       PICKED_UP_FROM_RESPONDER, PICKED_UP_FROM_RESPONDER, RESET);
        // A SYN changes nothing: the receiver answers with an ACK, and an initiator that has lost its memory resets then (RFC 5961, 4).
        ESTABLISHED.initiator(              ESTABLISHED,        no,                       ESTABLISHED,              INITIATOR_FINISHED, RESET);
        ESTABLISHED.responder(              no,                 ESTABLISHED,              ESTABLISHED,              RESPONDER_FINISHED, RESET);
        INITIATOR_FINISHED.initiator(       INITIATOR_FINISHED, no,                       INITIATOR_FINISHED,       INITIATOR_FINISHED, RESET);
        INITIATOR_FINISHED.responder(       no,                 no,                       INITIATOR_FINISHED,       FINISHED,           RESET);
        RESPONDER_FINISHED.initiator(       RESPONDER_FINISHED, no,                       RESPONDER_FINISHED,       FINISHED,           RESET);
        RESPONDER_FINISHED.responder(       no,                 no,                       RESPONDER_FINISHED,       RESPONDER_FINISHED, RESET);
        FINISHED.initiator(                 NONE,               no,                       FINISHED,                 FINISHED,           RESET);
        FINISHED.responder(                 NONE,               no,                       FINISHED,                 FINISHED,           RESET);
        RESET.initiator(                    NONE,               no,                       RESET,                    RESET,              RESET);
        RESET.responder(                    NONE,               no,                       RESET,                    RESET,              RESET);
    }
}
