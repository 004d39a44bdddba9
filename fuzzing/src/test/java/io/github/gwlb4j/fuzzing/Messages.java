package io.github.gwlb4j.fuzzing;

import java.nio.charset.StandardCharsets;

/** What a refusal must look like: one line that a terminal can show, with a reason in it. */
public final class Messages {
    private static final int LONGEST = 20_000;

    private Messages() {
    }

    /** Fails unless a message is one line of a length that can be read. */
    public static void requireOneLine(String message) {
        if (message == null || message.isBlank()) {
            throw new AssertionError("no message");
        }
        if (message.length() > LONGEST) {
            throw new AssertionError("a message of " + message.length() + " characters");
        }
        if (message.matches("(?s).*\\R.*")) {
            throw new AssertionError("not one line: " + message.replaceAll("[^ -~]", "?"));
        }
    }

    /** For messages that quote a file: they must say where, {@code FILE:LINE: reason}, and not steer the reader's terminal. */
    public static void requirePlace(String file, String message) {
        requireOneLine(message);
        if (!message.startsWith(file + ":") || !message.substring(file.length()).matches(":\\d+: .+")) {
            throw new AssertionError("no line number: " + message);
        }
        if (message.codePoints().anyMatch(c -> Character.isISOControl(c) && c != '\t')) {
            throw new AssertionError("a control character: " + message.replaceAll("[^ -~]", "?"));
        }
    }

    /** An input as text; what is not UTF-8 becomes a replacement character. */
    public static String text(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }
}
