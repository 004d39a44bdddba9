package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;

/**
 * Finds the host in the head of an HTTP/1.x request (RFC 9112, 3.2 and 5; RFC 9110, 7.2), once the head is whole. Line by line, each
 * byte once.
 *
 * <p>The host is the one in the request target if it has one (absolute form, or CONNECT), else the Host field. What two servers could
 * read in two ways is malformed: two Host fields, a Host that differs from the target's, a folded line, space before a
 * colon, user information, percent-encoding, control characters. A Host field without a value, and no Host field, is no name.
 * HTTP/0.9 and HTTP/2 without TLS name no host that could be read here.
 */
final class HttpRequestHead implements NameParser {
    private static final int MAX_METHOD_LENGTH = 32;
    private static final byte[] HOST = {'h', 'o', 's', 't'};
    private static final byte[] CONNECT = {'C', 'O', 'N', 'N', 'E', 'C', 'T'};
    private static final byte[] HTTP_SCHEME = {'h', 't', 't', 'p', ':', '/', '/'};
    private static final byte[] HTTPS_SCHEME = {'h', 't', 't', 'p', 's', ':', '/', '/'};
    private static final int VERSION_LENGTH = 8;
    private static final byte[] VERSION_1 = {'H', 'T', 'T', 'P', '/', '1', '.'};
    private static final byte[] VERSION_2 = {'H', 'T', 'T', 'P', '/', '2', '.'};
    private static final byte[] VERSION = {'h', 't', 't', 'p', '/'};

    private final DomainName targetHost = new DomainName();
    private final DomainName hostField = new DomainName();
    private int position;
    private int lineStart;
    private boolean isRequestLineRead;
    private boolean isMethodRead;
    private boolean hasHostField;

    @Override
    public void reset(int position) {
        this.position = position;
        lineStart = position;
        isRequestLineRead = false;
        isMethodRead = false;
        hasHostField = false;
        targetHost.clear();
        hostField.clear();
    }

    @Override
    public int position() {
        return position;
    }

    @Override
    public NameStatus parse(ByteBuffer bytes, int ready, DomainName name) {
        while (position < ready) {
            byte next = bytes.get(position++);
            NameStatus status = null;
            if (next == '\n') {
                int end = position - 1;
                boolean hasReturn = end > lineStart && bytes.get(end - 1) == '\r';
                status = readLine(bytes, lineStart, hasReturn ? end - 1 : end, name);
                lineStart = position;
            } else if (!isRequestLineRead && !isMethodRead) {
                status = checkMethod(next);
            }
            if (status != null) {
                return status;
            }
        }
        return NameStatus.NEED_MORE;
    }

    /** Another protocol is told from HTTP by its first bytes: no token followed by a space (RFC 9110, 5.6.2). */
    private NameStatus checkMethod(byte next) {
        int length = position - lineStart;
        if (next == ' ' && length > 1) {
            isMethodRead = true;
            return null;
        }
        boolean isEmptyLine = next == '\r' && length == 1;
        return isEmptyLine || Ascii.isTokenCharacter(next) && length <= MAX_METHOD_LENGTH ? null : NameStatus.NONE;
    }

    private NameStatus readLine(ByteBuffer bytes, int start, int end, DomainName name) {
        if (!isRequestLineRead) {
            return start == end ? null : readRequestLine(bytes, start, end); // servers skip empty lines before it
        }
        if (start == end) {
            return finish(name);
        }
        return readField(bytes, start, end);
    }

    private NameStatus finish(DomainName name) {
        boolean hasBoth = !targetHost.isEmpty() && !hostField.isEmpty();
        if (hasBoth && !isSame(targetHost, hostField)) {
            return NameStatus.MALFORMED;
        }
        name.set(targetHost.isEmpty() ? hostField : targetHost);
        return name.isEmpty() ? NameStatus.NONE : NameStatus.FOUND;
    }

    private static boolean isSame(DomainName a, DomainName b) {
        return CharSequence.compare(a, b) == 0;
    }

