package io.github.gwlb4j.firewall.rules;

/**
 * How many new connections a rule allows to each source address: a token bucket. Immutable.
 *
 * @param perSecond tokens that come back a second, above 0; below 1 for limits by the minute
 * @param burst     most tokens the bucket holds, 1 or more
 */
public record RateLimit(double perSecond, int burst) {
    private static final int MAX = 1_000_000;
    private static final double SECONDS_A_MINUTE = 60;

    /**
     * Reads a rate.
     *
     * @param rate  as in {@code 100/s} or {@code 6/min}
     * @param burst a number, or null: as many as the rate has in a second or minute
     */
    static RateLimit parse(String rate, String burst) {
        int slash = rate.indexOf('/');
        String unit = slash < 0 ? "" : rate.substring(slash + 1);
        if (!unit.equals("s") && !unit.equals("min")) {
            throw new IllegalArgumentException("'" + rate + "' is not a rate; expected for example 100/s or 6/min");
        }
        int count = count(rate, rate.substring(0, slash));
        return new RateLimit(unit.equals("s") ? count : count / SECONDS_A_MINUTE, burst == null ? count : count(burst, burst));
    }

    private static int count(String text, String number) {
        if (!number.matches("\\d{1,7}") || Integer.parseInt(number) < 1 || Integer.parseInt(number) > MAX) {
            throw new IllegalArgumentException("'" + text + "': the number must be 1 to " + MAX + ", as in: limit 100/s burst 200");
        }
        return Integer.parseInt(number);
    }
}
