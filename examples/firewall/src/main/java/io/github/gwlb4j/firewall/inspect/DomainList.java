package io.github.gwlb4j.firewall.inspect;

import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * A set of host names that rules refer to. Immutable, for any thread; a look-up allocates nothing and costs the same for ten names
 * and for a hundred thousand.
 *
 * <ul>
 *   <li>{@code example.com}: this name only.
 *   <li>{@code *.example.com}: every name below it, however deep, but not itself.
 *   <li>{@code .example.com}: both.
 * </ul>
 *
 * <p>How it works: the names lie in one byte array, found through a hash table by open addressing. A look-up walks the asked name
 * from its end, hashing as it goes, and looks into the table wherever a label starts: {@code a.example.com} asks for
 * {@code com}, {@code example.com} and {@code a.example.com}. So it costs one pass over the name. The hash is seeded, because
 * lists come from the internet and so do the names asked for.
 */
public final class DomainList {
    private static final byte ITSELF = 1;
    private static final byte BELOW = 2;
    private static final int NONE = -1;
    private static final Pattern CHARACTERS = Pattern.compile("[A-Za-z0-9_.-]+");
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;
    /** IDNA 2003, which the JDK speaks, maps these to other characters; IDNA 2008, which browsers speak, does not (RFC 5894, 7.2). */
    private static final String AMBIGUOUS = "\u00df\u1e9e\u03c2\u200c\u200d";

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final int mask;
    /** Slot: index into the arrays below, or NONE. At least half of the slots are free. */
    private final int[] slots;
    private final int[] starts;
    private final byte[] meanings;
    private byte[] names = new byte[1024];
    private int size;

    private DomainList(int maxSize) {
        int slotCount = Integer.highestOneBit(Math.max(2, maxSize) * 2 - 1) << 1;
        mask = slotCount - 1;
        slots = new int[slotCount];
        Arrays.fill(slots, NONE);
        starts = new int[maxSize + 1];
        meanings = new byte[maxSize];
    }

    /**
     * Makes a list.
     *
     * @param entries names as described above, in any letter case, with or without a dot at their end, international ones as A-labels
     *                ({@code xn--bcher-kva.example}) or U-labels ({@code bücher.example}); an entry may be there more than once
     * @return the list
     * @throws IllegalArgumentException if an entry is no name; the message quotes it and says why
     */
    public static DomainList of(Collection<String> entries) {
        DomainList list = new DomainList(entries.size());
        DomainName name = new DomainName();
        for (String entry : entries) {
            boolean isBelow = entry.startsWith("*.");
            boolean isBoth = entry.startsWith(".");
            byte meaning = isBelow ? BELOW : isBoth ? ITSELF | BELOW : ITSELF;
            setName(name, entry, entry.substring(isBelow ? 2 : isBoth ? 1 : 0));
            list.add(name, meaning);
        }
        list.names = Arrays.copyOf(list.names, list.starts[list.size]);
        return list;
    }

