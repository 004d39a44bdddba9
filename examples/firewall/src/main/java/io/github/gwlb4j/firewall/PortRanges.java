package io.github.gwlb4j.firewall;

import java.util.ArrayList;
import java.util.List;

/** A set of ports, as in {@code 53}, {@code 80,443} or {@code 1024-65535}. Immutable. */
final class PortRanges {
    static final PortRanges ANY = new PortRanges(new int[0], "any");
    private static final int MAX_PORT = 65_535;

    private final int[] firstAndLast;
    private final String text;

    private PortRanges(int[] firstAndLast, String text) {
        this.firstAndLast = firstAndLast;
        this.text = text;
    }

    static PortRanges parse(String text) {
        if (text.equals("any")) {
            return ANY;
        }
        List<Integer> ends = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int dash = part.indexOf('-');
            int first = port(text, dash < 0 ? part : part.substring(0, dash));
            int last = dash < 0 ? first : port(text, part.substring(dash + 1));
            if (first > last) {
                throw new IllegalArgumentException("port range '" + part + "' is empty: its first port is above its last");
            }
            ends.add(first);
            ends.add(last);
        }
        return new PortRanges(ends.stream().mapToInt(Integer::intValue).toArray(), text);
    }

    private static int port(String text, String number) {
        if (!number.matches("\\d{1,5}") || Integer.parseInt(number) > MAX_PORT) {
            throw new IllegalArgumentException("'" + text + "' is not a list of ports; expected for example 53, 80,443 or 1024-65535");
        }
        return Integer.parseInt(number);
    }

    boolean isAny() {
        return firstAndLast.length == 0;
    }

    boolean contains(int port) {
        for (int i = 0; i < firstAndLast.length; i += 2) {
            if (port >= firstAndLast[i] && port <= firstAndLast[i + 1]) {
                return true;
            }
        }
        return isAny();
    }

    @Override
    public String toString() {
        return text;
    }
}
