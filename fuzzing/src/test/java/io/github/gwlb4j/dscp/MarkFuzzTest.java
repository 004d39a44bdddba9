package io.github.gwlb4j.dscp;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import org.junit.jupiter.api.Test;

/** Any text as a mark of the DSCP marker: NETWORK=DSCP, or refused. */
public class MarkFuzzTest {
    @Test
    void shouldReadAMarkOrRefuseIt() {
        Fuzzer.of("dscp-mark", MarkFuzzTest::fuzzerTestOneInput).seeds("10.0.0.0/8=46", "2001:db8::/32=0", "any=63").words("=", "64", "/33", "::").run(10_000);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            DscpMarker.Mark mark = DscpMarker.Mark.parse(Messages.text(input));
            if (mark.dscp() < 0 || mark.dscp() > 63) {
                throw new AssertionError(mark.toString());
            }
        } catch (IllegalArgumentException e) {
            return;
        }
    }
}
