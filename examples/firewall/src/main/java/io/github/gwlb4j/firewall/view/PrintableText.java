package io.github.gwlb4j.firewall.view;

import java.util.Locale;

/**
 * Makes text safe for a terminal: what would move the cursor, change colours or direction, or be invisible, is shown as an escape
 * such as {@code \x1b}. Stateless.
 */
final class PrintableText {
    private PrintableText() {
    }

    static String of(String text) {
        if (text.codePoints().allMatch(PrintableText::isPrintable)) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (isPrintable(c)) {
                safe.appendCodePoint(c);
            } else {
                safe.append(c <= 0xff ? String.format(Locale.ROOT, "\\x%02x", c) : String.format(Locale.ROOT, "\\u{%x}", c));
            }
        });
        return safe.toString();
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE,
                    Character.PRIVATE_USE, Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
