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
 * @param body        text
 */
record HttpResponse(int status, String contentType, String body) {
    static final String TEXT = "text/plain; charset=utf-8";
    private static final Map<Integer, String> PHRASES = Map.of(200, "OK", 400, "Bad Request", 404, "Not Found",
            405, "Method Not Allowed", 431, "Request Header Fields Too Large",
            503, "Service Unavailable", 505, "HTTP Version Not Supported");
    /** IMF-fixdate, RFC 9110 section 5.6.7. */
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    static HttpResponse text(int status, String body) {
        return new HttpResponse(status, TEXT, body);
    }

    /** The answer as it goes over the wire, ready to be written. */
    ByteBuffer encode(HttpRequest request, boolean keepAlive) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + status + " " + PHRASES.getOrDefault(status, "Status") + "\r\n"
                + "Date: " + DATE.format(Instant.now()) + "\r\n"
                + "Content-Type: " + contentType + "\r\n"
                + "Content-Length: " + content.length + "\r\n"
                + "Cache-Control: no-store\r\n"
                + (status == 405 ? "Allow: GET, HEAD\r\n" : "")
                + "Connection: " + (keepAlive ? "keep-alive" : "close") + "\r\n\r\n";
        byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer encoded = ByteBuffer.allocate(headBytes.length + content.length).put(headBytes);
        if (!request.isHead()) {
            encoded.put(content);
        }
        return encoded.flip();
    }
}
