package io.github.gwlb4j.firewall.rules;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One line of a rule file that says something. Immutable.
 *
 * @param line its number, from 1
 * @param text as it was written, without comment
 */
record Statement(int line, String text) {
    private static final int MAX_LINE = 4096;

    /**
     * Reads a line.
     *
     * @return null if it is empty or a comment
     * @throws IllegalArgumentException if it is not a line of text
     */
    static Statement parse(int number, String line) {
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).strip();
        if (text.isEmpty()) {
            return null;
        }
        // Messages quote the file: a line of another kind of file must not fill or steer the reader's terminal.
        if (text.length() > MAX_LINE) {
            throw new IllegalArgumentException("more than " + MAX_LINE + " characters in a line");
        }
        if (text.chars().anyMatch(c -> c != '\t' && isControl(c))) {
            throw new IllegalArgumentException("a control character in a line: not a text file");
        }
        return new Statement(number, text);
    }

    private static boolean isControl(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    /** The words in order; braces are words of their own, and a list is one word also with spaces around its commas. */
    Deque<String> words() {
        Deque<String> words = new ArrayDeque<>();
        for (String word : text.replace("{", " { ").replace("}", " } ").strip().split("\\s+")) {
            boolean isListGoingOn = !words.isEmpty() && (words.peekLast().endsWith(",") || word.startsWith(","))
                    && !word.equals("{") && !word.equals("}");
            words.add(isListGoingOn ? words.removeLast() + word : word);
        }
        return words;
    }
}
