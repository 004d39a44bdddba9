package io.github.gwlb4j.firewall.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** Chromium without a window, steered over the DevTools protocol: what a person would see, and all it complains about. */
final class HeadlessBrowser implements AutoCloseable {
    private static final List<String> PROGRAMS = List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");
    private static final int WAIT_SECONDS = 40;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path profile;
    private final Process process;
    private final WebSocket socket;
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private int lastId;

    /** The installed browser, or null. */
    static String program() {
        return PROGRAMS.stream().filter(program -> Files.isExecutable(Path.of(program))).findFirst().orElse(null);
    }

    HeadlessBrowser() throws Exception {
        profile = Files.createTempDirectory("gwlb4j-browser");
        process = new ProcessBuilder(program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-extensions", "--disable-background-networking", "--hide-scrollbars", "--remote-debugging-port=0",
                "--user-data-dir=" + profile, "about:blank")
                .redirectErrorStream(true).redirectOutput(profile.resolve("browser.log").toFile()).start();
        try {
            Path portFile = profile.resolve("DevToolsActivePort");
            await("the browser starts", () -> Files.exists(portFile) && readLines(portFile).size() == 2);
            socket = HttpClient.newHttpClient().newWebSocketBuilder()
                    .buildAsync(URI.create(pageAddress(Integer.parseInt(readLines(portFile).get(0)))), new Listener()).get(WAIT_SECONDS, TimeUnit.SECONDS);
            for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
                call(domain + ".enable", Map.of());
            }
        } catch (Exception | AssertionError e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static List<String> readLines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String pageAddress(int port) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list")).build();
        JsonNode targets = JSON.readTree(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
        for (JsonNode target : targets) {
            if (target.get("type").asText().equals("page")) {
                return target.get("webSocketDebuggerUrl").asText();
            }
        }
        throw new IOException("the browser has no page: " + targets);
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean isLast) {
            message.append(data);
            if (isLast) {
                try {
                    take(JSON.readTree(message.toString()));
                } catch (IOException e) {
                    complaints.add("unreadable: " + e);
                }
                message.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private void take(JsonNode message) {
        switch (message.path("method").asText()) {
            case "" -> answers.add(message);
            case "Runtime.exceptionThrown" -> complaints.add(message.at("/params/exceptionDetails").toString());
            case "Runtime.consoleAPICalled" -> complaints.add(message.at("/params/args").toString());
            case "Log.entryAdded" -> complaints.add(message.at("/params/entry").toString());
            case "Network.requestWillBeSent" -> requests.add(message.at("/params/request/url").asText());
            default -> { }
        }
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
        ObjectNode call = JSON.createObjectNode().put("id", ++lastId).put("method", method);
        call.set("params", JSON.valueToTree(parameters));
        socket.sendText(call.toString(), true).get(WAIT_SECONDS, TimeUnit.SECONDS);
        JsonNode answer = answers.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        if (answer == null || answer.get("id").asInt() != lastId || answer.has("error") || answer.at("/result/exceptionDetails").isObject()) {
            throw new AssertionError(method + " " + parameters + " was answered with " + answer);
        }
        return answer.get("result");
    }

    /** The value of an expression, as JSON. */
    JsonNode evaluate(String expression) throws Exception {
        return call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true)).at("/result/value");
    }

    void open(String address) throws Exception {
        call("Page.navigate", Map.of("url", address));
    }

    void resize(int width, int height, boolean isMobile) throws Exception {
        call("Emulation.setDeviceMetricsOverride", Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", isMobile));
    }

    void setColorScheme(String scheme) throws Exception {
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    byte[] screenshot() throws Exception {
        return Base64.getDecoder().decode(call("Page.captureScreenshot", Map.of("format", "png")).get("data").asText());
    }

    BufferedImage image() throws Exception {
        return ImageIO.read(new ByteArrayInputStream(screenshot()));
    }

    /** Console lines, exceptions, violations of the security policy, failed loads. */
    List<String> complaints() {
        return complaints;
    }

    /** Addresses of everything that was asked for. */
    List<String> requests() {
        return requests;
    }

    void awaitTrue(String expression) {
        await(expression, () -> {
            try {
                return evaluate(expression).asBoolean();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void await(String what, BooleanSupplier condition) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNs > 0) {
                throw new AssertionError("waited in vain until " + what);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        try {
            process.onExit().get(5, TimeUnit.SECONDS);
        } catch (Exception e) {
            process.destroyForcibly();
        }
        children.forEach(ProcessHandle::destroyForcibly);
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
