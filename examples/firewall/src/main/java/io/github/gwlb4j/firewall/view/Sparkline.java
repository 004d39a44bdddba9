package io.github.gwlb4j.firewall.view;

import java.util.Arrays;

/** A line of history in one row of characters. Stateless. */
final class Sparkline {
    private static final int SECONDS = 60;
    private static final String BLOCKS = " ▁▂▃▄▅▆▇█";
    private static final String ASCII = " .:-=+*#@";

    private Sparkline() {
    }

    /**
     * The newest values at the right, at least a minute of them: where there is less room than that, a character stands for the
     * average of some seconds. The greatest is at full height; nothing is blank, anything at all is not.
     */
    static String of(long[] values, int width, boolean isUnicode) {
        String levels = isUnicode ? BLOCKS : ASCII;
        int perCharacter = width == 0 ? 1 : (SECONDS + width - 1) / width;
        double[] averages = new double[Math.min(width, values.length / perCharacter)];
        double greatest = 0;
        for (int i = 0; i < averages.length; i++) {
            int end = values.length - (averages.length - 1 - i) * perCharacter;
            averages[i] = Arrays.stream(values, end - perCharacter, end).average().orElse(0);
            greatest = Math.max(greatest, averages[i]);
        }
        StringBuilder line = new StringBuilder(" ".repeat(width - averages.length));
        for (double average : averages) {
            line.append(levels.charAt(greatest == 0 ? 0 : (int) Math.ceil(average / greatest * (levels.length() - 1))));
        }
        return line.toString();
    }
}
