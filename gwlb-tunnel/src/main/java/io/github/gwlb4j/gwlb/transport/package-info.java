/**
 * The appliance's edge to the network: {@link io.github.gwlb4j.gwlb.transport.LinuxTransport} by system calls for many datagrams at
 * once, {@link io.github.gwlb4j.gwlb.transport.NioTransport} by Java's own sockets, and the interfaces for another one.
 */
package io.github.gwlb4j.gwlb.transport;
