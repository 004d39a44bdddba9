package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;

/** What a byte of ASCII text is. */
final class Ascii {
    private Ascii() {
    }

    static boolean isAt(ByteBuffer bytes, int at, byte[] text) {
        for (int i = 0; i < text.length; i++) {
            if (bytes.get(at + i) != text[i]) {
                return false;
            }
        }
        return true;
    }

    static boolean isAtIgnoringCase(ByteBuffer bytes, int at, int end, byte[] lowerCase) {
        if (end - at < lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            byte next = bytes.get(at + i);
            if ((next >= 'A' && next <= 'Z' ? next + ('a' - 'A') : next) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    /** No space and no control character. */
    static boolean isVisible(ByteBuffer bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            byte next = bytes.get(i);
            if (next >= 0 && next <= ' ' || next == 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** No control character but the tab (RFC 9110, 5.5). */
    static boolean isText(ByteBuffer bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            byte next = bytes.get(i);
            if (next >= 0 && next < ' ' && next != '\t' || next == 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** RFC 9110, 5.6.2. */
    static boolean isTokenCharacter(byte next) {
        return isDigit(next) || next >= 'A' && next <= 'Z' || next >= 'a' && next <= 'z' || isTokenPunctuation(next);
    }

    private static boolean isTokenPunctuation(byte next) {
        switch (next) {
            case '!': case '#': case '$': case '%': case '&': case '\'': case '*': case '+':
            case '-': case '.': case '^': case '_': case '`': case '|': case '~':
                return true;
            default:
                return false;
        }
    }

    static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }

    static boolean isHexDigit(byte next) {
        return isDigit(next) || next >= 'a' && next <= 'f' || next >= 'A' && next <= 'F';
    }

    static boolean isBlank(byte next) {
        return next == ' ' || next == '\t';
    }
}
