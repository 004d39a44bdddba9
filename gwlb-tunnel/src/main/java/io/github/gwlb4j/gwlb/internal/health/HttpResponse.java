package io.github.gwlb4j.gwlb.internal.health;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/**
 * An answer before it is bytes. Immutable.
 *
 * @param status      HTTP status code
 * @param contentType of the body
 * @param bodyBytes   text in UTF-8; nobody changes it
 * @param moreHeaders whole lines, or empty
 */
record HttpResponse(int status, String contentType, byte[] bodyBytes, String moreHeaders) {
    static final String TEXT = "text/plain; charset=utf-8";
    private static final Map<Integer, String> PHRASES = Map.of(200, "OK", 400, "Bad Request", 403, "Forbidden",
            404, "Not Found", 405, "Method Not Allowed", 431, "Request Header Fields Too Large", 500, "Internal Server Error",
            503, "Service Unavailable", 505, "HTTP Version Not Supported");
    /** IMF-fixdate, RFC 9110 section 5.6.7. */
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    HttpResponse(int status, String contentType, String body) {
        this(status, contentType, body, "");
    }

    HttpResponse(int status, String contentType, String body, String moreHeaders) {
        this(status, contentType, body.getBytes(StandardCharsets.UTF_8), moreHeaders);
    }

    static HttpResponse text(int status, String body) {
        return new HttpResponse(status, TEXT, body);
    }

    String body() {
        return new String(bodyBytes, StandardCharsets.UTF_8);
    }

    /** The answer as it goes over the wire, ready to be written. */
    ByteBuffer encode(HttpRequest request, boolean keepAlive) {
        String head = "HTTP/1.1 " + status + " " + PHRASES.getOrDefault(status, "Status") + "\r\n"
                + "Date: " + DATE.format(Instant.now()) + "\r\n"
                + "Content-Type: " + contentType + "\r\n"
                + "Content-Length: " + bodyBytes.length + "\r\n"
                + "Cache-Control: no-store\r\n"
                + moreHeaders
                + (status == 405 ? "Allow: GET, HEAD\r\n" : "")
                + "Connection: " + (keepAlive ? "keep-alive" : "close") + "\r\n\r\n";
        byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer encoded = ByteBuffer.allocate(headBytes.length + bodyBytes.length).put(headBytes);
        if (!request.isHead()) {
            encoded.put(bodyBytes);
        }
        return encoded.flip();
    }
}
