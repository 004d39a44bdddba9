package io.github.gwlb4j.simulator.scenario;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with a unit, as people write them. Stateless. */
final class Quantity {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,6})?)\\s*(ms|s|min|h)");
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)\\s*%");
    private static final Map<String, Long> NS_BY_UNIT =
            Map.of("ms", 1_000_000L, "s", 1_000_000_000L, "min", 60_000_000_000L, "h", 3_600_000_000_000L);
    private static final Duration MAX = Duration.ofDays(1);

    private Quantity() {
    }

    /**
     * Reads a time.
     *
     * @param text for example {@code 500ms}, {@code 2.5 s}, {@code 6min}, {@code 1h}; at most a day
     * @throws IllegalArgumentException if it is something else
     */
    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a time such as 500ms, 2s, 6min or 1h");
        }
        BigDecimal ns = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(NS_BY_UNIT.get(matcher.group(2))));
        Duration duration = Duration.ofNanos(ns.longValue());
        if (duration.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("'" + text + "' is longer than a day");
        }
        return duration;
    }

    /**
     * Reads a share.
     *
     * @param text for example {@code 5%} or {@code 0.1 %}
     * @return 0 to 1
     * @throws IllegalArgumentException if it is something else, or above 100 %
     */
    static double share(String text) {
        Matcher matcher = PERCENT.matcher(text);
        double share = matcher.matches() ? new BigDecimal(matcher.group(1)).movePointLeft(2).doubleValue() : -1;
        if (share < 0 || share > 1) {
            throw new IllegalArgumentException("'" + text + "' is not a share such as 5% or 0.1 %");
        }
        return share;
    }

    static boolean isShare(String text) {
        return PERCENT.matcher(text).matches();
    }
}
