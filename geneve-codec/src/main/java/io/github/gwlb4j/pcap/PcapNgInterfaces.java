package io.github.gwlb4j.pcap;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The interfaces described so far in one pcapng section, and how each counts time. */
final class PcapNgInterfaces {

    /** A section with more is refused, so that a file cannot make the table grow without end. */
    static final int MAX_INTERFACES = 65_536;

    private static final int OPTION_TSRESOL = 9;
    private static final int OPTION_TSOFFSET = 14;
    private static final int MICROSECONDS = 6;

    private int count;
    private int[] linkTypes = new int[4];
    private int[] snapLengths = new int[4];
    /** The if_tsresol byte: a power of ten, or of two with the top bit. */
    private int[] resolutions = new int[4];
    private long[] offsetSeconds = new long[4];

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    int linkType(int id) {
        return linkTypes[id];
    }

    /** In bytes, unsigned; 0 is no limit. */
    int snapLength(int id) {
        return snapLengths[id];
    }

    /** Adds an interface whose options stand between the buffer's position and limit, in the buffer's byte order. */
    void add(int linkType, int snapLength, ByteBuffer options) {
        if (count == linkTypes.length) {
            int capacity = 2 * count;
            linkTypes = Arrays.copyOf(linkTypes, capacity);
            snapLengths = Arrays.copyOf(snapLengths, capacity);
            resolutions = Arrays.copyOf(resolutions, capacity);
            offsetSeconds = Arrays.copyOf(offsetSeconds, capacity);
        }
        linkTypes[count] = linkType;
        snapLengths[count] = snapLength;
        resolutions[count] = MICROSECONDS;
        offsetSeconds[count] = 0;
        readOptions(options);
        count++;
    }

    private void readOptions(ByteBuffer options) {
        int length;
        for (int at = options.position(); (length = PcapNgOptions.wireLength(options, at)) > 0; at += length) {
            int code = PcapNgOptions.code(options, at);
            int valueLength = PcapNgOptions.valueLength(options, at);
            if (code == OPTION_TSRESOL && valueLength == 1) {
                resolutions[count] = options.get(at + 4) & 0xff;
            } else if (code == OPTION_TSOFFSET && valueLength == 8) {
                offsetSeconds[count] = options.getLong(at + 4);
            }
        }
    }

    /**
     * Converts a timestamp.
     *
     * @param ticks unsigned, in units of the interface's resolution
     * @return nanoseconds since the epoch, saturated to a long
     */
    long toNanos(int id, long ticks) {
        return PcapNgTime.toNanos(resolutions[id], ticks, offsetSeconds[id]);
    }
}
