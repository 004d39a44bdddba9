package io.github.gwlb4j.simulator.cli.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** A headless browser. Where there is none the test is skipped with a reason; with CI=true it fails. */
final class Chromium {
    private static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final int LIMIT_SECONDS = 60;

    private Chromium() {
    }

    /** A page after its scripts have run. */
    record Page(String dom, List<String> consoleErrors) {
        /** The text of the element with an id. */
        String text(String id) {
            Matcher element = Pattern.compile("id=\"" + id + "\"[^>]*>([^<]*)<").matcher(dom);
            return element.find() ? element.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") : "";
        }
    }

    static Page open(Path html, Path folder) throws IOException, InterruptedException {
        if (!Files.isExecutable(PROGRAM)) {
            String reason = "needs " + PROGRAM + ": apt-get install chromium";
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("CI=true and the test cannot run: " + reason);
            }
            Assumptions.assumeTrue(false, reason);
        }
        Path dom = folder.resolve("dom.html");
        Path log = folder.resolve("chromium.log");
        Process process = new ProcessBuilder(PROGRAM.toString(), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                "--user-data-dir=" + folder.resolve("profile"), "--window-size=1280,1600", "--dump-dom", html.toUri().toString())
                .redirectOutput(dom.toFile()).redirectError(log.toFile()).start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("chromium has not ended within " + LIMIT_SECONDS + " s: " + Files.readString(log));
        }
        List<String> errors = new ArrayList<>(Files.readString(log).lines().filter(line -> line.contains("CONSOLE")).toList());
        return new Page(Files.readString(dom), errors);
    }
}
