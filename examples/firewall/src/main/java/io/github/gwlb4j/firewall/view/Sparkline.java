package io.github.gwlb4j.firewall.view;

/** A line of history in one row of characters. Stateless. */
final class Sparkline {
    private static final String BLOCKS = " ▁▂▃▄▅▆▇█";
    private static final String ASCII = " .:-=+*#@";

    private Sparkline() {
    }

    /** The newest values at the right, the greatest of them at full height; nothing is blank, anything at all is not. */
    static String of(long[] values, int width, boolean isUnicode) {
        String levels = isUnicode ? BLOCKS : ASCII;
        int from = Math.max(0, values.length - width);
        long greatest = 1;
        for (int i = from; i < values.length; i++) {
            greatest = Math.max(greatest, values[i]);
        }
        StringBuilder line = new StringBuilder(" ".repeat(width - (values.length - from)));
        for (int i = from; i < values.length; i++) {
            int level = (int) Math.ceil((double) values[i] / greatest * (levels.length() - 1));
            line.append(levels.charAt(level));
        }
        return line.toString();
    }
}
