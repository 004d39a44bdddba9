package io.github.gwlb4j.gwlb.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.pcap.LinkType;
import io.github.gwlb4j.pcap.PcapWriter;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java in README, guide and javadoc: all of it compiles as it stands, and what needs no network runs. */
class SamplesTest {
    private static final List<JavaSample> SAMPLES = JavaSample.all();

    @TempDir
    static Path classes;
    private static String complaints;

    @BeforeAll
    static void compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            compiler.getTask(null, files, diagnostics, List.of("-d", classes.toString(), "-Xlint:all", "-proc:none", "-cp",
                    System.getProperty("java.class.path")), null, SAMPLES).call();
        }
        complaints = diagnostics.getDiagnostics().stream().map(SamplesTest::text).collect(Collectors.joining("\n"));
    }

    private static String text(Diagnostic<? extends JavaFileObject> diagnostic) {
        String place = diagnostic.getSource() instanceof JavaSample sample ? sample.place(diagnostic.getLineNumber()) + ": " : "";
        return place + diagnostic.getMessage(Locale.ROOT);
    }

    @Test
    void shouldCompileWithoutAWarning() {
        assertThat(complaints).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/guide.md", "examples/gwlb-simulator/README.md",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/FlowTracking.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/GwlbAppliance.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/GwlbApplianceBuilder.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/HandlerContext.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/PacketHandler.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/TunnelListener.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/capture/PacketCapture.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/health/HealthConfig.java",
        "gwlb-tunnel/src/main/java/io/github/gwlb4j/gwlb/hook/ScriptHook.java",
        "geneve-codec/src/main/java/io/github/gwlb4j/geneve/GeneveHeader.java",
        "linux-tun/src/main/java/io/github/gwlb4j/tun/LinuxTun.java",
        "examples/gwlb-simulator/src/main/java/io/github/gwlb4j/simulator/junit/GwlbSimulatorTest.java"})
    void shouldHaveASampleWherePeopleStart(String file) {
        assertThat(SAMPLES).extracting(JavaSample::file).contains(file);
    }

    @Test
    void shouldRunThoseThatNeedNoNetwork(@TempDir Path folder) throws Exception {
        List<JavaSample> samples = SAMPLES.stream().filter(sample -> sample.isBody()
                && (sample.file().startsWith("geneve-codec") || sample.file().contains("/testkit/"))).toList();

        assertThat(samples).hasSizeGreaterThanOrEqualTo(5);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            for (JavaSample sample : samples) {
                SampleBody body = (SampleBody) loader.loadClass(sample.className()).getDeclaredConstructor().newInstance();
                body.path = folder.resolve(sample.className() + ".pcap");
                try (PcapWriter writer = PcapWriter.builder().linkType(LinkType.RAW).open(body.path)) {
                    writer.write(body.timestampNs, body.buffer, body.offset, body.length);
                }
                try {
                    body.run();
                } catch (Exception | AssertionError e) {
                    throw new AssertionError(sample.place(1) + " does not run", e);
                }
            }
        }
    }
}