    private static void setName(DomainName name, String entry, String text) {
        String ascii;
        try {
            ascii = isAscii(text) ? text : toAscii(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + entry + "' is not a domain name: " + e.getMessage(), e);
        }
        byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
        if (!CHARACTERS.matcher(ascii).matches() || !name.set(ByteBuffer.wrap(bytes), 0, bytes.length)) {
            throw new IllegalArgumentException("'" + entry + "' is not a domain name; expected for example example.com, "
                    + "*.example.com (all names below it) or .example.com (both), with labels of 1 to " + DomainName.MAX_LABEL_LENGTH
                    + " letters, digits, '-' and '_', and no more than " + DomainName.MAX_LENGTH + " characters");
        }
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    private static String toAscii(String text) {
        if (text.length() > 2 * DomainName.MAX_LENGTH) { // JDK 25 has an exception of its own for what is far too long
            throw new IllegalArgumentException("it is longer than " + DomainName.MAX_LENGTH + " characters");
        }
        if (text.chars().anyMatch(c -> AMBIGUOUS.indexOf(c) >= 0)) {
            throw new IllegalArgumentException("it has a character that stands for two different names; write it as the browser's "
                    + "address bar sends it, with xn--");
        }
        try {
            return IDN.toASCII(text.toLowerCase(Locale.ROOT), 0);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("it cannot be written with xn--", e);
        }
    }

    private void add(DomainName name, byte meaning) {
        long hash = seed;
        for (int i = name.length() - 1; i >= 0; i--) {
            hash = mix(hash, name.byteAt(i));
        }
        int slot = slotOf(hash, name, 0);
        if (slots[slot] == NONE) {
            int start = starts[size];
            if (start + name.length() > names.length) {
                names = Arrays.copyOf(names, Math.max(names.length * 2, start + DomainName.MAX_LENGTH));
            }
            name.copyTo(names, start);
            starts[size + 1] = start + name.length();
            slots[slot] = size++;
        }
        meanings[slots[slot]] |= meaning;
    }

    /**
     * Whether a name is in the list.
     *
     * @param name the name asked for
     * @return true if an entry stands for it; false for an empty name
     */
    public boolean matches(DomainName name) {
        long hash = seed;
        for (int i = name.length() - 1; i >= 0; i--) {
            hash = mix(hash, name.byteAt(i));
            if (i == 0 || name.byteAt(i - 1) == '.') {
                int found = slots[slotOf(hash, name, i)];
                if (found != NONE && (meanings[found] & (i == 0 ? ITSELF : BELOW)) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * How many different names the list has; {@code example.com} and {@code *.example.com} count as one.
     *
     * @return 0 or more
     */
    public int size() {
        return size;
    }

    /**
     * The longest name of the list that an asked name is, or is below of, whatever the entries of that name stand for.
     *
     * @param name the name asked for
     * @return its index, 0 to {@link #size()} - 1; -1 if there is none
     */
    public int longestSuffix(DomainName name) {
        int longest = NONE;
        long hash = seed;
        for (int i = name.length() - 1; i >= 0; i--) {
            hash = mix(hash, name.byteAt(i));
            if (i == 0 || name.byteAt(i - 1) == '.') {
                int found = slots[slotOf(hash, name, i)];
                longest = found != NONE ? found : longest;
            }
        }
        return longest;
    }

    /**
     * A name of the list; allocates, for cold paths.
     *
     * @param index 0 to {@link #size()} - 1
     * @return the name, normalised
     */
    public String name(int index) {
        return new String(names, starts[index], nameLength(index), StandardCharsets.US_ASCII);
    }

    /**
     * Length of a name of the list.
     *
     * @param index 0 to {@link #size()} - 1
     * @return characters, 1 to {@link DomainName#MAX_LENGTH}
     */
    public int nameLength(int index) {
        return starts[index + 1] - starts[index];
    }

    /**
     * Whether an entry stands for a name itself.
     *
     * @param index 0 to {@link #size()} - 1
     * @return true for {@code example.com} and {@code .example.com}
     */
    public boolean hasItself(int index) {
        return (meanings[index] & ITSELF) != 0;
    }

    /**
     * Whether an entry stands for what is below a name.
     *
     * @param index 0 to {@link #size()} - 1
     * @return true for {@code *.example.com} and {@code .example.com}
     */
    public boolean hasBelow(int index) {
        return (meanings[index] & BELOW) != 0;
    }

    private static long mix(long hash, byte next) {
        return (hash ^ next) * MULTIPLIER;
    }

    /** The slot that holds the name's end from a label on, or the free one where it would stand. */
    private int slotOf(long hash, DomainName name, int from) {
        int slot = (int) (hash ^ hash >>> 32) & mask;
        while (slots[slot] != NONE && !isName(slots[slot], name, from)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private boolean isName(int index, DomainName name, int from) {
        int start = starts[index];
        int length = name.length() - from;
        if (starts[index + 1] - start != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (names[start + i] != name.byteAt(from + i)) {
                return false;
            }
        }
        return true;
    }
}
