package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;

/**
 * Watches what a TLS 1.3 client says after its ClientHello, until it is clear that no second one follows: a server that wants other
 * key material answers with HelloRetryRequest (RFC 8446, 4.1.4), and serves whom the second ClientHello names. Both must name the same.
 *
 * <p>On the way to it may lie change_cipher_spec, alerts and, if the first one announced it, early data; anything else says that the
 * server has taken the first.
 */
final class TlsSecondHello {
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int ALERT = 21;
    private static final int APPLICATION_DATA = 23;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEADER_LENGTH = 5;
    /** Servers skip no more early data than they had offered to take, which is 16 KiB as a rule. */
    private static final int MAX_SKIPPED = 64 * 1024;

    private final DomainName name = new DomainName();
    private final TlsClientHello hello;
    private boolean hasEarlyData;
    private boolean isInHello;
    private int skipped;
    private int position;

    TlsSecondHello(int limit) {
        hello = new TlsClientHello(limit);
    }

    /** Starts behind the first one. */
    void reset(int position, boolean hasEarlyData) {
        this.position = position;
        this.hasEarlyData = hasEarlyData;
        isInHello = false;
        skipped = 0;
    }

    /**
     * Goes on where it stopped.
     *
     * @param first the name in the first one
     * @return NEED_MORE; FOUND when there is none, or one of the same name; MALFORMED if it names another one
     */
    NameStatus parse(ByteBuffer bytes, int ready, DomainName first) {
        while (!isInHello) {
            if (ready - position <= RECORD_HEADER_LENGTH) {
                return NameStatus.NEED_MORE;
            }
            int type = Unsigned.u8(bytes, position);
            if (type == TlsClientHello.HANDSHAKE && Unsigned.u8(bytes, position + RECORD_HEADER_LENGTH) == CLIENT_HELLO) {
                isInHello = true;
                hello.reset(position);
            } else if (!skip(type, RECORD_HEADER_LENGTH + Unsigned.u16(bytes, position + 3))) {
                return NameStatus.FOUND;
            }
        }
        return compare(hello.parse(bytes, ready, name), first);
    }

    private boolean skip(int type, int length) {
        boolean isBetween = type == CHANGE_CIPHER_SPEC || type == ALERT || type == APPLICATION_DATA && hasEarlyData;
        position += length;
        skipped += length;
        return isBetween && skipped <= MAX_SKIPPED;
    }

    private NameStatus compare(NameStatus status, DomainName first) {
        switch (status) {
            case NEED_MORE:
                return NameStatus.NEED_MORE;
            case FOUND:
                return CharSequence.compare(name, first) == 0 ? NameStatus.FOUND : NameStatus.MALFORMED;
            case NONE:
                return NameStatus.MALFORMED;
            default:
                return NameStatus.FOUND; // encrypted bytes that began like one; a server takes no broken one
        }
    }

    /** What lies before is needed no more; may be ahead of what has arrived. */
    int position() {
        return position;
    }

    /** The start of the stream was forgotten. */
    void move(int forgotten) {
        position -= forgotten;
        if (isInHello) {
            hello.reset(position);
        }
    }
}
