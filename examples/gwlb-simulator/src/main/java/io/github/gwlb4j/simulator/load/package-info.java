/**
 * How much an appliance can take: open-loop load at fixed rates, every reply checked, latency counted from when each packet was
 * due. Start with {@link io.github.gwlb4j.simulator.load.LoadTest}.
 */
package io.github.gwlb4j.simulator.load;
