package io.github.gwlb4j.gwlb;

/**
 * Where a tunnel stands in its life. Immutable; usable from any thread.
 *
 * <pre>
 *             first packet,
 *             or declared         succeeded              idle, asked for, closing
 *   (none) ---------------&gt; CREATING -------&gt; ACTIVE ---------------------&gt; DESTROYING -----&gt; DESTROYED
 *                            ^    |
 *        back-off over, and  |    | failed
 *        packets or declared |    v
 *                            FAILED -----------------------------------------------------&gt; DESTROYED
 *                                      idle, asked for, closing
 * </pre>
 *
 * <p>Tunnels in mode {@link TunnelMode#INLINE} need nothing created and start as {@link #ACTIVE}. What is asked for, and the end of
 * the appliance, wait for the end of a creation that is going on. An endpoint has one tunnel at a time: the next one begins when
 * the interfaces of the last one are gone.
 */
public enum TunnelPhase {
    /** Its interfaces are being opened, and its listeners told. Its packets are held. */
    CREATING,
    /** Its packets pass. */
    ACTIVE,
    /** Its creation has failed, or tunnels before it lost an interface soon, each time. Its packets are dropped until it is tried again. */
    FAILED,
    /** Its listeners are being told of its end, and its interfaces closed. New packets of the endpoint are held for its successor. */
    DESTROYING,
    /** It has ended. The endpoint's next packet makes a new tunnel. */
    DESTROYED
}
