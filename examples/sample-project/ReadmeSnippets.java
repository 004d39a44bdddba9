import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Writes each program of a README into a file of its own: {@code java ReadmeSnippets.java README FOLDER [PACKAGE]}. */
class ReadmeSnippets {
    private static final Pattern PROGRAM = Pattern.compile("^```java\n((?:(?!```).)*?public class (\\w+).*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

    public static void main(String[] args) throws IOException {
        boolean hasPackage = args.length > 2;
        Path folder = Path.of(args[1]).resolve(hasPackage ? args[2].replace('.', '/') : "");
        Files.createDirectories(folder);
        var programs = PROGRAM.matcher(Files.readString(Path.of(args[0]))).results().toList();
        if (programs.isEmpty()) {
            throw new IOException(args[0] + " has no Java program");
        }
        for (MatchResult program : programs) {
            Files.writeString(folder.resolve(program.group(2) + ".java"), (hasPackage ? "package " + args[2] + ";\n\n" : "") + program.group(1));
        }
    }
}
