package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A host name as it stands in a packet, normalised: ASCII in lower case, labels of 1 to 63 bytes with one dot between them, no
 * dot at the end, at most 253 bytes (RFC 1035, 2.3.4; RFC 4343 on letter case).
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused for name after name. Setting it allocates nothing.
 *
 * <p>A label may hold any visible ASCII character but the dot. What else a sender writes, such as a NUL byte, a space or a dot
 * inside a DNS label, is refused: two readers could understand two names.
 */
public final class DomainName implements CharSequence {
    /** Most bytes of a name without its last dot (255 bytes in DNS form; RFC 1035, 2.3.4). */
    public static final int MAX_LENGTH = 253;
    /** Most bytes of a label (RFC 1035, 2.3.4). */
    public static final int MAX_LABEL_LENGTH = 63;

    private final byte[] bytes = new byte[MAX_LENGTH + 1];
    private int length;
    private int labelStart;

    /** Makes an empty name. */
    public DomainName() {
    }

    /**
     * Makes a name from text, for tests and commands; international names must be A-labels ({@code xn--…}).
     *
     * @param text the name; upper case and a dot at its end are normalised away
     * @return the name
     * @throws IllegalArgumentException if the text is no name
     */
    public static DomainName of(String text) {
        DomainName name = new DomainName();
        byte[] ascii = text.getBytes(StandardCharsets.UTF_8);
        if (!name.set(ByteBuffer.wrap(ascii), 0, ascii.length)) {
            throw new IllegalArgumentException("'" + text + "' is not a host name");
        }
        return name;
    }

    /**
     * Takes a name from bytes of text, as TLS and HTTP carry it.
     *
     * @param buffer      holds the text; its position does not matter and does not move
     * @param offset      absolute position of the first byte
     * @param lengthBytes 0 or more
     * @return whether it is a name; if not, this is empty
     */
    public boolean set(ByteBuffer buffer, int offset, int lengthBytes) {
        clear();
        for (int i = 0; i < lengthBytes; i++) {
            int next = buffer.get(offset + i);
            if (!(next == '.' ? endLabel() : append(next))) {
                clear();
                return false;
            }
        }
        return finish();
    }

    /** Makes it empty. */
    public void clear() {
        length = 0;
        labelStart = 0;
    }

    /** One more byte of the last label; false if it does not belong into one, or the name or the label becomes too long. */
    boolean append(int character) {
        if (character <= ' ' || character >= 0x7f || character == '.' || length >= MAX_LENGTH
                || length - labelStart >= MAX_LABEL_LENGTH) {
            return false;
        }
        bytes[length++] = (byte) (character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character);
        return true;
    }

    /** A dot, or a letter, digit, hyphen or underscore, as host names in TLS and HTTP have; false for all else. */
    boolean appendHostCharacter(int character) {
        boolean isLetter = (character | 0x20) >= 'a' && (character | 0x20) <= 'z';
        boolean isOther = character >= '0' && character <= '9' || character == '-' || character == '_';
        return character == '.' ? endLabel() : (isLetter || isOther) && append(character);
    }

    /** Ends a label; false if it is empty. */
    boolean endLabel() {
        if (length == labelStart) {
            return false;
        }
        bytes[length++] = '.';
        labelStart = length;
        return true;
    }

    /** Ends the name, whether or not its last label was ended; false, and empty, if there is no label. */
    boolean finish() {
        if (length > 0 && length == labelStart) {
            length--;
        }
        labelStart = 0;
        return length > 0;
    }

    /**
     * Takes over another name.
     *
     * @param other any name
     */
    public void set(DomainName other) {
        System.arraycopy(other.bytes, 0, bytes, 0, other.length);
        length = other.length;
        labelStart = 0;
    }

    /**
     * Copies the name's bytes (ASCII).
     *
     * @param target receives them; must have room for {@link #length()} bytes from {@code offset}
     * @param offset index of the first
     * @return how many bytes were copied
     */
    public int copyTo(byte[] target, int offset) {
        System.arraycopy(bytes, 0, target, offset, length);
        return length;
    }

    /**
     * Whether there is no name in it.
     *
     * @return true after {@link #clear()} and after a refused {@code set}
     */
    @Override
    public boolean isEmpty() {
        return length == 0;
    }

    /** Length in bytes, which is its length in characters, 0 to 253. */
    @Override
    public int length() {
        return length;
    }

    @Override
    public char charAt(int index) {
        return (char) byteAt(index);
    }

    byte byteAt(int index) {
        return bytes[index];
    }

    /** Allocates; for cold paths. */
    @Override
    public CharSequence subSequence(int start, int end) {
        return toString().subSequence(start, end);
    }

    /** The name as text; allocates, for cold paths. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.US_ASCII);
    }
}
