package io.github.gwlb4j.firewall.rules;

/**
 * Something in a rule file that is allowed but probably not meant. Immutable.
 *
 * @param line    where it stands, from 1
 * @param message what is probably wrong, in one line
 */
public record PolicyWarning(int line, String message) implements Comparable<PolicyWarning> {
    @Override
    public int compareTo(PolicyWarning other) {
        return Integer.compare(line, other.line);
    }
}
