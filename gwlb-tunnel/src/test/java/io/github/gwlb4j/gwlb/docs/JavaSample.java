package io.github.gwlb4j.gwlb.docs;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.SimpleJavaFileObject;

/**
 * A piece of Java in the documentation, made into a source file that can be compiled: a whole file as it stands, a class without
 * imports with the project's packages imported, or statements as the body of a {@link SampleBody}.
 *
 * <p>In Markdown every block of language {@code java} is one; in javadoc every {@code <pre>} block whose text is inside
 * {@code @code}. Whatever is set in such a block and is not Java must be set in a plain {@code <pre>}.
 */
final class JavaSample extends SimpleJavaFileObject {
    private static final Pattern IN_MARKDOWN = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern IN_JAVADOC = Pattern.compile("<pre>\\{@code\n(.*?)\n[ \t]*\\*[ \t]*\\}</pre>", Pattern.DOTALL);
    private static final Pattern JAVADOC_MARGIN = Pattern.compile("(?m)^[ \t]*\\* ?");
    private static final Pattern TYPE = Pattern.compile("(?m)^(?:public |final |abstract )*(?:class|interface|record|enum) (\\w+)");
    /** Names that several packages have are taken from the first that says so. */
    private static final String IMPORTS = String.join(" ", imports("io.github.gwlb4j.gwlb.Flow", "io.github.gwlb4j.gwlb.*",
            "io.github.gwlb4j.gwlb.capture.*", "io.github.gwlb4j.gwlb.health.*", "io.github.gwlb4j.gwlb.hook.*",
            "io.github.gwlb4j.gwlb.testkit.*", "io.github.gwlb4j.gwlb.transport.*", "io.github.gwlb4j.geneve.*", "io.github.gwlb4j.geneve.aws.*",
            "io.github.gwlb4j.packet.*", "io.github.gwlb4j.pcap.*", "io.github.gwlb4j.tun.*", "io.github.gwlb4j.tun.offload.*",
            "io.github.gwlb4j.tun.testkit.*", "io.github.gwlb4j.simulator.*", "io.github.gwlb4j.simulator.junit.*",
            "io.github.gwlb4j.simulator.lab.CommandResult", "io.github.gwlb4j.simulator.lab.LabSite", "io.github.gwlb4j.simulator.lab.LiveLab",
            "io.github.gwlb4j.simulator.load.*", "io.github.gwlb4j.simulator.packet.*", "io.github.gwlb4j.simulator.scenario.*",
            "java.io.*", "java.net.*", "java.nio.*", "java.nio.file.*", "java.time.*", "java.util.*", "java.util.concurrent.*",
            "org.junit.jupiter.api.*", "static org.junit.jupiter.api.Assertions.*"));

    private final String place;
    private final int line;
    private final String source;
    private final String className;
    private final boolean isBody;

    private JavaSample(int number, Path file, int line, String text) {
        this(number, file, line, text, typeOf(text));
    }

    private JavaSample(int number, Path file, int line, String text, String type) {
        super(URI.create("string:///sample" + number + "/" + (type == null ? "Sample" : type) + Kind.SOURCE.extension), Kind.SOURCE);
        this.place = ProjectFiles.name(file);
        this.line = line;
        this.className = "sample" + number + "." + (type == null ? "Sample" : type);
        this.isBody = type == null;
        // What is put in front stays in the first line, so that the compiler's line numbers are those of the sample.
        String head = "package sample" + number + "; " + (text.startsWith("import ") ? "" : IMPORTS);
        this.source = type != null ? head + text
                : head + "public class Sample extends " + SampleBody.class.getName() + " { @Override public void run() throws Exception { " + text + "\n}}";
    }

    private static String typeOf(String text) {
        Matcher type = TYPE.matcher(text);
        return type.find() ? type.group(1) : null;
    }

    private static List<String> imports(String... names) {
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            lines.add("import " + name + ";");
        }
        return lines;
    }

    /** All samples of the Markdown pages, and of the javadoc of the published modules' and the simulator's API and internals. */
    static List<JavaSample> all() {
        List<JavaSample> samples = new ArrayList<>();
        ProjectFiles.endingWith(".md").forEach(file -> addAll(samples, file, IN_MARKDOWN.matcher(ProjectFiles.read(file)), false));
        for (String module : List.of("geneve-codec", "linux-tun", "gwlb-tunnel", "examples/gwlb-simulator")) {
            Path main = ProjectFiles.ROOT.resolve(module + "/src/main");
            ProjectFiles.endingWith(".java").stream().filter(file -> file.startsWith(main))
                    .forEach(file -> addAll(samples, file, IN_JAVADOC.matcher(ProjectFiles.read(file)), true));
        }
        return samples;
    }

    private static void addAll(List<JavaSample> samples, Path file, Matcher blocks, boolean isJavadoc) {
        String whole = ProjectFiles.read(file);
        while (blocks.find()) {
            String text = isJavadoc ? JAVADOC_MARGIN.matcher(blocks.group(1)).replaceAll("") : blocks.group(1);
            int line = (int) whole.substring(0, blocks.start(1)).lines().count() + 1;
            samples.add(new JavaSample(samples.size(), file, line, text));
        }
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
    }

    /** File and line, as editors understand them. */
    String place(long lineOfSample) {
        return place + ":" + (line - 1 + Math.max(1, lineOfSample));
    }

    /** The file, from the project's folder. */
    String file() {
        return place;
    }

    String className() {
        return className;
    }

    /** Whether it is statements, which can be run with nothing but a {@link SampleBody}'s fields. */
    boolean isBody() {
        return isBody;
    }
}
