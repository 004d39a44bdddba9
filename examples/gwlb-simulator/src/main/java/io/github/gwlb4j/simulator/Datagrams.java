package io.github.gwlb4j.simulator;

import io.github.gwlb4j.geneve.Geneve;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Where the inner packet of a datagram starts, and its hash. Stateless; allocates nothing. */
final class Datagrams {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;
    private static final long SEED = 0xc2b2_ae3d_27d4_eb4fL;
    /** Bytes 0 to 7 of an IPv6 header without the hop limit. */
    private static final long IPV6_FIRST_MASK = 0xffff_ffff_ffff_ff00L;
    /** Bytes 8 to 15 of an IPv4 header without TTL and checksum. */
    private static final long IPV4_SECOND_MASK = 0x00ff_0000_ffff_ffffL;

    private Datagrams() {
    }

    /** Length of the GENEVE header as Opt Len states it, or 0 if the datagram is shorter. */
    static int headerLength(byte[] datagram, int lengthBytes) {
        if (lengthBytes < Geneve.BASE_HEADER_LENGTH) {
            return 0;
        }
        int headerLength = Geneve.BASE_HEADER_LENGTH + (datagram[0] & 0x3f) * 4;
        return headerLength <= lengthBytes ? headerLength : 0;
    }

    /** Hashes all bytes but those that a router changes (TTL or hop limit, IPv4 header checksum), so that it still finds those. */
    static long innerHash(byte[] bytes, int offset, int lengthBytes) {
        long hash = SEED ^ lengthBytes;
        int version = lengthBytes >= 20 ? bytes[offset] >>> 4 : 0;
        int at = offset;
        int end = offset + lengthBytes;
        for (; at <= end - 8; at += 8) {
            long word = (long) LONG.get(bytes, at);
            if (at == offset && version == 6) {
                word &= IPV6_FIRST_MASK;
            } else if (at == offset + 8 && version == 4) {
                word &= IPV4_SECOND_MASK;
            }
            hash = mix(hash ^ word);
        }
        for (; at < end; at++) {
            hash = mix(hash ^ bytes[at]);
        }
        return hash;
    }

    private static long mix(long value) {
        long product = value * MULTIPLIER;
        return product ^ product >>> 29;
    }
}
