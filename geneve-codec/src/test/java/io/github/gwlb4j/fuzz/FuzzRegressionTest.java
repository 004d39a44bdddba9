package io.github.gwlb4j.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Replays the seed corpus and every input that a fuzzer once broke something with (src/test/resources/fuzz), each also cut
 * at every length and with bits flipped. The fuzzer itself is the Maven profile {@code fuzz}.
 */
class FuzzRegressionTest {
    private static final Path CORPUS = Path.of("src/test/resources/fuzz");
    private static final int MUTATIONS = 300;

    @FunctionalInterface
    private interface FuzzTarget {
        void run(byte[] input) throws IOException;
    }

    private enum Target {
        DATAGRAM(DatagramTarget::fuzzerTestOneInput),
        PACKET(PacketTarget::fuzzerTestOneInput),
        CAPTURE(CaptureTarget::fuzzerTestOneInput);

        private final FuzzTarget target;

        Target(FuzzTarget target) {
            this.target = target;
        }
    }

    private static List<Path> inputsOf(Target target) {
        try (Stream<Path> files = Files.list(CORPUS.resolve(target.name().toLowerCase()))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Target target, String name, byte[] input) {
        try {
            target.target.run(input);
        } catch (IOException | RuntimeException | Error e) {
            throw new AssertionError(name + ", as bytes " + Arrays.toString(input), e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldAgreeWithTheReferenceOnTheCorpus(Target target) throws IOException {
        assertThat(inputsOf(target)).isNotEmpty();
        for (Path file : inputsOf(target)) {
            byte[] input = Files.readAllBytes(file);
            for (int length = 0; length <= input.length; length++) {
                run(target, file + " cut to " + length, Arrays.copyOf(input, length));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldAgreeWithTheReferenceOnDamagedInputs(Target target) throws IOException {
        SplittableRandom random = new SplittableRandom(20260101);
        for (Path file : inputsOf(target)) {
            byte[] input = Files.readAllBytes(file);
            for (int i = 0; i < MUTATIONS && input.length > 0; i++) {
                byte[] mutated = input.clone();
                for (int flips = random.nextInt(1, 5); flips > 0; flips--) {
                    mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
                }
                run(target, file + " mutation " + i, mutated);
            }
        }
    }
}
