package io.github.gwlb4j.testing;

import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.reference.SlowChecksum;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Builds IP packets with right lengths and checksums, for tests. */
public final class PacketBuilder {
    private final boolean isIpv4;
    private byte[] source;
    private byte[] destination;
    private int trafficClass;
    private int ttl = 64;
    private int identification = 0x1234;
    private boolean dontFragment;
    private byte[] options = {};
    private byte[] extensions = {};
    private int firstExtension = -1;
    private int lastExtensionAt = -1;
    private int protocol = IpProtocol.NO_NEXT_HEADER;
    private byte[] transport = {};
    private int checksumAt = -1;
    private int fragmentOffset;
    private boolean moreFragments;
    private boolean isFragmented;
    private byte[] finalDestination;

    private PacketBuilder(boolean isIpv4, String source, String destination) {
        this.isIpv4 = isIpv4;
        from(source);
        to(destination);
    }

    public static PacketBuilder ipv4() {
        return new PacketBuilder(true, "10.0.0.1", "192.168.7.9");
    }

    public static PacketBuilder ipv6() {
        return new PacketBuilder(false, "2001:db8::1", "2001:db8:0:1::abcd");
    }

    public PacketBuilder from(String address) {
        source = address(address);
        return this;
    }

    public PacketBuilder to(String address) {
        destination = address(address);
        return this;
    }

    public PacketBuilder trafficClass(int value) {
        trafficClass = value;
        return this;
    }

    public PacketBuilder ttl(int value) {
        ttl = value;
        return this;
    }

    public PacketBuilder identification(int value) {
        identification = value;
        return this;
    }

    public PacketBuilder dontFragment() {
        dontFragment = true;
        return this;
    }

    /** IPv4 options, a multiple of 4 bytes. */
    public PacketBuilder ipOptions(String hex) {
        options = Hex.bytes(hex);
        return this;
    }

    /** An IPv6 extension header: everything behind its next-header byte. */
    public PacketBuilder extension(int type, String hexAfterNextHeader) {
        if (firstExtension < 0) {
            firstExtension = type;
        } else {
            extensions[lastExtensionAt] = (byte) type;
        }
        lastExtensionAt = extensions.length;
        extensions = Hex.concat(extensions, new byte[1], Hex.bytes(hexAfterNextHeader));
        return this;
    }

    /** The address that the checksum covers when a routing header is not finished. */
    public PacketBuilder finalDestination(String address) {
        finalDestination = address(address);
        return this;
    }

    /** IPv4: cuts nothing, only sets the fields; the payload is what this fragment holds. */
    public PacketBuilder fragment(int offsetBytes, boolean more) {
        fragmentOffset = offsetBytes;
        moreFragments = more;
        isFragmented = true;
        return this;
    }

    public PacketBuilder payload(int ipProtocol, byte[] bytes) {
        protocol = ipProtocol;
        transport = bytes.clone();
        checksumAt = -1;
        return this;
    }

    public PacketBuilder tcp(int sourcePort, int destinationPort, int flags, String optionsHex, int payloadLength) {
        byte[] tcpOptions = Hex.bytes(optionsHex);
        ByteBuffer tcp = ByteBuffer.allocate(20 + tcpOptions.length + payloadLength);
        tcp.putShort((short) sourcePort).putShort((short) destinationPort).putInt(0x01020304).putInt(0x05060708)
                .put((byte) (5 + tcpOptions.length / 4 << 4)).put((byte) flags).putShort((short) 8192).putInt(0).put(tcpOptions);
        fill(tcp);
        return withChecksum(IpProtocol.TCP, tcp.array(), 16);
    }

    public PacketBuilder udp(int sourcePort, int destinationPort, int payloadLength) {
        ByteBuffer udp = ByteBuffer.allocate(8 + payloadLength);
        udp.putShort((short) sourcePort).putShort((short) destinationPort).putShort((short) (8 + payloadLength)).putShort((short) 0);
        fill(udp);
        return withChecksum(IpProtocol.UDP, udp.array(), 6);
    }

    public PacketBuilder udpLite(int sourcePort, int destinationPort, int coverage, int payloadLength) {
        ByteBuffer udp = ByteBuffer.allocate(8 + payloadLength);
        udp.putShort((short) sourcePort).putShort((short) destinationPort).putShort((short) coverage).putShort((short) 0);
        fill(udp);
        return withChecksum(IpProtocol.UDP_LITE, udp.array(), 6);
    }

