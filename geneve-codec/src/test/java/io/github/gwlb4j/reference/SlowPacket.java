package io.github.gwlb4j.reference;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * RFC 791 and RFC 8200 read off the diagrams into plain objects, and the flow rules in words. Knows nothing of the codec but
 * the names of its answers; slow and plain on purpose, to be the codec's oracle.
 */
public final class SlowPacket {
    private static final List<Integer> EXTENSIONS = List.of(0, 43, 44, 51, 60, 135, 139, 140);
    private static final List<Integer> WITH_PORTS = List.of(6, 17, 33, 132, 136);
    private static final List<Integer> ICMP_ERRORS = List.of(3, 4, 5, 11, 12);
    private static final List<Integer> ICMPV6_ERRORS = List.of(1, 2, 3, 4);
    private static final List<Integer> ICMP_QUERIES = List.of(0, 8, 13, 14, 15, 16, 17, 18, 42, 43);
    private static final List<Integer> ICMPV6_QUERIES = List.of(128, 129, 160, 161);

    public String status;
    public int version;
    public String source = "";
    public String destination = "";
    public int protocol;
    public int fragmentProtocol;
    public int totalLength;
    public int transportOffset;
    public byte[] transport = {};
    public int fragmentOffset;
    public boolean hasMoreFragments;
    public boolean isRouteUnfinished;

    public static SlowPacket decode(byte[] bytes) {
        return decode(bytes, false);
    }

    private static SlowPacket decode(byte[] bytes, boolean isQuoted) {
        SlowPacket packet = new SlowPacket();
        packet.status = packet.read(bytes, isQuoted);
        return packet;
    }

    private String read(byte[] bytes, boolean isQuoted) {
        if (bytes.length == 0) {
            return "IP_HEADER_TRUNCATED";
        }
        version = new Bits(bytes).readInt(0, 4);
        switch (version) {
            case 4: return readIpv4(bytes, isQuoted);
            case 6: return readIpv6(bytes, isQuoted);
            default: return "IP_VERSION_UNKNOWN";
        }
    }

    private String readIpv4(byte[] bytes, boolean isQuoted) {
        if (bytes.length < 20) {
            return "IP_HEADER_TRUNCATED";
        }
        Bits bits = new Bits(bytes);
        int headerLength = 4 * bits.readInt(4, 4);
        int stated = bits.readInt(16, 16);
        if (headerLength < 20 || headerLength > stated) {
            return "IPV4_HEADER_LENGTH_WRONG";
        }
        if (headerLength > bytes.length || stated > bytes.length && !isQuoted) {
            return "IP_LENGTH_EXCEEDS_DATA";
        }
        totalLength = Math.min(stated, bytes.length);
        hasMoreFragments = bits.read(50, 1) == 1;
        fragmentOffset = 8 * bits.readInt(51, 13);
        protocol = bits.readInt(72, 8);
        fragmentProtocol = protocol;
        source = Arrays.toString(Arrays.copyOfRange(bytes, 12, 16));
        destination = Arrays.toString(Arrays.copyOfRange(bytes, 16, 20));
        return setTransport(bytes, headerLength);
    }

    private String readIpv6(byte[] bytes, boolean isQuoted) {
        if (bytes.length < 40) {
            return "IP_HEADER_TRUNCATED";
        }
        Bits bits = new Bits(bytes);
        int stated = 40 + bits.readInt(32, 16);
        if (stated > bytes.length && !isQuoted) {
            return "IP_LENGTH_EXCEEDS_DATA";
        }
        totalLength = Math.min(stated, bytes.length);
        source = Arrays.toString(Arrays.copyOfRange(bytes, 8, 24));
        destination = Arrays.toString(Arrays.copyOfRange(bytes, 24, 40));
        return readExtensions(Arrays.copyOf(bytes, totalLength), bits.readInt(48, 8), 40, 0);
    }

