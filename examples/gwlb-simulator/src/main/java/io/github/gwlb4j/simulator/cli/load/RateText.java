package io.github.gwlb4j.simulator.cli.load;

import io.github.gwlb4j.simulator.load.RatePlan;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads rates from the command line. Stateless. */
final class RateText {
    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})-(\\d{1,9})(?:/(\\d{1,4}))?");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    private RateText() {
    }

    /** {@code 50000}, {@code 10000,20000} or {@code 10000-100000/10}. */
    static List<Integer> rates(String text) {
        List<Integer> rates = new ArrayList<>();
        for (String term : text.split(",", -1)) {
            Matcher range = RANGE.matcher(term.trim());
            if (range.matches() && range.group(3) != null) {
                addEvenSteps(rates, Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)), Integer.parseInt(range.group(3)));
            } else if (NUMBER.matcher(term.trim()).matches()) {
                rates.add(Integer.parseInt(term.trim()));
            } else {
                throw new IllegalArgumentException("--rate '" + text + "' is not understood: 50000, or 10000,20000,50000, or "
                        + "10000-100000/10");
            }
        }
        return rates;
    }

    private static void addEvenSteps(List<Integer> rates, int from, int to, int steps) {
        if (steps < 2 || steps > RatePlan.MAX_STEPS) {
            throw new IllegalArgumentException("--rate " + from + "-" + to + "/" + steps + ": steps must be 2 to " + RatePlan.MAX_STEPS);
        }
        for (int i = 0; i < steps; i++) {
            rates.add((int) (from + Math.round((double) (to - from) * i / (steps - 1))));
        }
    }

    /** {@code 1000-100000}. */
    static int[] range(String option, String text) {
        Matcher range = RANGE.matcher(text);
        if (!range.matches() || range.group(3) != null) {
            throw new IllegalArgumentException(option + " '" + text + "' is not understood: lowest and highest packets a second, such as "
                    + "1000-100000");
        }
        return new int[] {Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2))};
    }
}
