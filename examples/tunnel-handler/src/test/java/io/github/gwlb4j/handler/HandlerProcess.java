package io.github.gwlb4j.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LabNamespace;
import io.github.gwlb4j.simulator.lab.LabProcess;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The handler as people run it, a process of its own, in the appliance's namespace of a lab. */
final class HandlerProcess implements AutoCloseable {
    static final int HEALTH_PORT = 8080;
    /** For a JVM to start, or to end. Longer on an emulated machine. */
    private static final Duration LIMIT = Duration.ofSeconds(Long.getLong("gwlb4j.processSeconds", 20));

    private final LabNamespace namespace;
    private final LabProcess process;

    /** An HTTP answer. */
    record Answer(int status, String contentType, String body) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(body);
        }
    }

    private HandlerProcess(LabNamespace namespace, LabProcess process) {
        this.namespace = namespace;
        this.process = process;
    }

    /** Starts it with arguments, and -p, and waits until it is ready. */
    static HandlerProcess start(LiveLab lab, String... arguments) throws Exception {
        return start(lab, 0, arguments);
    }

    /** Starts it with arguments, and -p, and a priority, and waits until it is ready. */
    static HandlerProcess start(LiveLab lab, int niceness, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-p", Integer.toString(HEALTH_PORT)));
        all.addAll(List.of(arguments));
        HandlerProcess handler = launch(lab, niceness, all.toArray(String[]::new));
        handler.process.awaitOutput(" ready", LIMIT);
        return handler;
    }

    /** Starts it with exactly these arguments and does not wait. */
    static HandlerProcess launch(LiveLab lab, String... arguments) throws IOException {
        return launch(lab, List.of(), System.getProperty("java.class.path"), arguments);
    }

    /** Starts it with exactly these arguments and a priority, and does not wait. */
    static HandlerProcess launch(LiveLab lab, int niceness, String... arguments) throws IOException {
        return launch(lab, List.of("nice", "-n", Integer.toString(niceness)), System.getProperty("java.class.path"), arguments);
    }

    /** Starts it through another program, such as setpriv, with a class path of its own, and does not wait. */
    static HandlerProcess launch(LiveLab lab, List<String> starter, String classPath, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(starter);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
                "-cp", classPath, GwlbtunMain.class.getName()));
        command.addAll(List.of(arguments));
        return new HandlerProcess(lab.appliance(), lab.appliance().start(command.toArray(String[]::new)));
    }

    long pid() {
        return process.pid();
    }

    String output() {
        return process.output();
    }

    void awaitOutput(String text) throws Exception {
        process.awaitOutput(text, LIMIT);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    CommandResult waitFor() throws InterruptedException {
        return process.waitFor(LIMIT);
    }

    /** Sends a signal, such as TERM. */
    void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor()).isZero();
    }

    /** Ends it as systemd does, and answers all that it wrote. */
    String stop() throws Exception {
        signal("TERM");
        CommandResult result = waitFor();
        assertThat(result.isSuccess()).as("%s", result).isTrue();
        return result.output();
    }

    Answer get(String path) throws Exception {
        return namespace.call(() -> {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + HEALTH_PORT + path).toURL().openConnection();
            connection.setConnectTimeout(2000);
            connection.setReadTimeout(5000);
            connection.setRequestProperty("Connection", "close");
            int status = connection.getResponseCode();
            try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                return new Answer(status, connection.getContentType(), body == null ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
        });
    }

    @Override
    public void close() {
        process.close();
    }
}
