package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.health.HealthConfig.Format;
import java.util.function.Supplier;

/** Which page answers a request. Belongs to the server's thread; cold path. */
final class HealthPages {
    private static final String JSON = "application/json";

    private final Format format;
    private final Supplier<HealthSnapshot> snapshots;
    private final ExtraPages extraPages;

    HealthPages(Format format, Supplier<HealthSnapshot> snapshots, ExtraPages extraPages) {
        this.format = format;
        this.snapshots = snapshots;
        this.extraPages = extraPages;
    }

    HttpResponse respond(HttpRequest request) {
        if (request.status() != 200) {
            return HttpResponse.text(request.status(), "this is not a request that can be answered\n");
        }
        if (!request.method().equals("GET") && !request.isHead()) {
            return HttpResponse.text(405, "only GET and HEAD\n");
        }
        return switch (request.path()) {
            case "/" -> health(request);
            case "/metrics" -> new HttpResponse(200, MetricsPage.CONTENT_TYPE, MetricsPage.of(snapshots.get()));
            default -> {
                HttpResponse response = extraPages.respond(request);
                yield response != null ? response : HttpResponse.text(404, "there is / and /metrics\n");
            }
        };
    }

    private HttpResponse health(HttpRequest request) {
        HealthSnapshot snapshot = snapshots.get();
        int status = snapshot.status().isHealthy() ? 200 : 503;
        return switch (wanted(request)) {
            case STATUS_ONLY -> HttpResponse.text(status, "");
            case JSON -> new HttpResponse(status, JSON, JsonPage.of(snapshot));
            case TEXT -> HttpResponse.text(status, TextPage.of(snapshot));
        };
    }

    private Format wanted(HttpRequest request) {
        if (format == Format.STATUS_ONLY) {
            return format;
        }
        if (request.accept().contains(JSON)) {
            return Format.JSON;
        }
        return request.accept().contains("text/plain") ? Format.TEXT : format;
    }
}
