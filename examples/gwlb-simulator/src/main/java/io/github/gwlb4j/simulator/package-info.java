/**
 * A Gateway Load Balancer for tests: {@link io.github.gwlb4j.simulator.GwlbSimulator} sends, {@link
 * io.github.gwlb4j.simulator.Traffic} says what, {@link io.github.gwlb4j.simulator.SimulationReport} and {@link
 * io.github.gwlb4j.simulator.Reply} say what came back.
 *
 * <pre>
 *         .- Timeline: TimelineFeed, PacketImpairer
 * Traffic -&gt; PacketFeed -&gt; SimulationRun -&gt; Network (LoadBalancerNode, FlowSocket) -&gt; appliance
 *                               |  SentWindow                      |
 *                               '-- ReplyChecker &lt;-----------------'
 *                                      '-- RunCounters -&gt; SimulationReport
 * </pre>
 */
package io.github.gwlb4j.simulator;
