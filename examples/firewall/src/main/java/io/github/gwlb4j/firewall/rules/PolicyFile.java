package io.github.gwlb4j.firewall.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads rule files; the language is described in this example's README. Stateless; usable from any thread. */
public final class PolicyFile {
    private static final int MAX_BYTES = 16 << 20;

    private PolicyFile() {
    }

    /**
     * Reads and compiles a rule file.
     *
     * @param path the file, UTF-8, 16 MiB at most
     * @return its policy
     * @throws RuleFileException if it cannot be read or has a mistake; the message names file, line and remedy in one line
     */
    public static Policy read(Path path) throws RuleFileException {
        try {
            return parse(path.toString(), readLines(path));
        } catch (NoSuchFileException e) {
            throw new RuleFileException(path + ": no such file");
        } catch (CharacterCodingException e) {
            throw new RuleFileException(path + ": not a text file (UTF-8)");
        } catch (AccessDeniedException e) {
            throw new RuleFileException(path + ": no permission to read it");
        } catch (IOException e) {
            throw new RuleFileException(path + ": cannot read it: "
                    + (Files.isDirectory(path) ? "it is a directory" : e.getClass().getSimpleName()));
        }
    }

    /** Reads no more than the limit, whatever the file system says about the size: devices and pipes have none. */
    private static List<String> readLines(Path path) throws IOException, RuleFileException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new RuleFileException(path + ": not a rule file: more than " + (MAX_BYTES >> 20) + " MiB");
        }
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        // Windows editors start a text file with a byte order mark.
        return (text.startsWith("\ufeff") ? text.substring(1) : text).lines().toList();
    }

    /**
     * Compiles the lines of a rule file.
     *
     * @param file  its name, for messages
     * @param lines its lines, without line ends
     * @return its policy
     * @throws RuleFileException if it has a mistake; the message names file, line and remedy in one line
     */
    public static Policy parse(String file, List<String> lines) throws RuleFileException {
        return new PolicyParser(file).parse(lines);
    }
}
