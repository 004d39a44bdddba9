package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

class LibCTest {

    @Test
    void shouldBeTheOnlyClassWithNativeMethods() throws Exception {
        Path root = Path.of(LibC.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class") && !f.endsWith("module-info.class")).toList()) {
                String name = root.relativize(file).toString().replace('/', '.').replaceAll("\\.class$", "");
                for (Method method : Class.forName(name, false, LibC.class.getClassLoader()).getDeclaredMethods()) {
                    if (Modifier.isNative(method.getModifiers())) {
                        found.add(name);
                    }
                }
            }
        }
        assertThat(found).isNotEmpty().containsOnly(LibC.class.getName());
    }
}
