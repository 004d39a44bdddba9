package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;

/**
 * Finds the server name in a TLS ClientHello (RFC 8446, 4.1.2 and 5.1; RFC 6066, 3), in one or many records.
 *
 * <p>Two steps: while bytes arrive, only record headers and the handshake message's length are looked at; once the message is whole,
 * it is read from its start, once. With an encrypted ClientHello (RFC 9849) the outer server name counts: browsers
 * send the extension with random content to servers that have no keys for it, so its presence says nothing.
 */
final class TlsClientHello implements NameParser {
    static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_NAME = 0;
    private static final int EARLY_DATA = 42;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int HOST_NAME = 0;
    private static final int RECORD_HEADER_LENGTH = 5;
    private static final int MESSAGE_HEADER_LENGTH = 4;
    private static final int MAX_RECORD_LENGTH = 1 << 14;
    private static final int MAX_MINOR_VERSION = 4;
    private static final int VERSION_AND_RANDOM_LENGTH = 34;

    private final int limit;
    private int start;
    private int position;
    private int recordEnd;
    /** Bytes of the handshake message that have arrived, and its header, which may be spread over records. */
    private int gathered;
    private int messageHeader;
    private boolean hasEarlyData;
    private boolean hasVersions;

    private ByteBuffer bytes;
    private int at;
    private int leftInRecord;
    private int leftInMessage;

    /** @param limit bytes of the stream that are kept; a message that cannot fit is TOO_LONG at once */
    TlsClientHello(int limit) {
        this.limit = limit;
    }

    @Override
    public void reset(int position) {
        start = position;
        this.position = position;
        recordEnd = position;
        gathered = 0;
        messageHeader = 0;
        hasEarlyData = false;
        hasVersions = false;
    }

    @Override
    public int position() {
        return position;
    }

    @Override
    public NameStatus parse(ByteBuffer bytes, int ready, DomainName name) {
        while (position < ready) {
            NameStatus status = position == recordEnd ? openRecord(bytes, ready) : takeFromRecord(bytes, ready, name);
            if (status != null) {
                return status;
            }
        }
        return NameStatus.NEED_MORE;
    }

    /** Type, major and minor version, length. Each byte is judged as soon as it is there. Null: go on. */
    private NameStatus openRecord(ByteBuffer bytes, int ready) {
        int available = ready - position;
        if (Unsigned.u8(bytes, position) != HANDSHAKE
                || available > 1 && Unsigned.u8(bytes, position + 1) != 3
                || available > 2 && Unsigned.u8(bytes, position + 2) > MAX_MINOR_VERSION) {
            return position == start ? NameStatus.NONE : NameStatus.MALFORMED;
        }
        if (available < RECORD_HEADER_LENGTH) {
            return NameStatus.NEED_MORE;
        }
        int length = Unsigned.u16(bytes, position + 3);
        if (length == 0 || length > MAX_RECORD_LENGTH) {
            return NameStatus.MALFORMED;
        }
        position += RECORD_HEADER_LENGTH;
        recordEnd = position + length;
        return null;
    }

    private NameStatus takeFromRecord(ByteBuffer bytes, int ready, DomainName name) {
        int end = Math.min(ready, recordEnd);
        while (position < end && gathered < MESSAGE_HEADER_LENGTH) {
            messageHeader = messageHeader << 8 | Unsigned.u8(bytes, position++);
            if (++gathered == 1 && messageHeader != CLIENT_HELLO) {
                return NameStatus.MALFORMED;
            }
        }
        if (gathered < MESSAGE_HEADER_LENGTH) {
            return null;
        }
        int length = MESSAGE_HEADER_LENGTH + (messageHeader & 0xff_ffff);
        if (length > limit - RECORD_HEADER_LENGTH) {
            return NameStatus.TOO_LONG;
        }
        int taken = Math.min(end - position, length - gathered);
        position += taken;
        gathered += taken;
        return gathered < length ? null : readMessage(bytes, length, name);
    }

    /** After FOUND: whether the client says that data follows before the server has answered (RFC 8446, 4.2.10). */
    boolean hasEarlyData() {
        return hasEarlyData;
    }

    /** After FOUND: whether the client speaks TLS 1.3, so that it may have to send a second ClientHello. */
    boolean speaksTls13() {
        return hasVersions;
    }

    private NameStatus readMessage(ByteBuffer bytes, int length, DomainName name) {
        this.bytes = bytes;
        at = start;
        leftInRecord = 0;
        leftInMessage = length;
        skip(MESSAGE_HEADER_LENGTH + VERSION_AND_RANDOM_LENGTH);
        skip(next()); // legacy session id
        skip(next16()); // cipher suites
        skip(next()); // legacy compression methods
        if (leftInMessage == 0) {
            return NameStatus.NONE; // before TLS 1.2 a ClientHello could end here
        }
        int extensions = next16();
        return extensions == leftInMessage ? readExtensions(name) : NameStatus.MALFORMED;
    }

    private NameStatus readExtensions(DomainName name) {
        NameStatus status = NameStatus.NONE;
        while (leftInMessage > 0) {
            int type = next16();
            int length = next16();
            if (length > leftInMessage || type == SERVER_NAME && status == NameStatus.FOUND) {
                return NameStatus.MALFORMED;
            }
            if (type != SERVER_NAME) {
                hasEarlyData |= type == EARLY_DATA;
                hasVersions |= type == SUPPORTED_VERSIONS;
                skip(length);
            } else if (readServerName(length, name)) {
                status = NameStatus.FOUND;
            } else {
                return NameStatus.MALFORMED;
            }
        }
        // Behind the message's end: the last length was cut off.
        return leftInMessage < 0 ? NameStatus.MALFORMED : status;
    }

    /** A list of one host name: other types of names were never defined, and of each type there may be one. */
    private boolean readServerName(int length, DomainName name) {
        int listLength = next16();
        int type = next();
        int nameLength = next16();
        name.clear();
        if (listLength != length - 2 || type != HOST_NAME || nameLength != length - 5 || leftInMessage < nameLength) {
            return false;
        }
        for (int i = 0; i < nameLength; i++) {
            if (!name.appendHostCharacter(next())) {
                return false;
            }
        }
        return name.finish();
    }

    /** The message's next byte; 0, and {@link #leftInMessage} below 0, behind its end. */
    private int next() {
        if (--leftInMessage < 0) {
            return 0;
        }
        if (leftInRecord == 0) {
            leftInRecord = Unsigned.u16(bytes, at + 3);
            at += RECORD_HEADER_LENGTH;
        }
        leftInRecord--;
        return Unsigned.u8(bytes, at++);
    }

    private int next16() {
        return next() << 8 | next();
    }

    private void skip(int length) {
        for (int i = 0; i < length && leftInMessage >= 0; i++) {
            next();
        }
    }
}
