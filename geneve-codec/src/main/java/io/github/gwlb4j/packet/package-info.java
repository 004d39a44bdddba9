/**
 * Inner packets: {@link io.github.gwlb4j.packet.IpPacket} is wrapped around IPv4 or IPv6, which checks its lengths once; views of
 * TCP, UDP and ICMP headers are wrapped around it. {@link io.github.gwlb4j.packet.FlowKey} tells flows apart,
 * {@link io.github.gwlb4j.packet.PacketEditor} changes packets in place and keeps their checksums right.
 *
 * <p>Bad input is a {@link io.github.gwlb4j.packet.PacketStatus}, never an exception. Nothing is allocated but text.
 */
package io.github.gwlb4j.packet;
