package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.gwlb.health.HealthPage;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The user's own pages. Belongs to the server's thread; cold path. */
final class ExtraPages {
    private static final Logger LOG = LoggerFactory.getLogger(ExtraPages.class);
    private static final long LOG_INTERVAL_NS = 10_000_000_000L;
    private static final String HEADERS = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
            + "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
            + "Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n";
    /** With any port: a forwarded port, as with ssh -L, has another number here than in the browser. */
    private static final Pattern LOOPBACK_HOST =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?", Pattern.CASE_INSENSITIVE);

    private final Map<String, HealthPage> pages;
    private final int maxBytes;
    private boolean hasLogged;
    private long loggedNs;

    ExtraPages(Map<String, HealthPage> pages, int maxBytes) {
        this.pages = pages;
        this.maxBytes = maxBytes;
    }

    /** The answer to a GET or HEAD, or null if there is no such page for this client. */
    HttpResponse respond(HttpRequest request) {
        HealthPage page = pages.get(request.path());
        if (page == null || page.isLoopbackOnly() && !request.isFromLoopback()) {
            return null;
        }
        if (page.isLoopbackOnly() && !LOOPBACK_HOST.matcher(request.host()).matches()) {
            return HttpResponse.text(403, "this page is for http://localhost and http://127.0.0.1 only, not for another name of this machine\n");
        }
        try {
            HealthPage.Content content = page.content();
            HttpResponse response = new HttpResponse(200, content.contentType(), content.body(), HEADERS);
            return response.bodyBytes().length <= maxBytes ? response
                    : failed(request.path(), new IllegalStateException("more than " + maxBytes + " bytes (setting maxPageBytes)"));
        } catch (Throwable e) { // an Error too, such as no memory: health checks are answered by the same thread
            return failed(request.path(), e);
        }
    }

    private HttpResponse failed(String path, Throwable cause) {
        long nowNs = System.nanoTime();
        if (!hasLogged || nowNs - loggedNs >= LOG_INTERVAL_NS) {
            hasLogged = true;
            loggedNs = nowNs;
            LOG.warn("the page {} of the health port failed and is answered with 500", path, cause);
        }
        return HttpResponse.text(500, "this page failed; the appliance's log says why\n");
    }
}
