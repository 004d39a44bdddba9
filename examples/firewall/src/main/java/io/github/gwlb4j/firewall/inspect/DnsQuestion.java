package io.github.gwlb4j.firewall.inspect;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.UdpHeader;
import java.nio.ByteBuffer;

/**
 * Reads the question of a DNS query (RFC 1035, 4.1.1 and 4.1.2).
 *
 * <p>Not thread-safe: an instance belongs to one thread and is reused. It allocates nothing.
 *
 * <p>{@link NameStatus#FOUND}: exactly one question, its name in plain labels. {@link NameStatus#NONE}: no question, or one
 * about the root. {@link NameStatus#MALFORMED}: more than one question (RFC 9619), a compression pointer or another kind of label in it, a
 * label with a dot or an invisible character in it, a message that ends too early, a response. Other operations than QUERY carry
 * their zone in the place of the question, which counts as its name.
 */
public final class DnsQuestion {
    /** The port of DNS over UDP and TCP. */
    public static final int PORT = 53;

    static final int HEADER_LENGTH = 12;
    static final int FLAGS_OFFSET = 2;
    static final int QUESTION_COUNT_OFFSET = 4;
    static final int RESPONSE_FLAG = 0x8000;
    private static final int ANSWER_COUNT_OFFSET = 6;
    private static final int AUTHORITY_COUNT_OFFSET = 8;
    private static final int ADDITIONAL_COUNT_OFFSET = 10;
    private static final int TYPE_AND_CLASS_LENGTH = 4;
    private static final int TYPE_OPT = 41;
    private static final int OPT_MIN_LENGTH = 11;

    private final UdpHeader udp = new UdpHeader();
    private ByteBuffer message;
    private int offset;
    private int length;
    private int questionLength;

    /** Makes a reader that has read nothing yet. */
    public DnsQuestion() {
    }

    /**
     * Reads a query in a UDP packet.
     *
     * @param packet wrapped with {@link io.github.gwlb4j.packet.PacketStatus#OK}, from client to server
     * @param name   receives the name, as asked for but in lower case; empty unless the answer is FOUND
     * @return FOUND, NONE (also for what is not UDP, and for later fragments) or MALFORMED
     */
    public NameStatus read(IpPacket packet, DomainName name) {
        if (!udp.wrap(packet)) {
            name.clear();
            return NameStatus.NONE;
        }
        return read(packet.buffer(), udp.payloadOffset(), udp.payloadLength(), name);
    }

    /**
     * Reads a query.
     *
     * @param message     holds it; neither position nor byte order matter
     * @param offset      absolute position of its first byte, the identifier's
     * @param lengthBytes bytes of the message
     * @param name        receives the name, as asked for but in lower case; empty unless the answer is FOUND
     * @return FOUND, NONE or MALFORMED
     */
    public NameStatus read(ByteBuffer message, int offset, int lengthBytes, DomainName name) {
        if (this.message != message) {
            this.message = message;
        }
        this.offset = offset;
        length = lengthBytes;
        questionLength = 0;
        name.clear();
        NameStatus status = lengthBytes < HEADER_LENGTH || (u16(FLAGS_OFFSET) & RESPONSE_FLAG) != 0
                ? NameStatus.MALFORMED : readQuestion(name);
        if (status != NameStatus.FOUND) {
            name.clear();
        }
        return status;
    }

    private NameStatus readQuestion(DomainName name) {
        int questions = u16(QUESTION_COUNT_OFFSET);
        if (questions != 1) {
            return questions == 0 ? NameStatus.NONE : NameStatus.MALFORMED;
        }
        int at = HEADER_LENGTH;
        int labelLength;
        do {
            labelLength = at < length ? u8(at++) : DomainName.MAX_LABEL_LENGTH + 1;
            if (labelLength > DomainName.MAX_LABEL_LENGTH || at + labelLength > length || !readLabel(at, labelLength, name)) {
                return NameStatus.MALFORMED;
            }
            at += labelLength;
        } while (labelLength > 0);
        if (at + TYPE_AND_CLASS_LENGTH > length) {
            return NameStatus.MALFORMED;
        }
        questionLength = at + TYPE_AND_CLASS_LENGTH - HEADER_LENGTH;
        return name.finish() ? NameStatus.FOUND : NameStatus.NONE;
    }

    private boolean readLabel(int at, int labelLength, DomainName name) {
        if (!name.isEmpty() && labelLength > 0 && !name.endLabel()) {
            return false;
        }
        for (int i = at; i < at + labelLength; i++) {
            if (!name.append(u8(i))) {
                return false;
            }
        }
        return true;
    }

    /** The message that was read last. */
    ByteBuffer message() {
        return message;
    }

    /** Absolute position of the message's first byte. */
    int offset() {
        return offset;
    }

    /** Bytes of the question behind the header; 0 if none could be read. */
    int questionLength() {
        return questionLength;
    }

    /** Whether the query says that it understands EDNS (RFC 6891): an OPT record follows the question at once, as clients send it. */
    boolean hasEdns() {
        int at = HEADER_LENGTH + questionLength;
        return questionLength > 0 && length - at >= OPT_MIN_LENGTH && u16(ANSWER_COUNT_OFFSET) == 0 && u16(AUTHORITY_COUNT_OFFSET) == 0
                && u16(ADDITIONAL_COUNT_OFFSET) > 0 && u8(at) == 0 && u16(at + 1) == TYPE_OPT;
    }

    private int u8(int at) {
        return Unsigned.u8(message, offset + at);
    }

    private int u16(int at) {
        return Unsigned.u16(message, offset + at);
    }
}
