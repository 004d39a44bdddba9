package io.github.gwlb4j.simulator;

/** Checks of settings; the messages name the setting and its range. Stateless; usable from any thread. */
final class Ranges {
    private Ranges() {
    }

    static int require(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is not in " + min + ".." + max);
        }
        return value;
    }
}
