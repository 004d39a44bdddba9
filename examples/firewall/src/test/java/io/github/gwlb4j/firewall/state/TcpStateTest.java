package io.github.gwlb4j.firewall.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.packet.TcpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TcpStateTest {
    private static final Map<String, Integer> KINDS = Map.of("SYN", TcpState.SYN, "SYN+ACK", TcpState.SYN_ACK, "ACK", TcpState.ACK,
            "FIN+ACK", TcpState.FIN_ACK, "RST", TcpState.RST);

    /** State, who sends, then what comes after SYN, SYN+ACK, ACK, FIN+ACK and RST; - is refused. */
    @ParameterizedTest
    @CsvSource({
        "NONE,                     initiator, SYN_SENT,           -,            PICKED_UP,                PICKED_UP,                RESET",
        "NONE,                     responder, -,                  SYN_RECEIVED, PICKED_UP_FROM_RESPONDER, PICKED_UP_FROM_RESPONDER, RESET",
        "SYN_SENT,                 initiator, SYN_SENT,           -,            PICKED_UP,                PICKED_UP,                RESET",
        "SYN_SENT,                 responder, SYN_CROSSED,        SYN_RECEIVED, SYN_SENT,                 -,                        RESET",
        "SYN_CROSSED,              initiator, SYN_CROSSED,        SYN_CROSSED,  ESTABLISHED,              INITIATOR_FINISHED,       RESET",
        "SYN_CROSSED,              responder, SYN_CROSSED,        SYN_CROSSED,  ESTABLISHED,              RESPONDER_FINISHED,       RESET",
        "SYN_RECEIVED,             initiator, SYN_RECEIVED,       -,            ESTABLISHED,              INITIATOR_FINISHED,       RESET",
        "SYN_RECEIVED,             responder, -,                  SYN_RECEIVED, SYN_RECEIVED,             SYN_RECEIVED,             RESET",
        "PICKED_UP,                initiator, NONE,               -,            PICKED_UP,                PICKED_UP,                RESET",
        "PICKED_UP,                responder, -,                  SYN_RECEIVED, ESTABLISHED,              RESPONDER_FINISHED,       RESET",
        "PICKED_UP_FROM_RESPONDER, initiator, NONE,               -,            ESTABLISHED,              INITIATOR_FINISHED,       RESET",
        "PICKED_UP_FROM_RESPONDER, responder, -,                  -,            PICKED_UP_FROM_RESPONDER, PICKED_UP_FROM_RESPONDER, RESET",
        "ESTABLISHED,              initiator, ESTABLISHED,        -,            ESTABLISHED,              INITIATOR_FINISHED,       RESET",
        "ESTABLISHED,              responder, -,                  ESTABLISHED,  ESTABLISHED,              RESPONDER_FINISHED,       RESET",
        "INITIATOR_FINISHED,       initiator, INITIATOR_FINISHED, -,            INITIATOR_FINISHED,       INITIATOR_FINISHED,       RESET",
        "INITIATOR_FINISHED,       responder, -,                  -,            INITIATOR_FINISHED,       FINISHED,                 RESET",
        "RESPONDER_FINISHED,       initiator, RESPONDER_FINISHED, -,            RESPONDER_FINISHED,       FINISHED,                 RESET",
        "RESPONDER_FINISHED,       responder, -,                  -,            RESPONDER_FINISHED,       RESPONDER_FINISHED,       RESET",
        "FINISHED,                 initiator, NONE,               -,            FINISHED,                 FINISHED,                 RESET",
        "FINISHED,                 responder, NONE,               -,            FINISHED,                 FINISHED,                 RESET",
        "RESET,                    initiator, NONE,               -,            RESET,                    RESET,                    RESET",
        "RESET,                    responder, NONE,               -,            RESET,                    RESET,                    RESET",
    })
    void shouldGoFromEachStateWhereTheSegmentLeads(TcpState state, String sender, String syn, String synAck, String ack, String finAck, String rst) {
        List<String> expected = List.of(syn, synAck, ack, finAck, rst);
        List<String> actual = new ArrayList<>();
        for (int kind = TcpState.SYN; kind <= TcpState.RST; kind++) {
            TcpState next = state.next(sender.equals("initiator"), kind);
            actual.add(next == null ? "-" : next.name());
        }
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        an ordinary connection, closed by the client | > SYN, < SYN+ACK, > ACK, < ACK, > FIN+ACK, < ACK, < FIN+ACK, > ACK  | FINISHED
        closed by the server first                   | > SYN, < SYN+ACK, > ACK, < FIN+ACK, > ACK, > FIN+ACK, < ACK         | FINISHED
        closed by both at once                       | > SYN, < SYN+ACK, > ACK, > FIN+ACK, < FIN+ACK, > ACK, < ACK         | FINISHED
        refused                                      | > SYN, < RST                                                        | RESET
        given up                                     | > SYN, < SYN+ACK, > RST                                             | RESET
        a simultaneous open                          | > SYN, < SYN, > SYN+ACK, < SYN+ACK, > ACK                           | ESTABLISHED
        lost segments sent again                     | > SYN, > SYN, < SYN+ACK, < SYN+ACK, > SYN, < SYN+ACK, > ACK, < SYN+ACK, > ACK | ESTABLISHED
        the server still has an old connection       | > SYN, < ACK, > RST                                                 | RESET
        a client that has restarted                  | > SYN, < SYN+ACK, > ACK, > SYN, < ACK, > RST, > SYN                 | NONE
        half closed, the server goes on              | > SYN, < SYN+ACK, > ACK, > FIN+ACK, < ACK, < ACK                    | INITIATOR_FINISHED
        taken over, the server speaks first          | < ACK, < ACK, > ACK                                                 | ESTABLISHED
        taken over in the handshake                  | < SYN+ACK, > ACK                                                    | ESTABLISHED
        taken over while closing                     | > FIN+ACK, < ACK, < FIN+ACK, > ACK                                  | RESPONDER_FINISHED
        a forged reset                               | > SYN, < SYN+ACK, > ACK, < RST, > ACK, < ACK                        | RESET
        """)
    void shouldFollowConnectionsAsTheyHappen(String what, String segments, TcpState end) {
        TcpState state = TcpState.NONE;
        for (String segment : segments.split(", ")) {
            TcpState next = state.next(segment.startsWith(">"), KINDS.get(segment.substring(2)));
            assertThat(next).as(what + ": " + segment + " in " + state).isNotNull();
            state = next;
        }
        assertThat(state).isEqualTo(end);
    }

    @Test
    void shouldKnowWhichFlagsGoTogether() {
        for (int flags = 0; flags < 0x100; flags++) {
            int kind = TcpState.kindOf(flags);
            boolean isSyn = (flags & TcpHeader.SYN) != 0;
            boolean isFin = (flags & TcpHeader.FIN) != 0;
            boolean isRst = (flags & TcpHeader.RST) != 0;
            boolean isAck = (flags & TcpHeader.ACK) != 0;
            boolean isHonest = (isSyn ? 1 : 0) + (isFin ? 1 : 0) + (isRst ? 1 : 0) <= 1 && (isSyn || isRst || isAck);
            assertThat(kind != TcpState.INVALID).as("flags 0x%02x", flags).isEqualTo(isHonest);
            if (isHonest) {
                assertThat(kind).isEqualTo(isRst ? TcpState.RST : isFin ? TcpState.FIN_ACK : isSyn ? isAck ? TcpState.SYN_ACK : TcpState.SYN : TcpState.ACK);
            }
        }
    }

    @Test
    void shouldTellWhatTheMidStreamPolicyIsAbout() {
        assertThat(TcpState.NONE.isBlind(TcpState.SYN_SENT)).isFalse();
        assertThat(TcpState.NONE.isBlind(TcpState.PICKED_UP)).isTrue();
        assertThat(TcpState.NONE.isBlind(TcpState.SYN_RECEIVED)).isTrue();
        assertThat(TcpState.SYN_SENT.isBlind(TcpState.SYN_RECEIVED)).isFalse();
        assertThat(TcpState.SYN_SENT.isBlind(TcpState.PICKED_UP)).isTrue();
        assertThat(TcpState.PICKED_UP.isBlind(TcpState.PICKED_UP)).isFalse();
    }

    @Test
    void shouldKeepWhatIsNotProvenForAShortTimeOnly() {
        for (TcpState state : TcpState.values()) {
            boolean hasBothEndsHeard = switch (state) {
                case ESTABLISHED, INITIATOR_FINISHED, RESPONDER_FINISHED -> true;
                default -> false;
            };
            assertThat(state.timeout() == TcpState.Timeout.OPEN).as(state.name()).isEqualTo(hasBothEndsHeard);
        }
    }
}
