package io.github.gwlb4j.benchmarks.soak;

/**
 * What must not grow, at one moment.
 *
 * @param rssBytes     resident memory
 * @param heapBytes    heap in use after a collection
 * @param descriptors  open files, without reply sockets and the queues of interfaces
 * @param threads      of the process
 * @param tunnels      that have not idled out
 * @param replySockets open
 * @param flows        that have not timed out
 */
record Growth(long rssBytes, long heapBytes, long descriptors, long threads, long tunnels, long replySockets, long flows) {
    /** The least of each, so that what just happens to be in use does not count. */
    Growth least(Growth other) {
        return new Growth(Math.min(rssBytes, other.rssBytes), Math.min(heapBytes, other.heapBytes),
                Math.min(descriptors, other.descriptors), Math.min(threads, other.threads), Math.min(tunnels, other.tunnels),
                Math.min(replySockets, other.replySockets), Math.min(flows, other.flows));
    }
}
