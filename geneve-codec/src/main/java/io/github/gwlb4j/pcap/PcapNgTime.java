package io.github.gwlb4j.pcap;

/** Timestamps of pcapng (draft-ietf-opsawg-pcapng, options if_tsresol and if_tsoffset), in integers and without overflow. */
final class PcapNgTime {

    private static final int POWER_OF_TWO = 0x80;
    private static final int NANOS_EXPONENT = 9;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private PcapNgTime() {
    }

    /**
     * Converts a timestamp to nanoseconds since the epoch, rounded down and saturated to a long.
     *
     * @param resolution the if_tsresol byte: ticks are 10^-n seconds, or 2^-n with the top bit set
     * @param ticks unsigned
     * @param offsetSeconds added to the time
     */
    static long toNanos(int resolution, long ticks, long offsetSeconds) {
        int exponent = resolution & ~POWER_OF_TWO;
        long nanos = (resolution & POWER_OF_TWO) == 0 ? decimal(exponent, ticks) : binary(exponent, ticks);
        return offsetSeconds == 0 ? nanos : saturatedAdd(nanos, saturatedNanos(offsetSeconds));
    }

    private static long decimal(int exponent, long ticks) {
        if (exponent <= NANOS_EXPONENT) {
            long factor = powerOfTen(NANOS_EXPONENT - exponent);
            return Long.compareUnsigned(ticks, Long.MAX_VALUE / factor) > 0 ? Long.MAX_VALUE : ticks * factor;
        }
        int divisorExponent = exponent - NANOS_EXPONENT;
        // 10^18 is the largest power in a long; 2^64 ticks of less than that are below 20 ns.
        return divisorExponent > 18 ? 0 : Long.divideUnsigned(ticks, powerOfTen(divisorExponent));
    }

    private static long powerOfTen(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }

    /** The product of ticks and 10^9 has up to 94 bits; it is shifted right by the exponent. */
    private static long binary(int exponent, long ticks) {
        long high = Math.multiplyHigh(ticks, NANOS_PER_SECOND) + (ticks < 0 ? NANOS_PER_SECOND : 0);
        long low = ticks * NANOS_PER_SECOND;
        if (exponent >= Long.SIZE) {
            return high >>> (exponent - Long.SIZE);
        }
        long nanos = exponent == 0 ? low : high << (Long.SIZE - exponent) | low >>> exponent;
        return high >>> exponent != 0 || nanos < 0 ? Long.MAX_VALUE : nanos;
    }

    private static long saturatedNanos(long seconds) {
        if (Math.abs(seconds) > Long.MAX_VALUE / NANOS_PER_SECOND || seconds == Long.MIN_VALUE) {
            return seconds < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return seconds * NANOS_PER_SECOND;
    }

    private static long saturatedAdd(long nanos, long offset) {
        long sum = nanos + offset;
        boolean overflow = ((nanos ^ sum) & (offset ^ sum)) < 0;
        return overflow ? (offset < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }
}
