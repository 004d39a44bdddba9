package io.github.gwlb4j.gwlb.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the Markdown pages point to is there: files, headings, and in the pages about the code also classes, members and constants. */
class LinksTest {
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern TYPE = Pattern.compile("[A-Z][a-z0-9]\\w*(\\.[A-Z][a-z]\\w*)*([.#]\\w+(\\(.*\\))?)?");
    private static final Pattern CONSTANT = Pattern.compile("[A-Z]+(_[A-Z0-9]+)+");
    private static final Pattern WORD = Pattern.compile("\\w+");
    private static final Pattern DECLARED = Pattern.compile("\\b(?:class|interface|record|enum) (\\w+)");
    private static final List<String> JDK_PACKAGES = List.of("java.lang.", "java.io.", "java.net.", "java.nio.", "java.nio.file.", "java.time.",
            "java.util.", "java.util.concurrent.");
    /** Words in code style that look like a class of ours and are the kernel's, systemd's or AWS's. */
    private static final Set<String> NOT_OUR_TYPES = Set.of("Unsafe", "UdpRcvbufErrors", "UdpInErrors", "UdpInCsumErrors", "ExecStart",
            "AmbientCapabilities", "ReadWritePaths", "NetworkPacketsIn");
    private static final Pattern KERNEL_CONSTANT = Pattern.compile("(AF|CAP|IFF|IP|O|SO|TCP|UDP)_\\w+");
    private static final Set<String> VARIABLES = Set.of("JAVA_HOME", "GWLBTUN_OPTIONS", "GWLBTUN_JAVA_OPTS", "GWLB4J_DEMO_PORT", "JAVA_TOOL_OPTIONS",
            "MAVEN_OPTS");

    @Test
    void shouldLinkToFilesAndHeadingsThatExist() {
        List<String> broken = new ArrayList<>();
        for (Path page : ProjectFiles.endingWith(".md")) {
            Matcher links = LINK.matcher(prose(page));
            while (links.find()) {
                if (!ELSEWHERE.matcher(links.group(1)).matches() && !isThere(page, links.group(1))) {
                    broken.add(ProjectFiles.name(page) + " -> " + links.group(1));
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static boolean isThere(Path page, String link) {
        String[] parts = link.split("#", 2);
        Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
        return Files.exists(file)
                && (parts.length == 1 || anchors(Files.isDirectory(file) ? file.resolve("README.md") : file).contains(parts[1]));
    }

    /** As GitHub makes them from headings; of equal ones the first. */
    private static Set<String> anchors(Path page) {
        return HEADING.matcher(FENCED.matcher(ProjectFiles.read(page)).replaceAll("")).results()
                .map(heading -> heading.group(1).toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static String prose(Path page) {
        return FENCED.matcher(ProjectFiles.read(page)).replaceAll("");
    }

    @Test
    void shouldNameClassesMembersAndConstantsThatExist() {
        Code code = new Code();
        List<String> unknown = new ArrayList<>();
        for (Path page : pagesAboutTheCode()) {
            CODE.matcher(prose(page)).results().map(word -> word.group(1)).filter(word -> !code.has(word))
                    .forEach(word -> unknown.add(ProjectFiles.name(page) + ": " + word));
        }
        assertThat(unknown).isEmpty();
    }

    private static List<Path> pagesAboutTheCode() {
        return ProjectFiles.endingWith(".md").stream().filter(page -> {
            String name = ProjectFiles.name(page);
            return name.startsWith("docs/") || name.startsWith("benchmarks/") || !name.contains("/");
        }).toList();
    }

    /** What the project's Java has. */
    private static final class Code {
        private final Map<String, String> sources = new HashMap<>();
        private final Set<String> types = new HashSet<>();
        private final Set<String> words = new HashSet<>();

        private Code() {
            for (Path file : ProjectFiles.endingWith(".java")) {
                String source = ProjectFiles.read(file);
                sources.merge(file.getFileName().toString().replace(".java", ""), source, String::concat); // several packages may have the name
                DECLARED.matcher(source).results().forEach(type -> types.add(type.group(1)));
                WORD.matcher(source).results().forEach(word -> words.add(word.group()));
            }
        }

        private boolean has(String code) {
            if (CONSTANT.matcher(code).matches()) {
                return KERNEL_CONSTANT.matcher(code).matches() || VARIABLES.contains(code) || words.contains(code);
            }
            if (!TYPE.matcher(code).matches()) {
                return true;
            }
            String[] names = code.replaceAll("\\(.*", "").split("[.#]");
            return NOT_OUR_TYPES.contains(names[0]) || (names.length == 1 ? hasType(names[0]) : hasMember(names))
                    || !types.contains(names[0]) && isOfJdk(names[0]);
        }

        private static boolean isOfJdk(String name) {
            return JDK_PACKAGES.stream().anyMatch(prefix -> {
                try {
                    return Class.forName(prefix + name) != null;
                } catch (ClassNotFoundException e) {
                    return false;
                }
            });
        }

        /** A benchmark is chosen by a part of its name; an attribute of JMX has a getter. */
        private boolean hasType(String name) {
            return types.contains(name) || types.contains(name + "Benchmark") || words.contains("get" + name) || words.contains("is" + name);
        }

        private boolean hasMember(String[] names) {
            String source = sources.getOrDefault(names[0], "");
            return Arrays.stream(names).skip(1).allMatch(name -> Pattern.compile("\\b" + name + "\\b").matcher(source).find());
        }
    }
}
