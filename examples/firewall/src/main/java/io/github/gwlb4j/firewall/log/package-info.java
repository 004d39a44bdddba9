/**
 * The log of decisions: one JSON object a line, off the packet path.
 *
 * <p>Each worker copies its decisions into a {@link io.github.gwlb4j.firewall.log.DecisionQueue} of its own, without a lock, without waiting
 * and without allocating; one thread of the {@link io.github.gwlb4j.firewall.log.DecisionLog} writes them to files. What is not written is
 * counted and told in the log itself; a disk that is slow, full or gone never stops a packet.
 */
package io.github.gwlb4j.firewall.log;
