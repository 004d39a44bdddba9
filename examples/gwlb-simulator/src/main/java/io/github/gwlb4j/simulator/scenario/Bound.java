package io.github.gwlb4j.simulator.scenario;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many are wanted: {@code 0}, {@code at most 5}, {@code at least 99 %}, {@code between 1 and 5}. Immutable.
 *
 * <p>A share is one of the packets sent. A number alone means exactly that many.
 */
final class Bound {
    private static final String AMOUNT = "(\\d{1,3}(?:\\.\\d{1,6})?\\s*%|\\d{1,12})";
    private static final Pattern ONE = Pattern.compile("(?:(at most|at least|exactly)\\s+)?" + AMOUNT);
    private static final Pattern TWO = Pattern.compile("between\\s+" + AMOUNT + "\\s+and\\s+" + AMOUNT);

    /** Exactly none. */
    static final Bound NONE = parse("0");
    /** At least one. */
    static final Bound SOME = parse("at least 1");

    private final String text;
    private final String least;
    private final String most;

    private Bound(String text, String least, String most) {
        this.text = text;
        this.least = least;
        this.most = most;
    }

    /**
     * Reads a bound.
     *
     * @throws IllegalArgumentException if the text is something else
     */
    static Bound parse(String text) {
        Matcher one = ONE.matcher(text);
        if (one.matches()) {
            boolean isMost = "at most".equals(one.group(1));
            boolean isLeast = "at least".equals(one.group(1));
            return new Bound(isMost || isLeast ? text : "exactly " + one.group(2), isMost ? null : one.group(2), isLeast ? null : one.group(2));
        }
        Matcher two = TWO.matcher(text);
        if (two.matches()) {
            return new Bound(text, two.group(1), two.group(2));
        }
        throw new IllegalArgumentException("'" + text + "' is not a number of packets such as 0, 'at most 5', 'at least 99 %' or "
                + "'between 1 and 5'");
    }

    boolean holds(long value, long sent) {
        return (least == null || value >= amount(least, sent)) && (most == null || value <= amount(most, sent));
    }

    /** What was seen, in the terms of this bound. */
    String describe(long value, long sent) {
        return text.endsWith("%") ? value + " of " + sent : Long.toString(value);
    }

    private static double amount(String text, long sent) {
        return Quantity.isShare(text) ? Quantity.share(text) * sent : Long.parseLong(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
