package io.github.gwlb4j.pcap;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The options of pcapng blocks (draft-ietf-opsawg-pcapng, section 3.5): code u16, length u16, value, padded to 4 bytes. */
final class PcapNgOptions {

    static final int END = 0;
    static final int COMMENT = 1;

    private PcapNgOptions() {
    }

    /**
     * Looks at the option at an index.
     *
     * @return its length on the wire with header and padding, or -1 at the end of the options or if it does not fit
     */
    static int wireLength(ByteBuffer options, int at) {
        if (options.limit() - at < 4 || code(options, at) == END) {
            return -1;
        }
        int length = 4 + valueLength(options, at);
        // Some writers leave out the padding of the last option.
        return length > options.limit() - at ? -1 : Math.min(padded(length), options.limit() - at);
    }

    static int code(ByteBuffer options, int at) {
        return options.getShort(at) & 0xffff;
    }

    static int valueLength(ByteBuffer options, int at) {
        return options.getShort(at + 2) & 0xffff;
    }

    static int padded(int length) {
        return length + 3 & ~3;
    }

    /** All comments between position and limit, joined by line feeds; null if there is none. */
    static String comments(ByteBuffer options) {
        StringBuilder joined = null;
        int length;
        for (int at = options.position(); (length = wireLength(options, at)) > 0; at += length) {
            if (code(options, at) == COMMENT) {
                byte[] text = new byte[valueLength(options, at)];
                options.get(at + 4, text);
                joined = joined == null ? new StringBuilder() : joined.append('\n');
                joined.append(new String(text, StandardCharsets.UTF_8));
            }
        }
        return joined == null ? null : joined.toString();
    }
}
