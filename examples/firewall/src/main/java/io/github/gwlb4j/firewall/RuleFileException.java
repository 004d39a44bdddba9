package io.github.gwlb4j.firewall;

/** A rule file cannot be used; the message says where and why in one line. */
final class RuleFileException extends Exception {
    private static final long serialVersionUID = 1L;

    RuleFileException(String message) {
        super(message);
    }
}
