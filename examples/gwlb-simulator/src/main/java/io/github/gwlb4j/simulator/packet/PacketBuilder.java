package io.github.gwlb4j.simulator.packet;

import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.TcpHeader;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Builds whole IPv4 and IPv6 packets with right lengths and checksums, for tests and simulated traffic.
 *
 * <p>Not thread-safe. A builder may be used again: {@link #build()} changes nothing.
 *
 * <pre>{@code
 * byte[] query = PacketBuilder.ipv4("10.0.0.1", "10.0.0.53").udp(40000, 53).payload("?").build();
 * byte[] syn = PacketBuilder.ipv6("fd00::1", "fd00::2").tcp(40000, 443).flags(TcpHeader.SYN).build();
 * byte[] ping = PacketBuilder.ipv4("10.0.0.1", "10.0.0.2").icmpEchoRequest(7, 1).payload(56).build();
 * }</pre>
 */
public final class PacketBuilder {
    private static final int MAX_PACKET_LENGTH = 65535;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int IPV4_CHECKSUM_OFFSET = 10;
    private static final int ICMPV6_FIRST_QUERY = 128;

    private final byte[] source;
    private final byte[] destination;
    private int ttl = 64;
    private int trafficClass;
    private int identification;
    private boolean isDontFragment;
    private int flowLabel;

    private final TransportHeader transport = new TransportHeader();
    private byte[] payload = {};

    private PacketBuilder(byte[] source, byte[] destination) {
        this.source = source;
        this.destination = destination;
    }

    /**
     * Starts an IPv4 packet.
     *
     * @param source      address in dotted form
     * @param destination address in dotted form
     * @return a new builder
     * @throws IllegalArgumentException if one is not an IPv4 address; names are never looked up
     */
    public static PacketBuilder ipv4(String source, String destination) {
        return new PacketBuilder(AddressText.parse(source, 4).getAddress(), AddressText.parse(destination, 4).getAddress());
    }

    /**
     * Starts an IPv6 packet.
     *
     * @param source      address in colon form
     * @param destination address in colon form
     * @return a new builder
     * @throws IllegalArgumentException if one is not an IPv6 address; names are never looked up
     */
    public static PacketBuilder ipv6(String source, String destination) {
        return new PacketBuilder(AddressText.parse(source, 6).getAddress(), AddressText.parse(destination, 6).getAddress());
    }

    /**
     * Starts a packet between two addresses of one IP version.
     *
     * @param source      IPv4 or IPv6 address
     * @param destination address of the same version
     * @return a new builder
     * @throws IllegalArgumentException if the versions differ
     */
    public static PacketBuilder between(InetAddress source, InetAddress destination) {
        if (source instanceof Inet4Address != destination instanceof Inet4Address) {
            throw new IllegalArgumentException(source.getHostAddress() + " and " + destination.getHostAddress()
                    + " are not of one IP version");
        }
        return new PacketBuilder(source.getAddress(), destination.getAddress());
    }

    /**
     * Sets the time to live or hop limit.
     *
     * @param ttl 0 to 255; 64 if not set
     * @return this
     */
    public PacketBuilder ttl(int ttl) {
        this.ttl = requireRange("TTL", ttl, 0xff);
        return this;
    }

    /**
     * Sets the IPv4 type of service or IPv6 traffic class: DSCP and ECN.
     *
     * @param trafficClass 0 to 255; 0 if not set
     * @return this
     */
    public PacketBuilder trafficClass(int trafficClass) {
        this.trafficClass = requireRange("traffic class", trafficClass, 0xff);
        return this;
    }

    /**
     * Sets the IPv4 identification; IPv6 has none but in fragments, see {@link Fragmenter}.
     *
     * @param identification 0 to 65535; 0 if not set
     * @return this
     */
    public PacketBuilder identification(int identification) {
        this.identification = requireRange("identification", identification, 0xffff);
        return this;
    }

    /**
     * Sets or clears IPv4's "don't fragment".
     *
     * @param dontFragment clear if not set
     * @return this
     */
    public PacketBuilder dontFragment(boolean dontFragment) {
        this.isDontFragment = dontFragment;
        return this;
    }

    /**
     * Sets the IPv6 flow label.
     *
     * @param flowLabel 0 to 0xfffff; 0 if not set
     * @return this
     */
    public PacketBuilder flowLabel(int flowLabel) {
        this.flowLabel = requireRange("flow label", flowLabel, 0xfffff);
        return this;
    }

    /**
     * Makes it a UDP packet.
     *
     * @param sourcePort      0 to 65535
     * @param destinationPort 0 to 65535
     * @return this
     */
    public PacketBuilder udp(int sourcePort, int destinationPort) {
        return transport(IpProtocol.UDP, sourcePort, destinationPort);
    }

    /**
     * Makes it a TCP packet, by default with the ACK flag, sequence numbers 0 and the largest window.
     *
     * @param sourcePort      0 to 65535
     * @param destinationPort 0 to 65535
     * @return this
     */
    public PacketBuilder tcp(int sourcePort, int destinationPort) {
        return transport(IpProtocol.TCP, sourcePort, destinationPort);
    }

    private PacketBuilder transport(int protocol, int sourcePort, int destinationPort) {
        transport.protocol = protocol;
        transport.sourcePort = requireRange("source port", sourcePort, 0xffff);
        transport.destinationPort = requireRange("destination port", destinationPort, 0xffff);
        return this;
    }

    /**
     * Sets the TCP sequence and acknowledgment numbers.
     *
     * @param sequence       32 bits
     * @param acknowledgment 32 bits
     * @return this
     */
    public PacketBuilder sequence(int sequence, int acknowledgment) {
        transport.sequence = sequence;
        transport.acknowledgment = acknowledgment;
        return this;
    }

    /**
     * Sets the TCP flags, all of them.
     *
     * @param flags bits such as {@link TcpHeader#SYN}, 0 to 255
     * @return this
     */
    public PacketBuilder flags(int flags) {
        transport.tcpFlags = requireRange("TCP flags", flags, 0xff);
        return this;
    }

    /**
     * Sets the TCP window.
     *
     * @param window 0 to 65535, not scaled
     * @return this
     */
    public PacketBuilder window(int window) {
        transport.window = requireRange("TCP window", window, 0xffff);
        return this;
    }

    /**
     * Makes it an echo request of ICMP or ICMPv6.
     *
     * @param identifier     0 to 65535
     * @param sequenceNumber 0 to 65535
     * @return this
     */
    public PacketBuilder icmpEchoRequest(int identifier, int sequenceNumber) {
        return icmp(isIpv4() ? IcmpHeader.ECHO_REQUEST : IcmpHeader.V6_ECHO_REQUEST, 0, identifier << 16 | sequenceNumber);
    }

    /**
     * Makes it an echo reply of ICMP or ICMPv6.
     *
     * @param identifier     0 to 65535
     * @param sequenceNumber 0 to 65535
     * @return this
     */
    public PacketBuilder icmpEchoReply(int identifier, int sequenceNumber) {
        return icmp(isIpv4() ? IcmpHeader.ECHO_REPLY : IcmpHeader.V6_ECHO_REPLY, 0, identifier << 16 | sequenceNumber);
    }

    /**
     * Makes it an ICMP or ICMPv6 error that quotes a packet (RFC 792; RFC 4443, 3).
     *
     * @param type   of the packet's IP version, for example {@link IcmpHeader#DESTINATION_UNREACHABLE}
     * @param code   0 to 255
     * @param quoted the packet it is about, or its start
     * @return this
     * @throws IllegalArgumentException if the type is an ICMPv6 query
     */
    public PacketBuilder icmpError(int type, int code, byte[] quoted) {
        if (!isIpv4() && type >= ICMPV6_FIRST_QUERY) {
            throw new IllegalArgumentException("ICMPv6 type " + type + " is not an error: those are below 128");
        }
        return icmp(type, code, 0).payload(quoted);
    }

    private PacketBuilder icmp(int type, int code, int rest) {
        transport.protocol = isIpv4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
        transport.icmpTypeAndCode = requireRange("ICMP type", type, 0xff) << 8 | requireRange("ICMP code", code, 0xff);
        transport.icmpRest = rest;
        return this;
    }

    /**
     * Makes it a packet of any other protocol: the payload follows the IP header.
     *
     * @param protocol 0 to 255
     * @return this
     */
    public PacketBuilder protocol(int protocol) {
        transport.protocol = requireRange("protocol", protocol, 0xff);
        return this;
    }

    /**
     * Sets the payload.
     *
     * @param payload not copied
     * @return this
     */
    public PacketBuilder payload(byte[] payload) {
        this.payload = Objects.requireNonNull(payload, "payload");
        return this;
    }

    /**
     * Sets the payload to text.
     *
     * @param text written as UTF-8
     * @return this
     */
    public PacketBuilder payload(String text) {
        return payload(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sets the payload to a pattern that counts up.
     *
     * @param lengthBytes 0 or more
     * @return this
     */
    public PacketBuilder payload(int lengthBytes) {
        byte[] pattern = new byte[lengthBytes];
        for (int i = 0; i < lengthBytes; i++) {
            pattern[i] = (byte) i;
        }
        return payload(pattern);
    }

    /**
     * Fills the payload with the pattern so that the whole packet has a given length.
     *
     * @param lengthBytes length of the IP packet; call this last
     * @return this
     * @throws IllegalArgumentException if the headers alone are longer
     */
    public PacketBuilder totalLength(int lengthBytes) {
        int room = lengthBytes - headersLength();
        if (room < 0) {
            throw new IllegalArgumentException("a packet of " + lengthBytes + " bytes has no room for its headers of "
                    + headersLength());
        }
        return payload(room);
    }

    /**
     * Length of the IP and transport headers so far.
     *
     * @return bytes
     */
    public int headersLength() {
        return ipHeaderLength() + transport.length();
    }

    /**
     * Builds the packet, with checksums.
     *
     * @return a new array: the IP packet
     * @throws IllegalArgumentException if it is longer than an IP packet can be
     */
    public byte[] build() {
        int length = requireRange("packet length", headersLength() + payload.length, MAX_PACKET_LENGTH);
        ByteBuffer packet = ByteBuffer.allocate(length);
        putIpHeader(packet, length);
        transport.put(packet, payload.length);
        packet.put(payload);
        transport.putChecksum(packet);
        return packet.array();
    }

    private boolean isIpv4() {
        return source.length == 4;
    }

    private int ipHeaderLength() {
        return isIpv4() ? IpPacket.IPV4_HEADER_LENGTH : IpPacket.IPV6_HEADER_LENGTH;
    }

    private void putIpHeader(ByteBuffer packet, int length) {
        if (isIpv4()) {
            packet.put((byte) 0x45).put((byte) trafficClass).putShort((short) length)
                    .putShort((short) identification).putShort((short) (isDontFragment ? DONT_FRAGMENT : 0))
                    .put((byte) ttl).put((byte) transport.protocol).putShort((short) 0).put(source).put(destination);
            packet.putShort(IPV4_CHECKSUM_OFFSET, (short) InternetChecksum.of(packet, 0, IpPacket.IPV4_HEADER_LENGTH));
        } else {
            packet.putInt(6 << 28 | trafficClass << 20 | flowLabel)
                    .putShort((short) (length - IpPacket.IPV6_HEADER_LENGTH)).put((byte) transport.protocol).put((byte) ttl)
                    .put(source).put(destination);
        }
    }

    private static int requireRange(String what, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is not in 0.." + max);
        }
        return value;
    }
}