    /** DCCP-Data with 24-bit sequence numbers: a 12-byte header. */
    public PacketBuilder dccp(int sourcePort, int destinationPort, int checksumCoverage, int payloadLength) {
        ByteBuffer dccp = ByteBuffer.allocate(12 + payloadLength);
        dccp.putShort((short) sourcePort).putShort((short) destinationPort).put((byte) 3).put((byte) checksumCoverage)
                .putShort((short) 0).putInt(0x04000001);
        fill(dccp);
        return withChecksum(IpProtocol.DCCP, dccp.array(), 6);
    }

    public PacketBuilder icmp(int type, int code, int rest, byte[] data) {
        ByteBuffer icmp = ByteBuffer.allocate(8 + data.length);
        icmp.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(data);
        return withChecksum(isIpv4 ? IpProtocol.ICMP : IpProtocol.ICMPV6, icmp.array(), 2);
    }

    public PacketBuilder icmpEcho(boolean isReply, int identifier) {
        int type = isIpv4 ? isReply ? 0 : 8 : isReply ? 129 : 128;
        return icmp(type, 0, identifier << 16 | 1, new byte[] {1, 2, 3, 4, 5});
    }

    public byte[] build() {
        return isIpv4 ? buildIpv4() : buildIpv6();
    }

    private byte[] buildIpv4() {
        int headerLength = 20 + options.length;
        ByteBuffer packet = ByteBuffer.allocate(headerLength + transport.length);
        int fragment = fragmentOffset >> 3 | (moreFragments ? 0x2000 : 0) | (dontFragment ? 0x4000 : 0);
        packet.put((byte) (0x40 | headerLength / 4)).put((byte) trafficClass).putShort((short) packet.capacity())
                .putShort((short) identification).putShort((short) fragment).put((byte) ttl).put((byte) protocol).putShort((short) 0)
                .put(source).put(destination).put(options).put(checked(destination));
        packet.putShort(10, (short) SlowChecksum.of(Arrays.copyOf(packet.array(), headerLength)));
        return packet.array();
    }

    private byte[] buildIpv6() {
        if (isFragmented) {
            extension(IpProtocol.FRAGMENT, String.format("00%04x%08x", fragmentOffset | (moreFragments ? 1 : 0), identification));
            isFragmented = false;
        }
        int first = firstExtension < 0 ? protocol : firstExtension;
        if (lastExtensionAt >= 0) {
            extensions[lastExtensionAt] = (byte) protocol;
        }
        ByteBuffer packet = ByteBuffer.allocate(40 + extensions.length + transport.length);
        packet.putInt(0x6000_0000 | trafficClass << 20 | 0xbeef).putShort((short) (packet.capacity() - 40)).put((byte) first)
                .put((byte) ttl).put(source).put(destination).put(extensions)
                .put(checked(finalDestination == null ? destination : finalDestination));
        return packet.array();
    }

    private byte[] checked(byte[] pseudoDestination) {
        byte[] bytes = transport.clone();
        if (checksumAt >= 0) {
            int checksum = SlowChecksum.of(pseudoHeader(pseudoDestination), Arrays.copyOf(bytes, covered(bytes)));
            boolean isZeroReserved = protocol == IpProtocol.UDP || protocol == IpProtocol.UDP_LITE;
            ByteBuffer.wrap(bytes).putShort(checksumAt, (short) (checksum == 0 && isZeroReserved ? 0xffff : checksum));
        }
        return bytes;
    }

    private int covered(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (protocol == IpProtocol.UDP_LITE && buffer.getShort(4) != 0) {
            return buffer.getShort(4);
        }
        int coverage = bytes[5] & 0xf;
        return protocol == IpProtocol.DCCP && coverage != 0 ? bytes[4] * 4 + (coverage - 1) * 4 : bytes.length;
    }

    private byte[] pseudoHeader(byte[] pseudoDestination) {
        if (protocol == IpProtocol.ICMP) {
            return new byte[0];
        }
        byte[] rest = ByteBuffer.allocate(8).putInt(transport.length).putInt(protocol).array();
        return Hex.concat(source, pseudoDestination, rest);
    }

    private PacketBuilder withChecksum(int ipProtocol, byte[] bytes, int at) {
        protocol = ipProtocol;
        transport = bytes;
        checksumAt = at;
        return this;
    }

    private static void fill(ByteBuffer buffer) {
        for (int i = 0; buffer.hasRemaining(); i++) {
            buffer.put((byte) (i * 7 + 3));
        }
    }

    private static byte[] address(String text) {
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
