package io.github.gwlb4j.gwlb.internal;

import java.util.Set;

/**
 * The settings of the lives of tunnels. Immutable; usable from any thread.
 *
 * @param admission           which endpoints may have one
 * @param modes               of which mode
 * @param maxTunnels          most at a time
 * @param idleTimeoutNs       silence that ends one, 0 for never
 * @param retryFirstNs        wait after a creation failed for the first time; doubles with each failure
 * @param retryMaxNs          longest such wait
 * @param declared            endpoints whose tunnels exist from the start and are not ended by silence
 * @param maxCallbacks        listener calls at a time, of different tunnels
 * @param closeTimeoutNs      how long closing waits for the listeners
 */
public record TunnelRules(Admission admission, EndpointModes modes, int maxTunnels, long idleTimeoutNs, long retryFirstNs,
                          long retryMaxNs, Set<Long> declared, int maxCallbacks, long closeTimeoutNs) {
}
