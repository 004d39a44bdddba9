package io.github.gwlb4j.simulator.cli.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a lab has made on this machine, written down before and after it is made, so that it can be taken away even if the lab's
 * process was killed, and nothing else is. A folder {@code /run/gwlb-simulator/NAME} that only root can read:
 *
 * <ul>
 * <li>{@code record}: lines {@code process PID START}, {@code namespace ROLE NAME INODE} ({@code -} while it is being made) and
 * {@code link NAME}</li>
 * <li>{@code control}: the socket of the lab's process</li>
 * </ul>
 */
final class LabRecord {
    private static final Path ROOT = Path.of("/run/gwlb-simulator");
    private static final String UNKNOWN_INODE = "-";

    /** A namespace that the lab has made, or was about to make. */
    record Namespace(String name, String inode) {
    }

    private final String name;
    private final Path folder;

    private LabRecord(String name) {
        this(name, ROOT.resolve(name));
    }

    /** What another folder holds, for tests. */
    LabRecord(String name, Path folder) {
        this.name = name;
        this.folder = folder;
    }

    /** For a lab about to be made. */
    static LabRecord create(String name) throws IOException {
        Files.createDirectories(ROOT, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        LabRecord record = new LabRecord(name);
        try {
            Files.createDirectory(record.folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            boolean isUp = record.process().isPresent();
            throw new IOException("the lab '" + name + "' is up already" + (isUp ? "" : ", or its process was killed")
                    + ": 'gwlb-simulator lab down --name " + name + "' takes it down, --name gives this one another name", e);
        }
        ProcessHandle self = ProcessHandle.current();
        record.append("process " + self.pid() + " " + start(self));
        return record;
    }

    /** Empty if there is no such lab. */
    static Optional<LabRecord> find(String name) {
        LabRecord record = new LabRecord(name);
        return Files.isDirectory(record.folder) ? Optional.of(record) : Optional.empty();
    }

    /** Names of all labs that are up, or were killed. */
    static List<String> names() throws IOException {
        if (!Files.isDirectory(ROOT)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(ROOT)) {
            return folders.filter(Files::isDirectory).map(folder -> folder.getFileName().toString()).sorted().toList();
        }
    }

    String name() {
        return name;
    }

    Path controlSocket() {
        return folder.resolve("control");
    }

    private static long start(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private void append(String line) throws IOException {
        Files.writeString(folder.resolve("record"), line + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private List<String[]> lines(String kind, int words) {
        List<String[]> found = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(folder.resolve("record"), StandardCharsets.ISO_8859_1)) { // a torn write is no reason to fail
                String[] parts = line.split(" ");
                if (parts.length == words && parts[0].equals(kind)) {
                    found.add(parts);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** The lab's process, empty if it is gone; another one that got its number later is not taken for it. */
    Optional<ProcessHandle> process() {
        return lines("process", 3).stream().filter(line -> isNumber(line[1]) && isNumber(line[2])).findFirst()
                .flatMap(line -> ProcessHandle.of(Long.parseLong(line[1]))
                        .filter(process -> process.isAlive() && start(process) == Long.parseLong(line[2])));
    }

    private static boolean isNumber(String text) {
        return text.matches("\\d{1,18}");
    }

    /** Notes that a namespace is about to be made. */
    void planNamespace(Place place, String namespace) throws IOException {
        append("namespace " + place.word() + " " + namespace + " " + UNKNOWN_INODE);
    }

    /** Notes that it is made. */
    void madeNamespace(Place place, String namespace) throws IOException {
        append("namespace " + place.word() + " " + namespace + " " + NamedNamespaces.inode(namespace));
    }

    /** Notes that a link of this machine's own network is about to be made. */
    void planLink(String link) throws IOException {
        append("link " + link);
    }

    /** The lab's namespaces, in the order of their making. */
    Map<Place, Namespace> namespaces() {
        Map<Place, Namespace> namespaces = new LinkedHashMap<>();
        for (String[] line : lines("namespace", 4)) {
            Place.find(line[1]).ifPresent(place -> namespaces.put(place, new Namespace(line[2], line[3])));
        }
        return namespaces;
    }

    List<String> links() {
        return lines("link", 2).stream().map(line -> line[1]).toList();
    }

    /** Ends the programs in the lab's namespaces, and removes namespaces, links and files; what is gone already is fine. */
    void remove() throws IOException {
        for (Namespace namespace : namespaces().values()) {
            boolean isOurs = namespace.inode().equals(UNKNOWN_INODE) || namespace.inode().equals(NamedNamespaces.inode(namespace.name()));
            if (isOurs) {
                NamedNamespaces.endProcesses(namespace.name());
                NamedNamespaces.delete(namespace.name());
            }
        }
        for (String link : links()) {
            NamedNamespaces.deleteLink(link);
        }
        Files.deleteIfExists(controlSocket());
        Files.deleteIfExists(folder.resolve("record"));
        Files.deleteIfExists(folder);
    }
}
