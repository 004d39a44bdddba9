package io.github.gwlb4j.geneve;

import io.github.gwlb4j.internal.Bytes;
import io.github.gwlb4j.packet.InternetChecksum;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import io.github.gwlb4j.packet.PacketStatus;
import java.util.Arrays;

/**
 * What a receiver accepts where RFC 8926 leaves a choice, and where it does not but a user may want another answer.
 *
 * <p>Immutable; usable from any thread. {@link #rfc8926()} is the RFC's own behaviour; {@link #builder()} starts from it.
 */
public final class GenevePolicy {
    private static final GenevePolicy RFC_8926 = builder().build();

    private static final int UDP_CHECKSUM_OFFSET = 6;

    private final int[] knownOptions;
    private final int[] protocolTypes;
    private final int[] vnis;
    private final boolean acceptUnknownCriticalOptions;
    private final boolean acceptControlPackets;
    private final boolean acceptEmptyPayload;
    private final boolean refuseReservedBits;
    private final boolean acceptZeroUdpChecksumOverIpv6;

    private GenevePolicy(Builder from) {
        knownOptions = from.knownOptions;
        protocolTypes = from.protocolTypes;
        vnis = from.vnis;
        acceptUnknownCriticalOptions = from.acceptUnknownCriticalOptions;
        acceptControlPackets = from.acceptControlPackets;
        acceptEmptyPayload = from.acceptEmptyPayload;
        refuseReservedBits = from.refuseReservedBits;
        acceptZeroUdpChecksumOverIpv6 = from.acceptZeroUdpChecksumOverIpv6;
    }

    /**
     * The RFC's behaviour for an endpoint that knows no option: unknown critical options, control packets and empty
     * payloads are refused, reserved bits ignored, any VNI taken, IPv4, IPv6 and Ethernet payloads accepted.
     *
     * @return the default policy
     */
    public static GenevePolicy rfc8926() {
        return RFC_8926;
    }

    /**
     * Starts from {@link #rfc8926()}.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    boolean acceptsCriticalOption(int optionClass, int optionType) {
        return acceptUnknownCriticalOptions || contains(knownOptions, optionClass << 8 | optionType);
    }

    boolean acceptsProtocolType(int protocolType) {
        return protocolTypes == null || contains(protocolTypes, protocolType);
    }

    boolean acceptsVni(int vni) {
        return vnis == null || contains(vnis, vni);
    }

    boolean acceptsControlPackets() {
        return acceptControlPackets;
    }

    boolean acceptsEmptyPayload() {
        return acceptEmptyPayload;
    }

    boolean refusesReservedBits() {
        return refuseReservedBits;
    }

    /**
     * Judges the UDP checksum of an outer packet (RFC 8926, 3.3): a checksum that is there must be right; none at all is
     * taken over IPv4, and over IPv6 if {@link Builder#acceptZeroUdpChecksumOverIpv6} says so. A kernel's UDP socket has
     * checked this already; it is for those who read whole packets.
     *
     * @param outer wrapped with {@link PacketStatus#OK}, around a whole UDP datagram
     * @return {@link GeneveStatus#OK}, {@link GeneveStatus#UDP_CHECKSUM_WRONG} or {@link GeneveStatus#UDP_CHECKSUM_ZERO_OVER_IPV6};
     *         OK if it cannot be told, because the packet is a fragment or no UDP
     */
    public GeneveStatus validateUdpChecksum(IpPacket outer) {
        if (outer.protocol() != IpProtocol.UDP || outer.isFragment() || outer.transportStatus() != PacketStatus.OK) {
            return GeneveStatus.OK;
        }
        if (Bytes.u16(outer.buffer(), outer.transportOffset() + UDP_CHECKSUM_OFFSET) == 0) {
            return outer.version() == 4 || acceptZeroUdpChecksumOverIpv6 ? GeneveStatus.OK : GeneveStatus.UDP_CHECKSUM_ZERO_OVER_IPV6;
        }
        return InternetChecksum.ofTransport(outer) == 0 ? GeneveStatus.OK : GeneveStatus.UDP_CHECKSUM_WRONG;
    }

    private static boolean contains(int[] values, int wanted) {
        for (int value : values) {
            if (value == wanted) {
                return true;
            }
        }
        return false;
    }

