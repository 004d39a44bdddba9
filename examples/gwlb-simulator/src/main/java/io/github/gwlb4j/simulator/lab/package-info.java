/**
 * A Gateway Load Balancer between real programs: {@link io.github.gwlb4j.simulator.lab.LiveLab} makes Linux network
 * namespaces and plays the load balancer among them, so that curl, iperf3, ping, dig or traceroute run through any appliance.
 *
 * <pre>
 *  client --TUN--.                                        .--veth-- internet (optional, for two-arm NAT)
 *                 load balancer (this JVM) --veth-- appliance
 *  server --TUN--'     10.99.0.1                 10.99.0.2
 *
 *  TunEdge -&gt; GeneveSender (FlowTracker, FlowTable, SourcePorts) -&gt; appliance
 *  TunEdge &lt;- ReturnChecker (FlowTracker, FlowTable) &lt;-----------------'
 *  LoadBalancer: the thread that runs all of this. SiteCounters -&gt; LabReport
 * </pre>
 */
package io.github.gwlb4j.simulator.lab;
