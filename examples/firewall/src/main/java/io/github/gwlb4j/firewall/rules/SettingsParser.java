package io.github.gwlb4j.firewall.rules;

import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads the settings of one rule file: {@code set NAME VALUE}. Cold path; used once. */
final class SettingsParser {
    private static final List<String> NAMES = List.of("mid-stream", "fragments", "unknown-name", "dns-denied", "half-open-limit",
            "half-open-limit-per-source", "rejects-per-second");
    private static final int MAX_NUMBER = 100_000_000;

    private final Map<String, Integer> lineByName = new HashMap<>();
    private Action midStream = PolicySettings.DEFAULT.midStream();
    private PolicySettings.Fragments fragments = PolicySettings.DEFAULT.fragments();
    private PolicySettings.UnknownName unknownName = PolicySettings.DEFAULT.unknownName();
    private PolicySettings.DnsDenied dnsDenied = PolicySettings.DEFAULT.dnsDenied();
    private int halfOpenLimit = PolicySettings.DEFAULT.halfOpenLimit();
    private int halfOpenLimitPerSource = PolicySettings.DEFAULT.halfOpenLimitPerSource();
    private int rejectsPerSecond = PolicySettings.DEFAULT.rejectsPerSecond();

    /**
     * Takes one line.
     *
     * @param words the line's, from {@code set} on
     */
    void take(int line, Deque<String> words) {
        words.remove();
        String name = words.isEmpty() ? "" : words.remove();
        if (!NAMES.contains(name)) {
            String similar = Similar.to(name, NAMES);
            throw new IllegalArgumentException("'" + name + "' is not a setting; "
                    + (similar != null ? "did you mean '" + similar + "'?" : "expected one of " + String.join(", ", NAMES)));
        }
        Integer previous = lineByName.putIfAbsent(name, line);
        if (previous != null) {
            throw new IllegalArgumentException("'" + name + "' is set already in line " + previous);
        }
        String value = words.isEmpty() ? "" : words.remove();
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("'" + words.peek() + "' is not expected here");
        }
        take(name, value);
    }

    private void take(String name, String value) {
        switch (name) {
            case "mid-stream":
                midStream = choice(name, value, Action.values());
                break;
            case "fragments":
                fragments = choice(name, value, PolicySettings.Fragments.values());
                break;
            case "unknown-name":
                unknownName = choice(name, value, PolicySettings.UnknownName.values());
                break;
            case "dns-denied":
                dnsDenied = choice(name, value, PolicySettings.DnsDenied.values());
                break;
            case "half-open-limit":
                halfOpenLimit = number(name, value);
                break;
            case "half-open-limit-per-source":
                halfOpenLimitPerSource = number(name, value);
                break;
            default:
                rejectsPerSecond = number(name, value);
        }
    }

    private static <E extends Enum<E>> E choice(String name, String value, E[] choices) {
        StringBuilder words = new StringBuilder();
        for (E choice : choices) {
            String word = choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (word.equals(value)) {
                return choice;
            }
            words.append(words.length() == 0 ? "" : " or ").append(word);
        }
        throw new IllegalArgumentException("'set " + name + "' needs " + words + (value.isEmpty() ? "" : ", not '" + value + "'"));
    }

    private static int number(String name, String value) {
        if (!value.matches("\\d{1,9}") || Integer.parseInt(value) > MAX_NUMBER) {
            throw new IllegalArgumentException("'set " + name + "' needs a number, 0 to " + MAX_NUMBER
                    + (value.isEmpty() ? "" : ", not '" + value + "'"));
        }
        return Integer.parseInt(value);
    }

    PolicySettings build() {
        return new PolicySettings(midStream, fragments, unknownName, dnsDenied, halfOpenLimit, halfOpenLimitPerSource, rejectsPerSecond);
    }
}
