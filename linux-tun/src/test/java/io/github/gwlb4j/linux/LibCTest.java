package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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

    @Test
    void shouldLoadAndSayWhyOnAnotherSystem() throws IOException, InterruptedException {
        // A JVM that is told to be another system: the classes must load and answer, nothing more.
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "-Dos.name=Mac OS X", "-cp", System.getProperty("java.class.path"),
                OtherSystem.class.getName()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("supported: false", "exist on Linux only; this is Mac OS X",
                "cannot open TUN device t0: TUN devices", "cannot open a UDP socket: TUN devices",
                "cannot administer network interfaces: TUN devices", "cannot use network namespaces: TUN devices");
    }
}
