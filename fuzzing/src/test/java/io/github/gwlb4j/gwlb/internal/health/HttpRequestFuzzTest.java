package io.github.gwlb4j.gwlb.internal.health;

import io.github.gwlb4j.fuzzing.Fuzzer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Any bytes as a request to the health port: its end is where a slow reader finds it, its answer is one that can be sent. */
public class HttpRequestFuzzTest {
    @Test
    void shouldFindTheEndOfARequestAndAnswerIt() {
        Fuzzer.of("health-request", HttpRequestFuzzTest::fuzzerTestOneInput)
                .seeds("GET / HTTP/1.1\r\nHost: a.example:8080\r\nAccept: application/json\r\nConnection: close\r\n\r\n", "\r\n\nHEAD http://a.example/metrics?x HTTP/1.0\n\n",
                        "POST /live HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                        "GET / HTTP/1.1\r\n" + "Accept: text/plain, x\r\n".repeat(600) + "\r\n", "GET / HTTP/1.1\r\nX-Long: " + "a".repeat(500) + "\r\nHost: a\r\n folded\r\n\r\n")
                .words("GET", "HEAD", " HTTP/1.1", "\r\n\r\n", "Host:", "Accept:", "Connection: keep-alive", "http://", "%00", "..", "?", "Expect: 100-continue")
                .maxLength(14_000).maxAllocatedBytes(2 << 20).run(6_000);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer received = ByteBuffer.allocate(input.length).put(input);
        int end = HttpRequest.end(received);
        if (end != slowEnd(input)) {
            throw new AssertionError("end at " + end + ", should be at " + slowEnd(input));
        }
        if (end < 0) {
            return;
        }
        HttpRequest request = HttpRequest.parse(received, end, false);
        boolean isRefused = request.status() == 400 || request.status() == 505;
        if (!isRefused && request.status() != 200 || isRefused && (request.keepAlive() || !request.path().isEmpty())) {
            throw new AssertionError(request.toString());
        }
        if (!isRefused && (request.path().isEmpty() || request.path().indexOf('?') >= 0 || request.method().isEmpty())) {
            throw new AssertionError(request.toString());
        }
        String answer = StandardCharsets.UTF_8.decode(HttpResponse.text(request.status(), "x").encode(request, request.keepAlive())).toString();
        if (!answer.startsWith("HTTP/1.1 " + request.status() + " ") || answer.endsWith("x") == request.isHead()) {
            throw new AssertionError(answer);
        }
    }

    /** The first empty line after the first line that is not empty; CR belongs to a line end, alone it does not end a line. */
    private static int slowEnd(byte[] input) {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        int start = 0;
        while (start < text.length() && (text.charAt(start) == '\r' || text.charAt(start) == '\n')) {
            start++;
        }
        for (int at = start; at < text.length();) {
            int lineEnd = text.indexOf('\n', at);
            if (lineEnd < 0) {
                return -1;
            }
            String line = text.substring(at, lineEnd);
            if (line.isEmpty() || line.equals("\r")) {
                return lineEnd + 1;
            }
            at = lineEnd + 1;
        }
        return -1;
    }
}