    private String readExtensions(byte[] bytes, int header, int at, int depth) {
        protocol = header;
        if (!EXTENSIONS.contains(header)) {
            return setTransport(bytes, at);
        }
        if (depth == 16) {
            return "EXTENSION_HEADERS_TOO_MANY";
        }
        byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
        if (rest.length < 8) {
            return "EXTENSION_HEADER_TRUNCATED";
        }
        Bits bits = new Bits(rest);
        int next = bits.readInt(0, 8);
        int lengthField = bits.readInt(8, 8);
        int length = header == 44 ? 8 : header == 51 ? 4 * (lengthField + 2) : 8 * (lengthField + 1);
        if (length > rest.length) {
            return "EXTENSION_HEADER_TRUNCATED";
        }
        isRouteUnfinished |= header == 43 && bits.readInt(24, 8) != 0;
        if (header == 44 && !isFragment()) {
            fragmentOffset = 8 * bits.readInt(16, 13);
            hasMoreFragments = bits.read(31, 1) == 1;
            fragmentProtocol = next;
            if (fragmentOffset > 0) {
                protocol = next;
                return setTransport(bytes, at + 8);
            }
        }
        return readExtensions(bytes, next, at + length, depth + 1);
    }

    private String setTransport(byte[] bytes, int at) {
        transportOffset = at;
        transport = Arrays.copyOfRange(bytes, at, totalLength);
        return "OK";
    }

    public boolean isFragment() {
        return fragmentOffset > 0 || hasMoreFragments;
    }

    public boolean hasPorts() {
        return fragmentOffset == 0 && WITH_PORTS.contains(protocol) && transport.length >= 4;
    }

    public int sourcePort() {
        return new Bits(transport).readInt(0, 16);
    }

    public int destinationPort() {
        return new Bits(transport).readInt(16, 16);
    }

    public boolean hasIcmpHeader() {
        return fragmentOffset == 0 && protocol == (version == 4 ? 1 : 58) && transport.length >= 8;
    }

    private boolean hasIcmpType(List<Integer> ipv4Types, List<Integer> ipv6Types) {
        return hasIcmpHeader() && (version == 4 ? ipv4Types : ipv6Types).contains(transport[0] & 0xff);
    }

    public SlowPacket quoted() {
        if (!hasIcmpType(ICMP_ERRORS, ICMPV6_ERRORS)) {
            return null;
        }
        SlowPacket quoted = decode(Arrays.copyOfRange(transport, 8, transport.length), true);
        return quoted.status.equals("OK") ? quoted : null;
    }

    /** What the transport header's lengths say. */
    public String transportStatus() {
        if (fragmentOffset > 0) {
            return "OK";
        }
        int shortest = protocol == 6 ? 20 : List.of(1, 17, 58, 136).contains(protocol) ? 8 : List.of(33, 132).contains(protocol) ? 12 : 0;
        if (transport.length < shortest) {
            return "TRANSPORT_TRUNCATED";
        }
        if (protocol == 6) {
            int headerLength = 4 * new Bits(transport).readInt(96, 4);
            return headerLength < 20 || headerLength > transport.length ? "TCP_DATA_OFFSET_WRONG" : "OK";
        }
        if (protocol == 17) {
            int length = new Bits(transport).readInt(32, 16);
            return length < 8 || length > transport.length && !hasMoreFragments ? "UDP_LENGTH_WRONG" : "OK";
        }
        return "OK";
    }

    /** A text that is equal for two packets if and only if they belong to one flow. */
    public String flow() {
        SlowPacket quoted = isFragment() ? null : quoted();
        return quoted != null && quoted.version == version ? quoted.ownFlow() : ownFlow();
    }

    private String ownFlow() {
        if (isFragment()) {
            return version + " fragment " + fragmentProtocol + " " + new TreeSet<>(Arrays.asList(source, destination));
        }
        int from = 0;
        int to = 0;
        if (hasPorts()) {
            from = sourcePort();
            to = destinationPort();
        } else if (hasIcmpType(ICMP_QUERIES, ICMPV6_QUERIES)) {
            from = new Bits(transport).readInt(32, 16);
            to = from;
        }
        String one = source + ":" + from;
        String other = destination + ":" + to;
        return version + " " + protocol + " " + (one.compareTo(other) < 0 ? one + other : other + one);
    }
}
