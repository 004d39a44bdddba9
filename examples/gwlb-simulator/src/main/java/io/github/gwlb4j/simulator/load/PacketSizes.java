package io.github.gwlb4j.simulator.load;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.gwlb4j.geneve.aws.Gwlb;

/** Lengths of the inner packets of a load, as IP counts them. All packets of a run have one length. Immutable. */
public final class PacketSizes {
    /** Shortest packet in bytes: IPv4, UDP and the stamp that every packet carries. */
    public static final int MIN_BYTES = LoadPackets.PAYLOAD_OFFSET - Gwlb.HEADER_LENGTH;

    private static final String IMIX = "imix";
    /** The simple Internet mix (RFC 6985 gives its reasons): 7 small, 4 middle, 1 large. */
    private static final String IMIX_WEIGHTS = "64:7,576:4,1500:1";
    private static final int MAX_WEIGHTS = 1000;
    private static final Pattern TERM = Pattern.compile("(\\d{1,5})(?::(\\d{1,4}))?");

    private final String label;
    private final int[] sequence;
    private final int longest;

    private PacketSizes(String label, List<Integer> sequence) {
        this.label = label;
        this.sequence = sequence.stream().mapToInt(Integer::intValue).toArray();
        this.longest = Collections.max(sequence);
    }

    /**
     * Reads sizes.
     *
     * @param text {@code 1400}, {@code imix}, or lengths with weights: {@code 64:7,576:4,1500:1}
     * @return the sizes
     * @throws IllegalArgumentException if the text is something else, or a length is not 52 to 8500 bytes
     */
    public static PacketSizes parse(String text) {
        List<Integer> sequence = new ArrayList<>();
        for (String term : (text.equalsIgnoreCase(IMIX) ? IMIX_WEIGHTS : text).split(",", -1)) {
            Matcher matcher = TERM.matcher(term.trim());
            if (!matcher.matches()) {
                throw new IllegalArgumentException("sizes '" + text + "' are not understood: a length such as 1400, imix, or "
                        + "lengths with weights such as " + IMIX_WEIGHTS);
            }
            int length = requireLength(Integer.parseInt(matcher.group(1)));
            int weight = matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
            if (weight == 0 || sequence.size() + weight > MAX_WEIGHTS) {
                throw new IllegalArgumentException("sizes '" + text + "': weights must be 1 or more, and at most " + MAX_WEIGHTS
                        + " together");
            }
            sequence.addAll(Collections.nCopies(weight, length));
        }
        // Mixed, but the same in each run, so that tests can be compared.
        Collections.shuffle(sequence, new Random(sequence.size()));
        return new PacketSizes(text, sequence);
    }

    private static int requireLength(int lengthBytes) {
        if (lengthBytes < MIN_BYTES || lengthBytes > Gwlb.MAX_INNER_PACKET_LENGTH) {
            throw new IllegalArgumentException("packet length " + lengthBytes + " is not in " + MIN_BYTES + ".."
                    + Gwlb.MAX_INNER_PACKET_LENGTH);
        }
        return lengthBytes;
    }

    /**
     * The length of the packets of a run.
     *
     * @param run from 0
     * @return bytes of the inner packet
     */
    public int ofRun(long run) {
        return sequence[(int) (run % sequence.length)];
    }

    /**
     * The longest of them.
     *
     * @return bytes
     */
    public int longest() {
        return longest;
    }

    @Override
    public String toString() {
        return label;
    }
}
