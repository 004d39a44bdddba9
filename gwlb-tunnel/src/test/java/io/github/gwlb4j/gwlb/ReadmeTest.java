package io.github.gwlb4j.gwlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadmeTest {
    @ParameterizedTest
    @CsvSource({"README.md, 3", "examples/gwlb-simulator/README.md, 2"})
    void shouldCompileEachSnippetAsItStands(String readme, int snippets, @TempDir Path folder) throws IOException {
        Matcher blocks = Pattern.compile("```java\n(.*?public class (\\w+).*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..").resolve(readme)));
        int count = 0;
        for (; blocks.find(); count++) {
            compile(Files.writeString(folder.resolve(blocks.group(2) + ".java"), blocks.group(1)), folder);
        }
        assertThat(count).as("java blocks in " + readme).isEqualTo(snippets);
    }

    private static void compile(Path source, Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean isCompiled = compiler.getTask(messages, files, null,
                    List.of("-d", folder.toString(), "-Xlint:all", "-Werror", "-proc:none", "-cp", System.getProperty("java.class.path")),
                    null, files.getJavaFileObjects(source)).call();
            assertThat(isCompiled).as(messages.toString()).isTrue();
        }
    }
}
