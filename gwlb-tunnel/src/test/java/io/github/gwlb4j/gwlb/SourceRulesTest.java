package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What SECURITY.md promises of every line that is shipped: no shell, no objects made from bytes, native calls in one class. */
class SourceRulesTest {
    private static final Path ROOT = Path.of(System.getProperty("basedir", "."), "..").normalize();

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java") && file.toString().contains("src/main/")
                    && !file.startsWith(ROOT.resolve("benchmarks"))).toList(); // which are not shipped
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
        a shell                 ~ "[a-z/]*\\bsh"\\s*,\\s*"-
        a command line to split ~ getRuntime\\(\\)\\s*\\.exec
        deserialisation         ~ ObjectInputStream|XMLDecoder|readObject\\(|readUnshared|MarshalledObject
        YAML that makes objects ~ org\\.yaml\\.snakeyaml|snakeyaml\\.engine\\.v2\\.api\\.Load;|ConstructNode
        memory without bounds   ~ sun\\.misc\\.Unsafe|jdk\\.internal
        a script engine         ~ javax\\.script
        names looked up         ~ javax\\.naming|InitialContext
        classes from elsewhere  ~ URLClassLoader|defineClass
        """)
    void shouldHaveNoneOf(String what, String pattern) throws IOException {
        Pattern forbidden = Pattern.compile(pattern);
        assertThat(sources()).hasSizeGreaterThan(300).filteredOn(file -> forbidden.matcher(text(file)).find()).as(what).isEmpty();
    }

    @Test
    void shouldMakeNativeCallsInOneClassOnly() throws IOException {
        Pattern declaration = Pattern.compile("^\\s+(public |private |protected )?(static )?native ", Pattern.MULTILINE);
        assertThat(sources()).filteredOn(file -> declaration.matcher(text(file)).find()).extracting(file -> file.getFileName().toString())
                .containsExactly("LibC.java");
    }

    @Test
    void shouldCallByAddressAndMakeMachineCodeInOneClassOnly() throws IOException {
        Pattern use = Pattern.compile("com\\.sun\\.jna\\.(Function|JNIEnv|Callback)|PROT_EXEC\\b(?! =)");
        assertThat(sources()).filteredOn(file -> use.matcher(text(file)).find()).extracting(file -> file.getFileName().toString())
                .containsExactly("SystemCallStubs.java");
    }
}
