package io.github.gwlb4j.simulator.lab;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * This program's class path as jars, and an archive of the classes that a program of it has loaded ({@code java -XX:ArchiveClassesAtExit},
 * since JDK 13), for which directories will not do. To measure how soon an installed program starts. Immutable.
 */
public final class StartArchive {
    private final String classPath;
    private final Path file;

    private StartArchive(String classPath, Path file) {
        this.classPath = classPath;
        this.file = file;
    }

    /**
     * Makes the jars; no archive yet.
     *
     * @param folder for jars and archive
     * @return the commands to use them
     * @throws IOException if a jar cannot be made
     */
    public static StartArchive of(Path folder) throws IOException {
        ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow(() -> new IOException("needs a JDK: this Java has no tool 'jar'"));
        List<String> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                String made = folder.resolve("classes-" + jars.size() + ".jar").toString();
                if (jar.run(System.out, System.err, "--create", "--file", made, "-C", entry, ".") != 0) {
                    throw new IOException("cannot make " + made + " of " + entry);
                }
                jars.add(made);
            } else if (Files.exists(path)) {
                jars.add(entry);
            }
        }
        return new StartArchive(String.join(File.pathSeparator, jars), folder.resolve("classes.jsa"));
    }

    /**
     * The beginning of a command that starts a program of this class path as the start scripts do it.
     *
     * @param more options of the JVM
     * @return all of it up to the main class, which follows
     */
    public List<String> java(String... more) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                "-Xms16m", "-Xmx256m", "-Xss512k", "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
                "-Xlog:disable", "-Xlog:all=error:stderr"));
        command.addAll(List.of(more));
        command.addAll(List.of("-cp", classPath));
        return command;
    }

    /**
     * As {@link #java}, and the archive is written when the program ends.
     *
     * @return all of it up to the main class
     */
    public List<String> recordingJava() {
        return java("-XX:ArchiveClassesAtExit=" + file);
    }

    /**
     * As {@link #java}, with the archive.
     *
     * @return all of it up to the main class
     * @throws IOException if no program of {@link #recordingJava} has ended
     */
    public List<String> archivedJava() throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("no archive of classes was written: " + file);
        }
        return java("-XX:SharedArchiveFile=" + file);
    }
}
