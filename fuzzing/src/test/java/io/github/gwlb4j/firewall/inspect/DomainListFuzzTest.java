package io.github.gwlb4j.firewall.inspect;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Any lines as a list of domains: taken or refused in one line; and its table finds what a walk through the lines finds. */
public class DomainListFuzzTest {
    private static final List<String> ASKED = List.of("example.com", "www.example.com", "a.b.www.example.com", "com", "xample.com", "evil.example", "xn--bcher-kva.example", "a.com");

    @Test
    void shouldFindWhatAWalkThroughTheLinesFinds() {
        Fuzzer.of("domains", DomainListFuzzTest::fuzzerTestOneInput)
                .seeds("example.com\n*.example.com\n.evil.example\n", "WWW.Example.COM.\na.com\n", "b\u00fccher.example\n*.xn--bcher-kva.example\n_dmarc.com\n",
                        "m\n".repeat(20_000))
                .words("*.", ".", "example", "com", "xn--", "\u00df", "\u3002", "-", "_", "a".repeat(63), "a".repeat(64), "b.".repeat(120))
                .run(4_000);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> entries = Messages.text(input).lines().toList();
        DomainList list;
        try {
            list = DomainList.of(entries);
        } catch (IllegalArgumentException e) {
            return; // quotes the entry, whose lines and control characters the rule file's reader has refused before
        }
        for (String asked : ASKED) {
            boolean isExpected = entries.stream().filter(DomainListFuzzTest::isAscii).anyMatch(entry -> covers(entry.toLowerCase(Locale.ROOT), asked));
            boolean isFound = list.matches(DomainName.of(asked));
            if (isFound != isExpected && entries.stream().allMatch(DomainListFuzzTest::isAscii)) {
                throw new AssertionError(asked + ": found " + isFound + " in " + entries);
            }
        }
    }

    private static boolean isAscii(String entry) {
        return entry.chars().allMatch(c -> c < 0x80);
    }

    private static boolean covers(String entry, String asked) {
        String name = entry.endsWith(".") ? entry.substring(0, entry.length() - 1) : entry;
        boolean isBelow = name.startsWith("*.") && asked.endsWith(name.substring(1));
        boolean isBoth = name.startsWith(".") && ("." + asked).endsWith(name);
        return name.equals(asked) || isBelow || isBoth;
    }
}