    private NameStatus readRequestLine(ByteBuffer bytes, int start, int end) {
        int lastWordEnd = end;
        while (lastWordEnd > start && Ascii.isBlank(bytes.get(lastWordEnd - 1))) {
            lastWordEnd--;
        }
        int versionStart = lastWordEnd - VERSION_LENGTH;
        if (versionStart <= start || !Ascii.isAtIgnoringCase(bytes, versionStart, lastWordEnd, VERSION)) {
            return NameStatus.NONE;
        }
        if (lastWordEnd != end || !Ascii.isAt(bytes, versionStart, VERSION_1)) {
            return Ascii.isAt(bytes, versionStart, VERSION_2) ? NameStatus.NONE : NameStatus.MALFORMED;
        }
        int methodEnd = start;
        while (Ascii.isTokenCharacter(bytes.get(methodEnd))) {
            methodEnd++;
        }
        int targetStart = methodEnd + 1;
        int targetEnd = versionStart - 1;
        if (targetStart >= targetEnd || bytes.get(methodEnd) != ' ' || bytes.get(targetEnd) != ' '
                || !Ascii.isVisible(bytes, targetStart, targetEnd) || !Ascii.isDigit(bytes.get(end - 1))) {
            return NameStatus.MALFORMED;
        }
        isRequestLineRead = true;
        return readTarget(bytes, start, methodEnd, targetStart, targetEnd) ? null : NameStatus.MALFORMED;
    }

    private boolean readTarget(ByteBuffer bytes, int start, int methodEnd, int targetStart, int targetEnd) {
        int hostStart = targetStart;
        if (methodEnd - start != CONNECT.length || !Ascii.isAt(bytes, start, CONNECT)) {
            byte first = bytes.get(targetStart);
            if (first == '/' || first == '*' && targetEnd - targetStart == 1) {
                return true;
            }
            hostStart += Ascii.isAtIgnoringCase(bytes, targetStart, targetEnd, HTTP_SCHEME) ? HTTP_SCHEME.length
                    : Ascii.isAtIgnoringCase(bytes, targetStart, targetEnd, HTTPS_SCHEME) ? HTTPS_SCHEME.length : 0;
            if (hostStart == targetStart) {
                return false;
            }
        }
        int hostEnd = hostStart;
        while (hostEnd < targetEnd && !isPathStart(bytes.get(hostEnd))) {
            hostEnd++;
        }
        return readHost(bytes, hostStart, hostEnd, targetHost);
    }

    private static boolean isPathStart(byte next) {
        return next == '/' || next == '?' || next == '#';
    }

    private NameStatus readField(ByteBuffer bytes, int start, int end) {
        int colon = start;
        while (colon < end && Ascii.isTokenCharacter(bytes.get(colon))) {
            colon++;
        }
        if (colon == start || colon == end || bytes.get(colon) != ':' || !Ascii.isText(bytes, colon + 1, end)) {
            return NameStatus.MALFORMED;
        }
        if (colon - start != HOST.length || !Ascii.isAtIgnoringCase(bytes, start, end, HOST)) {
            return null;
        }
        int valueStart = colon + 1;
        int valueEnd = end;
        while (valueStart < valueEnd && Ascii.isBlank(bytes.get(valueStart))) {
            valueStart++;
        }
        while (valueEnd > valueStart && Ascii.isBlank(bytes.get(valueEnd - 1))) {
            valueEnd--;
        }
        boolean isGood = !hasHostField && (valueStart == valueEnd || readHost(bytes, valueStart, valueEnd, hostField));
        hasHostField = true;
        return isGood ? null : NameStatus.MALFORMED;
    }

    /** {@code uri-host [":" port]} (RFC 9110, 7.2). The text of an IPv6 address becomes the name, without its brackets. */
    private static boolean readHost(ByteBuffer bytes, int start, int end, DomainName name) {
        int at = start;
        name.clear();
        if (at < end && bytes.get(at) == '[') {
            at++;
            while (at < end && bytes.get(at) != ']') {
                byte next = bytes.get(at++);
                boolean isGood = next == '.' ? name.endLabel() : (Ascii.isHexDigit(next) || next == ':') && name.append(next);
                if (!isGood) {
                    return false;
                }
            }
            at++;
        } else {
            while (at < end && bytes.get(at) != ':') {
                if (!name.appendHostCharacter(bytes.get(at++))) {
                    return false;
                }
            }
        }
        return name.finish() && isPort(bytes, at, end);
    }

    private static boolean isPort(ByteBuffer bytes, int start, int end) {
        if (start == end) {
            return true;
        }
        if (start > end || bytes.get(start) != ':' || end - start > 6) {
            return false;
        }
        for (int i = start + 1; i < end; i++) {
            if (!Ascii.isDigit(bytes.get(i))) {
                return false;
            }
        }
        return true;
    }
}
