package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthPage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The web page, its parts and its numbers, as pages of the health port. {@link #show} is for one thread, the rest for any. */
final class LivePages {
    static final String PATH = "/live";
    private static final String JSON = "application/json";

    /** The script takes null for: nothing yet. */
    private volatile String status = "null";

    /** For this machine only, as pages of the health port are unless they say otherwise. */
    HealthConfig.Builder addTo(HealthConfig.Builder config) {
        return config
                .page(PATH, file("live.html", "text/html; charset=utf-8"))
                .page(PATH + "/live.js", file("live.js", "text/javascript; charset=utf-8"))
                .page(PATH + "/live.css", file("live.css", "text/css; charset=utf-8"))
                .page(PATH + "/icon.svg", file("icon.svg", "image/svg+xml"))
                .page(PATH + "/status.json", () -> new HealthPage.Content(JSON, status));
    }

    /** Written here once, not by the thread that answers health checks for each request. */
    void show(LiveSnapshot snapshot) {
        status = StatusJson.of(snapshot);
    }

    private static HealthPage file(String name, String contentType) {
        try (InputStream in = LivePages.class.getResourceAsStream(name)) {
            HealthPage.Content content = new HealthPage.Content(contentType, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            return () -> content;
        } catch (IOException e) {
            throw new UncheckedIOException("the jar is damaged: " + name, e);
        }
    }
}
