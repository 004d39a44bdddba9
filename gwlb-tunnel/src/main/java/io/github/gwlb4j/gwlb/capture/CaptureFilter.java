package io.github.gwlb4j.gwlb.capture;

import io.github.gwlb4j.packet.FilterExpression;

/**
 * Picks the packets of a capture, before anything is copied.
 *
 * <p>Called on every worker's thread, on the packet path, so it must be usable from any thread, and not wait or allocate. If it throws,
 * the packet is not captured, which is counted ({@link CaptureStats#filterFailures}); the packet's way is not touched.
 */
@FunctionalInterface
public interface CaptureFilter {
    /**
     * Whether a packet belongs into the capture.
     *
     * @param packet valid until this method returns
     * @return true if it does
     */
    boolean matches(CapturedPacket packet);

    /**
     * Reads a filter as people write it on a command line: {@link FilterExpression} describes the words about the inner packet, for
     * example {@code tcp port 443 and not src 10.0.0.0/8}; these come on top:
     *
     * <pre>
     *   verdict forwarded|delivered|dropped   what became of the packet
     *   reason handler|REASON                 why it was dropped: by the handler, or for a DropReason, as in send-failed
     *   note TEXT                             what the handler noted, if it is one word
     *   cookie N                              the load balancer's flow cookie, as in 0x89abcdef
     * </pre>
     *
     * @param expression for example {@code verdict dropped and (udp port 53 or icmp)}
     * @return a filter that allocates nothing
     * @throws IllegalArgumentException if it is not understood; the message names the word, in one line
     */
    static CaptureFilter parse(String expression) {
        return CaptureWords.parse(expression)::matches;
    }
}
