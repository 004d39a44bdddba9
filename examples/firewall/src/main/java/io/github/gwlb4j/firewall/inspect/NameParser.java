package io.github.gwlb4j.firewall.inspect;

import java.nio.ByteBuffer;

/** Finds the name in a client's first bytes as they arrive. Each byte is looked at a constant number of times, however it arrives. */
interface NameParser {
    /** Starts at a position of the stream. */
    void reset(int position);

    /**
     * Goes on where it stopped.
     *
     * @param bytes the stream from its start; what was there in an earlier call is there unchanged
     * @param ready bytes that are there
     * @param name  receives the name if the answer is FOUND
     */
    NameStatus parse(ByteBuffer bytes, int ready, DomainName name);

    /** End of what was looked at: after FOUND, nothing behind it can change the name. */
    int position();
}
