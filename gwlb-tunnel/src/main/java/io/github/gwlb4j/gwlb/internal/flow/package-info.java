/**
 * The way back of each flow in TUN mode: the table of flows, the records of first fragments, and what tells a packet's flow.
 * Start with {@link io.github.gwlb4j.gwlb.internal.flow.FlowTable}.
 */
package io.github.gwlb4j.gwlb.internal.flow;
