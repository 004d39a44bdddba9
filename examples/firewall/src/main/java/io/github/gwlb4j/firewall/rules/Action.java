package io.github.gwlb4j.firewall.rules;

import java.util.Locale;

/** What happens to a packet that a rule matches. */
public enum Action {
    /** It passes, and so do the other packets of its connection. */
    ALLOW,
    /** It is dropped without a word. */
    DENY,
    /** It is dropped, and its sender is told: TCP RST, or ICMP destination unreachable. */
    REJECT;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** The action as rule files write it, for example {@code allow}. */
    @Override
    public String toString() {
        return word;
    }

    /**
     * Reads an action.
     *
     * @param word as rule files write it
     * @return the action, or null if the word is none
     */
    static Action parse(String word) {
        for (Action action : values()) {
            if (action.word.equals(word)) {
                return action;
            }
        }
        return null;
    }
}
