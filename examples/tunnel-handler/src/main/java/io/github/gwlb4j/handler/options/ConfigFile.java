package io.github.gwlb4j.handler.options;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Settings from a file: lines {@code key = value}, the keys are the long names of options, {@code #} starts a comment line. A key
 * without {@code = value} switches a flag on. A repeatable option may stand on several lines. What the command line says is
 * stronger. Immutable.
 */
public final class ConfigFile {
    /** Options that make no sense in the file. */
    private static final Set<String> COMMAND_LINE_ONLY = Set.of("--config", "--help", "--version");

    /** Nobody writes more; a device or another kind of file may have no end, or no line ends. */
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_LINE = 4096;

    private final Path file;
    private final List<Entry> entries = new ArrayList<>();

    /** A line; the value is null for a flag. */
    private record Entry(String name, String value, int line) {
        String argument() {
            return value == null ? name : name + "=" + value;
        }
    }

    private ConfigFile(Path file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @param file    its path
     * @param command whose options may be set
     * @return the settings
     * @throws IllegalArgumentException if it cannot be read or a line is wrong; the message has file and line
     */
    public static ConfigFile read(Path file, CommandSpec command) {
        ConfigFile config = new ConfigFile(file);
        List<String> lines = config.lines();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                config.add(line, i + 1, command);
            }
        }
        return config;
    }

    private List<String> lines() {
        try {
            return text().lines().toList();
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("cannot read " + file + ": no such file");
        } catch (AccessDeniedException e) {
            throw new IllegalArgumentException("cannot read " + file + ": permission denied");
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("cannot read " + file + ": it is not text in UTF-8");
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + file + ": " + (Files.isDirectory(file) ? "it is a directory" : e.getMessage()));
        }
    }

    private String text() throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("cannot read " + file + ": it is no configuration file: more than " + (MAX_BYTES >> 20) + " MiB");
        }
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    private void add(String text, int line, CommandSpec command) {
        if (text.length() > MAX_LINE) {
            throw wrong(line, "more than " + MAX_LINE + " characters");
        }
        int equals = text.indexOf('=');
        String key = (equals < 0 ? text : text.substring(0, equals)).strip();
        String name = "--" + key;
        OptionSpec option = command.optionsMap().get(name);
        if (option == null || COMMAND_LINE_ONLY.contains(name)) {
            throw wrong(line, "there is no setting '" + key + "'; the keys are the long options of --help, without the dashes");
        }
        boolean isFlag = option.arity().max() == 0;
        if (equals < 0 && !isFlag) {
            throw wrong(line, "'" + key + "' needs a value: " + key + " = " + option.paramLabel());
        }
        String value = equals < 0 ? "true" : text.substring(equals + 1).strip();
        if (isFlag && !value.equals("true") && !value.equals("false")) {
            throw wrong(line, "'" + key + "' is true or false, not '" + value + "'");
        }
        if (value.isEmpty()) {
            throw wrong(line, "'" + key + "' has no value");
        }
        if (placeOf(name) != null && !option.isMultiValue()) {
            throw wrong(line, "'" + key + "' is set at " + placeOf(name) + " already");
        }
        if (!value.equals("false") || !isFlag) {
            entries.add(new Entry(name, isFlag ? null : value, line));
        }
    }

    private IllegalArgumentException wrong(int line, String what) {
        return new IllegalArgumentException(file + ":" + line + ": " + what);
    }

    /**
     * The settings as a command line.
     *
     * @param isSet whether the real command line has the option of this name already
     * @return options and values
     */
    public List<String> arguments(Predicate<String> isSet) {
        return entries.stream().filter(entry -> !isSet.test(entry.name)).map(Entry::argument).toList();
    }

    /**
     * Where an option was set.
     *
     * @param name long name of an option, with dashes
     * @return file and line of the first time, or null if it is not set here
     */
    public String placeOf(String name) {
        return entries.stream().filter(entry -> entry.name.equals(name)).findFirst().map(entry -> file + ":" + entry.line).orElse(null);
    }
}
