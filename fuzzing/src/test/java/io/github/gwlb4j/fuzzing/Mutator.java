package io.github.gwlb4j.fuzzing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Damages inputs the ways that parsers mind: bits, words of their language, whole lines, numbers at their limits, much of the same. */
final class Mutator {
    private static final int MAX_REPEATS = 2000;
    private static final byte[][] ALWAYS = words("\0", "\n", "\r\n", " ", "\t", "-1", "0", "00", "65536", "4294967296", "9223372036854775808",
            "99999999999999999999", "1e400", "\u00e9", "\u2028", "\u202e", "\ud83d\ude00", "\ufeff", "%d", "${x}", "\\", "\"", "'", "#", "/", ",", ":", "=", "-", ".", "*",
            "(", ")", "{", "}", "[", "]", "&a", "*a", "<", ">", "@", "!", "\u0661");

    private final List<byte[]> seeds;
    private final byte[][] words;
    private final SplittableRandom random;
    private final int maxLength;

    Mutator(List<byte[]> seeds, List<String> words, int maxLength, SplittableRandom random) {
        this.seeds = seeds;
        this.words = words(words.toArray(String[]::new));
        this.random = random;
        this.maxLength = maxLength;
    }

    private static byte[][] words(String... words) {
        return Arrays.stream(words).map(word -> word.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    }

    /** A seed with some damage. */
    byte[] next() {
        byte[] input = seed();
        for (int i = 1 << random.nextInt(5); i > 0; i--) {
            input = damaged(input);
            if (input.length > maxLength) {
                return Arrays.copyOf(input, maxLength);
            }
        }
        return input;
    }

    private byte[] seed() {
        return seeds.get(random.nextInt(seeds.size()));
    }

    private byte[] damaged(byte[] input) {
        int at = random.nextInt(input.length + 1);
        int end = Math.min(input.length, at + 1 + random.nextInt(random.nextInt(8) == 0 ? 200 : 8));
        return switch (random.nextInt(12)) {
            case 0 -> flipped(input, at);
            case 1 -> replaced(input, at, end, new byte[] {(byte) random.nextInt()});
            case 2 -> replaced(input, at, end, new byte[0]);
            case 3, 4 -> replaced(input, at, at, word());
            case 5, 6 -> replaced(input, startOfWord(input, at), endOfWord(input, at), word());
            case 7 -> replaced(input, at, at, Arrays.copyOfRange(input, at, end));
            case 8 -> replaced(input, at, at, repeated(random.nextBoolean() ? word() : Arrays.copyOfRange(input, at, end)));
            case 9 -> spliced(input, at);
            case 10 -> lineMoved(input, at);
            default -> Arrays.copyOf(input, at);
        };
    }

    private byte[] word() {
        byte[][] from = words.length > 0 && random.nextInt(3) != 0 ? words : ALWAYS;
        return from[random.nextInt(from.length)];
    }

    private byte[] flipped(byte[] input, int at) {
        byte[] flipped = input.clone();
        if (at < flipped.length) {
            flipped[at] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
    }

    private static byte[] replaced(byte[] input, int from, int to, byte[] by) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(input.length + by.length);
        out.write(input, 0, from);
        out.writeBytes(by);
        out.write(input, to, input.length - to);
        return out.toByteArray();
    }

    private byte[] repeated(byte[] piece) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = random.nextInt(8) == 0 ? random.nextInt(MAX_REPEATS) : random.nextInt(20); i > 0 && out.size() < maxLength; i--) {
            out.writeBytes(piece);
        }
        return out.toByteArray();
    }

    /** The beginning of this and the end of another. */
    private byte[] spliced(byte[] input, int at) {
        byte[] other = seed();
        int from = random.nextInt(other.length + 1);
        return replaced(Arrays.copyOf(input, at), at, at, Arrays.copyOfRange(other, from, other.length));
    }

    /** A line, once more somewhere else. */
    private byte[] lineMoved(byte[] input, int at) {
        int start = at;
        while (start > 0 && input[start - 1] != '\n') {
            start--;
        }
        int end = at;
        while (end < input.length && input[end++] != '\n') {
            continue;
        }
        int to = random.nextInt(input.length + 1);
        while (to > 0 && input[to - 1] != '\n') {
            to--;
        }
        return replaced(input, to, to, Arrays.copyOfRange(input, start, end));
    }

    private static boolean isInWord(byte b) {
        return Character.isLetterOrDigit(b) || b == '-' || b == '.' || b == '_';
    }

    private static int startOfWord(byte[] input, int at) {
        int start = at;
        while (start > 0 && isInWord(input[start - 1])) {
            start--;
        }
        return start;
    }

    private static int endOfWord(byte[] input, int at) {
        int end = at;
        while (end < input.length && isInWord(input[end])) {
            end++;
        }
        return end;
    }
}
