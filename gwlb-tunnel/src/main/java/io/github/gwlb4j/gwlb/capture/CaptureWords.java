package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.packet.FilterExpression;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** The words of capture filters that are not about the inner packet. */
final class CaptureWords {
    /** The reason of packets that no {@link DropReason} dropped. */
    private static final String HANDLER = "handler";
    private static final String[] LABELS = Arrays.stream(DropReason.values())
            .map(reason -> reason.name().toLowerCase(Locale.ROOT).replace('_', '-')).toArray(String[]::new);

    private static final Map<String, Function<String, Predicate<CapturedPacket>>> WORDS = Map.of(
            "verdict", CaptureWords::verdict, "reason", CaptureWords::reason, "note", CaptureWords::note, "cookie", CaptureWords::cookie);

    private CaptureWords() {
    }

    static FilterExpression<CapturedPacket> parse(String expression) {
        return FilterExpression.parse(expression, WORDS);
    }

    /** A reason as filters and comments have it; null is the handler's verdict. */
    static String label(DropReason reason) {
        return reason == null ? HANDLER : LABELS[reason.ordinal()];
    }

    private static Predicate<CapturedPacket> verdict(String word) {
        for (CaptureVerdict verdict : CaptureVerdict.values()) {
            if (verdict.label().equals(word)) {
                return packet -> packet.verdict() == verdict;
            }
        }
        throw new IllegalArgumentException("'" + word + "' is not a verdict (forwarded, delivered, dropped)");
    }

    private static Predicate<CapturedPacket> reason(String word) {
        if (word.equals(HANDLER)) {
            return packet -> packet.verdict() == CaptureVerdict.DROPPED && packet.reason() == null;
        }
        for (DropReason reason : DropReason.values()) {
            if (label(reason).equals(word)) {
                return packet -> packet.reason() == reason;
            }
        }
        throw new IllegalArgumentException("'" + word + "' is not a reason (" + HANDLER + ", "
                + String.join(", ", LABELS) + ")");
    }

    private static Predicate<CapturedPacket> note(String word) {
        return packet -> word.equals(packet.note());
    }

    private static Predicate<CapturedPacket> cookie(String word) {
        long cookie;
        try {
            cookie = Long.decode(word);
        } catch (NumberFormatException e) {
            cookie = -1;
        }
        if (cookie < 0 || cookie > 0xffff_ffffL) {
            throw new IllegalArgumentException("'" + word + "' is not a flow cookie as in 0x89abcdef");
        }
        int wanted = (int) cookie;
        return packet -> packet.hasFlowCookie() && packet.flowCookie() == wanted;
    }
}
