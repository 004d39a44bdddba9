package io.github.gwlb4j.pcap;

import java.io.IOException;

/** A capture file or hex dump that is damaged, cut short, or something else altogether. The message is one line. */
public final class PcapFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Name of the source, as its reader was given it. */
    private final String source;
    /** Byte offset in the source. */
    private final long offset;

    /**
     * Names place and fault.
     *
     * @param source the file's name
     * @param offset byte offset from the start of the file where the faulty record starts
     * @param problem what is there and what was expected, in one line
     */
    public PcapFormatException(String source, long offset, String problem) {
        super(source + ": offset " + offset + ": " + problem);
        this.source = source;
        this.offset = offset;
    }

    /**
     * The source's name.
     *
     * @return the file name, or the name given to the reader
     */
    public String source() {
        return source;
    }

    /**
     * Where the faulty record starts.
     *
     * @return byte offset from the start of the file
     */
    public long offset() {
        return offset;
    }
}
