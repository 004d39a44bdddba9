package io.github.gwlb4j.firewall.view;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. The web page's script does the same. Stateless. */
final class Amounts {
    private static final String PREFIXES = "kMGTPE";

    private Amounts() {
    }

    /** All digits, in groups: {@code 12,345,678}. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Three digits that matter, cut off and not rounded, so that nothing is told as more than it is: {@code 12.3 MB}. */
    static String scaled(long value, String unit) {
        int power = (Long.toString(value).length() - 1) / 3;
        if (power == 0) {
            return value + (unit.startsWith("/") ? unit : " " + unit);
        }
        long divisor = 1;
        for (int i = 0; i < power; i++) {
            divisor *= 1000;
        }
        long whole = value / divisor;
        int decimals = whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
        String fraction = decimals == 0 ? "" : "." + digits(value % divisor / (divisor / 1000)).substring(0, decimals);
        return whole + fraction + " " + PREFIXES.charAt(power - 1) + unit;
    }

    private static String digits(long thousandths) {
        return Long.toString(1000 + thousandths).substring(1);
    }

    static String bytes(long value) {
        return scaled(value, "B");
    }

    static String bitsPerSecond(long value) {
        return scaled(value, "bit/s");
    }

    static String perSecond(long value) {
        return scaled(value, "/s");
    }

    /** Such as {@code 3d 04:05:06}. */
    static String duration(Duration time) {
        String clock = String.format(Locale.ROOT, "%02d:%02d:%02d", time.toHoursPart(), time.toMinutesPart(), time.toSecondsPart());
        return time.toDays() > 0 ? time.toDays() + "d " + clock : clock;
    }
}
