package io.github.gwlb4j.gwlb.internal.health;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the health page needs to know of a request (RFC 9112). Immutable.
 *
 * <p>Lenient where health checkers are sloppy and nothing is at stake: a missing Host, line ends without CR.
 *
 * @param status    200 if it can be answered, else the status code that says why not
 * @param method    such as GET; empty if the request is malformed
 * @param path      decoded no further, without query; empty if the request is malformed
 * @param accept    the Accept header in lower case, or empty
 * @param host      whom the client takes this server for, with port, in lower case; empty if it does not say
 * @param keepAlive whether the client wants the connection to stay open and nothing stands against it
 * @param isFromLoopback whether both ends of the connection are loopback addresses
 */
record HttpRequest(int status, String method, String path, String accept, String host, boolean keepAlive, boolean isFromLoopback) {
    private static final Pattern REQUEST_LINE = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\\S+) HTTP/(\\d)\\.(\\d)");
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://([^/?]*)");

    /** A request that cannot be answered in earnest; the connection is closed after it. */
    static HttpRequest refused(int status) {
        return new HttpRequest(status, "", "", "", "", false, false);
    }

    /**
     * Where a request's headers end.
     *
     * @param received position 0 to the buffer's position has been received
     * @return index behind the empty line, or -1 if there is none yet
     */
    static int end(ByteBuffer received) {
        int lineStart = skipEmptyLines(received);
        for (int i = lineStart; i < received.position(); i++) {
            if (received.get(i) == '\n') {
                boolean isEmpty = i == lineStart || i == lineStart + 1 && received.get(lineStart) == '\r';
                if (isEmpty) {
                    return i + 1;
                }
                lineStart = i + 1;
            }
        }
        return -1;
    }

    /** Empty lines before a request line are to be ignored (RFC 9112 section 2.2). */
    private static int skipEmptyLines(ByteBuffer received) {
        int i = 0;
        while (i < received.position() && (received.get(i) == '\r' || received.get(i) == '\n')) {
            i++;
        }
        return i;
    }

    /**
     * Reads a request.
     *
     * @param received       its bytes from index 0
     * @param end            as {@link #end} says
     * @param isFromLoopback whether both ends of the connection are loopback addresses
     */
    static HttpRequest parse(ByteBuffer received, int end, boolean isFromLoopback) {
        byte[] bytes = new byte[end];
        received.get(0, bytes);
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).strip().split("\r?\n");
        Matcher start = REQUEST_LINE.matcher(lines[0]);
        if (!start.matches()) {
            return refused(400);
        }
        if (!start.group(3).equals("1")) {
            return refused(505);
        }
        StringBuilder accept = new StringBuilder(); // many lines of it must not be copied for each
        String host = null;
        boolean keepAlive = !start.group(4).equals("0");
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0) {
                return refused(400);
            }
            String value = lines[i].substring(colon + 1).strip().toLowerCase(Locale.ROOT);
            switch (lines[i].substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "accept" -> accept.append(accept.isEmpty() ? "" : ",").append(value);
                case "host" -> {
                    if (host != null) {
                        return refused(400); // RFC 9112 section 3.2: which one would count?
                    }
                    host = value;
                }
                case "connection" -> keepAlive &= !value.contains("close");
                case "content-length" -> keepAlive &= value.equals("0"); // a body is not read as such: it ends the connection
                case "transfer-encoding", "expect", "upgrade" -> keepAlive = false;
                default -> { }
            }
        }
        return new HttpRequest(200, start.group(1), path(start.group(2)), accept.toString(), host(start.group(2), host), keepAlive, isFromLoopback);
    }

    /** A target with a host of its own overrides the header (RFC 9112 section 3.2.2). */
    private static String host(String target, String header) {
        Matcher absolute = ABSOLUTE.matcher(target);
        return absolute.lookingAt() ? absolute.group(1).toLowerCase(Locale.ROOT) : header == null ? "" : header;
    }

    private static String path(String target) {
        String rest = ABSOLUTE.matcher(target).lookingAt() ? ABSOLUTE.matcher(target).replaceFirst("") : target;
        int query = rest.indexOf('?');
        String path = query < 0 ? rest : rest.substring(0, query);
        return path.isEmpty() ? "/" : path;
    }

    /** Whether this is a HEAD: the answer has no body. */
    boolean isHead() {
        return method.equals("HEAD");
    }
}