    static void requireRange(String what, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(what + " " + value + " is not in 0.." + max);
        }
    }

    /** Collects the settings of a {@link GenevePolicy}. Not thread-safe. */
    public static final class Builder {
        private int[] knownOptions = {};
        private int[] protocolTypes = {Geneve.PROTOCOL_IPV4, Geneve.PROTOCOL_IPV6, Geneve.PROTOCOL_ETHERNET};
        private int[] vnis;
        private boolean acceptUnknownCriticalOptions;
        private boolean acceptControlPackets;
        private boolean acceptEmptyPayload;
        private boolean refuseReservedBits;
        private boolean acceptZeroUdpChecksumOverIpv6;

        private Builder() {
        }

        /**
         * Declares an option as understood by the caller, so that its critical bit is no reason to drop (RFC 8926, 3.5).
         *
         * @param optionClass 0 to 65535
         * @param optionType  0 to 255, with the critical bit
         * @return this
         * @throws IllegalArgumentException if a number is out of range
         */
        public Builder knownOption(int optionClass, int optionType) {
            requireRange("option class", optionClass, 0xffff);
            requireRange("option type", optionType, 0xff);
            knownOptions = Arrays.copyOf(knownOptions, knownOptions.length + 1);
            knownOptions[knownOptions.length - 1] = optionClass << 8 | optionType;
            return this;
        }

        /**
         * Replaces the accepted protocol types.
         *
         * @param etherTypes each 0 to 65535; none at all accepts every protocol type
         * @return this
         * @throws IllegalArgumentException if a number is out of range
         */
        public Builder protocolTypes(int... etherTypes) {
            for (int etherType : etherTypes) {
                requireRange("protocol type", etherType, 0xffff);
            }
            protocolTypes = etherTypes.length == 0 ? null : etherTypes.clone();
            return this;
        }

        /**
         * Replaces the accepted virtual network identifiers; by default all are.
         *
         * @param accepted each 0 to {@link Geneve#MAX_VNI}; none at all accepts every VNI
         * @return this
         * @throws IllegalArgumentException if a number is out of range
         */
        public Builder vnis(int... accepted) {
            for (int vni : accepted) {
                requireRange("VNI", vni, Geneve.MAX_VNI);
            }
            vnis = accepted.length == 0 ? null : accepted.clone();
            return this;
        }

        /**
         * Whether to take packets with a critical option that is not {@linkplain #knownOption known}; the RFC forbids it.
         *
         * @param accept default false
         * @return this
         */
        public Builder acceptUnknownCriticalOptions(boolean accept) {
            acceptUnknownCriticalOptions = accept;
            return this;
        }

        /**
         * Whether control packets (O bit) are {@link GeneveStatus#OK}; their payload must not be forwarded (RFC 8926, 3.4).
         *
         * @param accept default false: {@link GeneveStatus#CONTROL_PACKET}
         * @return this
         */
        public Builder acceptControlPackets(boolean accept) {
            acceptControlPackets = accept;
            return this;
        }

        /**
         * Whether a header with nothing behind it is {@link GeneveStatus#OK}.
         *
         * @param accept default false: {@link GeneveStatus#PAYLOAD_EMPTY}
         * @return this
         */
        public Builder acceptEmptyPayload(boolean accept) {
            acceptEmptyPayload = accept;
            return this;
        }

        /**
         * Whether set reserved bits are a reason to drop. The RFC says to ignore them: only for testing senders.
         *
         * @param refuse default false
         * @return this
         */
        public Builder refuseReservedBits(boolean refuse) {
            refuseReservedBits = refuse;
            return this;
        }

        /**
         * Whether an outer UDP checksum of zero over IPv6 is taken (RFC 8926, 3.3 and RFC 6935).
         *
         * @param accept default false
         * @return this
         */
        public Builder acceptZeroUdpChecksumOverIpv6(boolean accept) {
            acceptZeroUdpChecksumOverIpv6 = accept;
            return this;
        }

        /**
         * Seals the settings.
         *
         * @return an immutable policy
         */
        public GenevePolicy build() {
            return new GenevePolicy(this);
        }
    }
}
