package io.github.gwlb4j.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Feeds a parser its seeds, the seeds cut short, and damaged ones. What the parser throws that its target does not expect, memory out of
 * all proportion, or an input that it does not come back from, is a failure that names the input and keeps it in {@code target/fuzz}.
 *
 * <p>By default the same inputs come each time, a few thousand. With {@code -Dfuzz.seconds=600} other ones each time, for so long; then
 * the seed of the random numbers is printed, and {@code -Dfuzz.seed=N} repeats it.
 */
public final class Fuzzer {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 0);
    private static final long SEED = Long.getLong("fuzz.seed", SECONDS > 0 ? System.nanoTime() : 20_261_123L);
    private static final Path INPUTS = Path.of("src/test/resources/fuzz");
    /** Set by the Maven profile: seeds are only written there, and another fuzzer takes over. */
    private static final String CORPUS = System.getProperty("fuzz.corpus");
    private static final Path FAILURES = Path.of("target/fuzz");
    /** One input in so many is a seed cut short; of each seed at most so many. */
    private static final int CUT_SHARE = 4;
    private static final int MOST_CUTS = 300;
    private static final long HANG_SECONDS = 30;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Gives one input to a parser; whatever it throws is a failure, so it catches what the parser documents. */
    @FunctionalInterface
    public interface Target {
        /**
         * Tries one input.
         *
         * @param input any bytes; not kept
         */
        void accept(byte[] input) throws Exception;
    }

    private final String name;
    private final Target target;
    private final List<byte[]> seeds = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private int maxLength = 64 << 10;
    private long maxAllocatedBytes = 64 << 20;
    private volatile byte[] current = {};
    private volatile long count;

    private Fuzzer(String name, Target target) {
        this.name = name;
        this.target = target;
    }

    /**
     * A fuzzer whose seeds are the inputs in {@code src/test/resources/fuzz/NAME}, if there are any: those that once broke something.
     *
     * @param name   of a directory and in messages
     * @param target what is tried
     */
    public static Fuzzer of(String name, Target target) {
        Fuzzer fuzzer = new Fuzzer(name, target);
        Path inputs = INPUTS.resolve(name);
        return Files.isDirectory(inputs) ? fuzzer.seedFiles(inputs, "") : fuzzer;
    }

    /** More seeds, as text in UTF-8. */
    public Fuzzer seeds(String... texts) {
        Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).forEach(seeds::add);
        return this;
    }

    /** One more seed. */
    public Fuzzer seed(byte[] bytes) {
        seeds.add(bytes);
        return this;
    }

    /** All files of a directory whose names end so, as seeds. */
    public Fuzzer seedFiles(Path directory, String ending) {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
            assertThat(found).as("seeds in " + directory.toAbsolutePath()).isNotEmpty();
            for (Path file : found) {
                seeds.add(Files.readAllBytes(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Words that mean something to the parser, put in here and there. */
    public Fuzzer words(String... more) {
        words.addAll(List.of(more));
        return this;
    }

    /** How long inputs become; else 64 KiB. */
    public Fuzzer maxLength(int bytes) {
        maxLength = bytes;
        return this;
    }

    /** The most that one input may have allocated, garbage included; else 64 MiB. */
    public Fuzzer maxAllocatedBytes(long bytes) {
        maxAllocatedBytes = bytes;
        return this;
    }

    /**
     * Runs, on a thread of its own so that a hang is seen.
     *
     * @param rounds how many damaged inputs, unless {@code -Dfuzz.seconds} says how long
     */
    public void run(int rounds) {
        assertThat(seeds).as("seeds").isNotEmpty();
        if (CORPUS != null) {
            writeSeeds(Path.of(CORPUS));
            return;
        }
        Throwable[] failure = new Throwable[1];
        Thread thread = new Thread(() -> tryAll(rounds), "fuzz-" + name);
        thread.setUncaughtExceptionHandler((t, e) -> failure[0] = e);
        thread.setDaemon(true);
        thread.start();
        waitFor(thread);
        if (failure[0] instanceof Error error) {
            throw error;
        }
        assertThat(failure[0]).isNull();
        if (SECONDS > 0) {
            System.out.println("fuzz: " + name + ": " + count + " inputs in " + SECONDS + " s, seed " + SEED);
        }
    }

    private void writeSeeds(Path corpus) {
        try {
            Files.createDirectories(corpus);
            for (byte[] seed : seeds) {
                Files.write(corpus.resolve(name + "-" + Integer.toHexString(Arrays.hashCode(seed))), seed);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void waitFor(Thread thread) {
        try {
            long seen = -1;
            while (thread.isAlive()) {
                if (seen == count) {
                    AssertionError hang = new AssertionError("no end after " + HANG_SECONDS + " s: " + keep());
                    hang.setStackTrace(thread.getStackTrace());
                    throw hang;
                }
                seen = count;
                thread.join(HANG_SECONDS * 1000);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void tryAll(int rounds) {
        int cuts = Math.min(MOST_CUTS, rounds / (CUT_SHARE * seeds.size()) + 1);
        for (byte[] seed : seeds) {
            attempt(seed);
            int step = Math.max(1, seed.length / cuts);
            for (int length = 0; length < seed.length; length += step) {
                attempt(Arrays.copyOf(seed, length));
            }
        }
        Mutator mutator = new Mutator(seeds, words, maxLength, new SplittableRandom(SEED));
        long endNs = System.nanoTime() + SECONDS * 1_000_000_000L;
        for (int round = 0; SECONDS > 0 ? System.nanoTime() - endNs < 0 : round < rounds; round++) {
            attempt(mutator.next());
        }
    }

    private void attempt(byte[] input) {
        current = input;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            target.accept(input);
        } catch (Throwable e) { // an Error is what a fuzzer looks for
            throw new AssertionError(keep() + ": " + e, e);
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (allocated > maxAllocatedBytes) {
            throw new AssertionError(allocated + " bytes allocated for " + keep());
        }
        count++;
    }

    /** Writes the input in question into a file, and says which. */
    private String keep() {
        byte[] input = current;
        Path file = FAILURES.resolve(name + "-" + Integer.toHexString(Arrays.hashCode(input)));
        try {
            Files.createDirectories(FAILURES);
            Files.write(file, input);
        } catch (IOException e) {
            return name + ", input " + Arrays.toString(input);
        }
        String text = new String(input, 0, Math.min(input.length, 400), StandardCharsets.ISO_8859_1);
        return name + ", input kept in " + file.toAbsolutePath() + ", " + input.length + " bytes: " + text.replaceAll("[^ -~]", "?");
    }
}
