package io.github.gwlb4j.geneve.aws;

/**
 * Text forms of an endpoint id: the 64-bit number in GENEVE option 1.
 *
 * <p>Cold path: these methods allocate. Stateless; usable from any thread.
 *
 * <ul>
 *   <li>17 lower-case hex digits, zero padded, as in {@code vpce-0123456789abcdef0}: what hook scripts of {@code gwlbtun} get.
 *   <li>base 60 over {@code 0-9a-zA-X}, most significant digit first, at most 11 digits: the suffix of the interface names
 *       {@code gwi-…} and {@code gwo-…}, short enough for IFNAMSIZ.
 * </ul>
 */
public final class EndpointId {
    private static final String BASE_60 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX";
    private static final int HEX_DIGITS = 17;
    private static final String VPCE_PREFIX = "vpce-";

    private EndpointId() {
    }

    /**
     * Writes an id as AWS names endpoints, without the prefix {@code vpce-}.
     *
     * @param endpointId any 64 bits
     * @return 17 lower-case hex digits
     */
    public static String toHex(long endpointId) {
        String digits = Long.toHexString(endpointId);
        return "0".repeat(HEX_DIGITS - digits.length()) + digits;
    }

    /**
     * Reads an id in hex, as {@link #toHex} writes it; the prefix {@code vpce-} and missing leading zeros are allowed.
     *
     * @param text 1 to 17 hex digits, after the prefix if there is one
     * @return the id
     * @throws IllegalArgumentException if the text is not an endpoint id that fits into 64 bits
     */
    public static long parseHex(String text) {
        String digits = text.startsWith(VPCE_PREFIX) ? text.substring(VPCE_PREFIX.length()) : text;
        boolean isHex = !digits.isEmpty() && digits.length() <= HEX_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F');
        if (!isHex || digits.length() == HEX_DIGITS && digits.charAt(0) != '0') {
            throw new IllegalArgumentException("'" + text + "' is not an endpoint id: expected up to 16 hex digits, "
                    + "or 17 with a leading 0, as in vpce-0123456789abcdef0");
        }
        return Long.parseUnsignedLong(digits, 16);
    }

    /**
     * Writes an id as the suffix of an interface name.
     *
     * @param endpointId any 64 bits
     * @return 1 to 11 digits of base 60
     */
    public static String toBase60(long endpointId) {
        StringBuilder digits = new StringBuilder(11);
        long rest = endpointId;
        do {
            digits.append(BASE_60.charAt((int) Long.remainderUnsigned(rest, 60)));
            rest = Long.divideUnsigned(rest, 60);
        } while (rest != 0);
        return digits.reverse().toString();
    }

    /**
     * Reads an id from the suffix of an interface name.
     *
     * @param text digits as {@link #toBase60} writes them
     * @return the id
     * @throws IllegalArgumentException if the text is empty, has another character, or does not fit into 64 bits
     */
    public static long parseBase60(String text) {
        long id = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = BASE_60.indexOf(text.charAt(i));
            if (digit < 0 || Long.compareUnsigned(id, Long.divideUnsigned(-1L - digit, 60)) > 0) {
                throw new IllegalArgumentException("'" + text + "' is not a base-60 endpoint id");
            }
            id = id * 60 + digit;
        }
        if (text.isEmpty()) {
            throw new IllegalArgumentException("an empty text is not a base-60 endpoint id");
        }
        return id;
    }
}
