package io.github.gwlb4j.simulator.lab;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * This program's class path where every user can read it, to start Java programs as users who cannot read root's home. Stateless.
 */
public final class ClassPathCopy {
    private static final String READABLE = "rwxr-xr-x";

    private ClassPathCopy() {
    }

    /**
     * Copies all jars and directories of the class path.
     *
     * @param directory empty; everyone may read it afterwards
     * @return for {@code java -cp}
     * @throws IOException if something cannot be copied
     */
    public static String into(Path directory) throws IOException {
        List<String> copies = new ArrayList<>();
        makeReadable(directory);
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path source = Path.of(entry);
            if (Files.exists(source)) {
                Path copy = directory.resolve(copies.size() + "-" + source.getFileName());
                try (Stream<Path> files = Files.walk(source)) {
                    files.forEach(file -> copy(file, copy.resolve(source.relativize(file).toString())));
                }
                copies.add(copy.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copy(Path from, Path to) {
        try {
            Files.copy(from, to);
            makeReadable(to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void makeReadable(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(READABLE));
    }
}
