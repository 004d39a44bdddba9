package io.github.gwlb4j.firewall.rules;

/** A rule file cannot be used; the message says where and why in one line, and what would be right. */
public final class RuleFileException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message one line: file, line number if there is one, reason
     */
    public RuleFileException(String message) {
        super(message);
    }
}
