package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;

/** Finds the question of one DNS message after the other on TCP: each follows two bytes with its length (RFC 7766, 8). */
final class DnsMessages implements NameParser {
    private static final int PREFIX_LENGTH = 2;

    private final DnsQuestion question = new DnsQuestion();
    private final int limit;
    private int start;
    private int position;

    /** @param limit bytes of the stream that are kept; a message that cannot fit is TOO_LONG at once */
    DnsMessages(int limit) {
        this.limit = limit;
    }

    @Override
    public void reset(int position) {
        start = position;
        this.position = position;
    }

    @Override
    public int position() {
        return position;
    }

    @Override
    public NameStatus parse(ByteBuffer bytes, int ready, DomainName name) {
        if (ready - start < PREFIX_LENGTH) {
            return NameStatus.NEED_MORE;
        }
        int length = Unsigned.u16(bytes, start);
        if (length > limit - PREFIX_LENGTH) {
            return NameStatus.TOO_LONG;
        }
        int end = start + PREFIX_LENGTH + length;
        if (ready < end) {
            return NameStatus.NEED_MORE;
        }
        position = end;
        return question.read(bytes, start + PREFIX_LENGTH, length, name);
    }
}
