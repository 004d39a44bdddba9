package io.github.gwlb4j.gwlb.internal.handover;

/**
 * What the two processes say, in the order of a hand-over that succeeds. The first byte of each message is the ordinal.
 *
 * <pre>
 *   taker                                     giver, which forwards all the while
 *     HELLO  version, settings  ------------&gt;
 *            &lt;------------  ACCEPTED  what will follow; or REFUSED and why; or BUSY
 *            &lt;------------  DESCRIPTORS  the sockets it receives from
 *            &lt;------------  FLOWS ..., FLOWS_END
 *     READY  all is made that can be  ------&gt;
 *                                             no tunnel is coming or going: the workers pause
 *            &lt;------------  FLOWS ..., FLOWS_END  what has changed
 *            &lt;------------  TUNNEL, DESCRIPTORS ... TUNNELS_END
 *     COMMIT  it can start at once  --------&gt;
 *            &lt;------------  YOURS  from here on it never goes on by itself
 *     RUNNING  it forwards  -----------------&gt;
 *                                             closes what it has, and ends
 * </pre>
 *
 * <p>Until it has said YOURS, the giver goes on as before whenever anything is wrong: an answer that does not come, or makes no
 * sense, or a connection that ends. After that only the end of the connection before RUNNING lets it go on: the taker's process has
 * died then, or has given up, and in neither case forwards.
 */
enum Message {
    /** Magic number, version of this protocol, and settings that must be equal. */
    HELLO,
    /** The giver does not hand over; the text says why. */
    REFUSED,
    /** Process id, number of sockets, whether there are flows. */
    ACCEPTED,
    /** Nothing but what goes with it. */
    DESCRIPTORS,
    /** Flow records. */
    FLOWS,
    /** The round of flows has ended. */
    FLOWS_END,
    /** The taker has its memory, threads and handlers. */
    READY,
    /** One tunnel. */
    TUNNEL,
    /** All tunnels have been told. */
    TUNNELS_END,
    /** The taker has everything and asks to go on. */
    COMMIT,
    /** It may. */
    YOURS,
    /** It does. */
    RUNNING,
    /** In the place of ACCEPTED: not at this moment, for another one is coming or going; ask again. */
    BUSY;

    /** At the start of {@link #HELLO}. */
    static final long MAGIC = 0x6777_6c62_346a_484fL;
    /** Changes whenever a message, or what it contains, does. */
    static final int VERSION = 1;

    private static final Message[] ALL = values();

    /** Null if there is none. */
    static Message of(int ordinal) {
        return ordinal >= 0 && ordinal < ALL.length ? ALL[ordinal] : null;
    }
}
