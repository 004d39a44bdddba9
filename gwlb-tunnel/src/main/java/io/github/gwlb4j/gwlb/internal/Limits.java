package io.github.gwlb4j.gwlb.internal;

import java.time.Duration;
import java.util.Objects;

/** Checks of settings; the messages name the setting and its range. Stateless; usable from any thread. */
public final class Limits {
    private static final Duration LONGEST = Duration.ofDays(365);

    private Limits() {
    }

    /**
     * Checks a number.
     *
     * @param name  of the setting
     * @param value as given
     * @param min   smallest allowed
     * @param max   largest allowed
     * @return the value
     * @throws IllegalArgumentException if it is out of range
     */
    public static int requireRange(String name, int value, int min, int max) {
        return (int) requireRange(name, (long) value, min, max);
    }

    /**
     * Checks a large number.
     *
     * @param name  of the setting
     * @param value as given
     * @param min   smallest allowed
     * @param max   largest allowed
     * @return the value
     * @throws IllegalArgumentException if it is out of range
     */
    public static long requireRange(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
        }
        return value;
    }

    /**
     * Checks a duration that must not be zero.
     *
     * @param name  of the setting
     * @param value as given
     * @return the value
     * @throws IllegalArgumentException if it is not positive or longer than 365 days
     */
    public static Duration requirePositive(String name, Duration value) {
        return requireDuration(name, value, false);
    }

    /**
     * Checks a duration for which zero means never.
     *
     * @param name  of the setting
     * @param value as given
     * @return the value
     * @throws IllegalArgumentException if it is negative or longer than 365 days
     */
    public static Duration requirePositiveOrNever(String name, Duration value) {
        return requireDuration(name, value, true);
    }

    private static Duration requireDuration(String name, Duration value, boolean isZeroAllowed) {
        Objects.requireNonNull(value, name);
        if (value.isNegative() || value.isZero() && !isZeroAllowed || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", must be "
                    + (isZeroAllowed ? "zero (never) or positive" : "positive") + " and at most 365 days");
        }
        return value;
    }
}
