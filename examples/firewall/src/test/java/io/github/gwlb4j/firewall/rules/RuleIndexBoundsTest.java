package io.github.gwlb4j.firewall.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rules that would make a careless structure explode. */
class RuleIndexBoundsTest {
    private static final long MIB = 1 << 20;

    /** Many rules of one kind. */
    enum Kind {
        WILDCARDS(i -> "allow tcp"),
        NESTED_PREFIXES(i -> "deny from " + network(i) + " to " + network(i / 33)),
        OVERLAPPING_PORTS(i -> "allow tcp from any port " + i % 32_000 + "-" + (65_535 - i % 32_000) + " to any port " + i / 2 + "-65535"),
        DISTINCT_HOSTS(i -> "allow tcp from 10." + (i >> 8) % 250 + "." + (i & 255) + ".1 to 2001:db8::" + Integer.toHexString(i >> 8) + ":"
                + Integer.toHexString(i & 255) + ",172.16." + (i >> 8) % 250 + "." + (i & 255) + " port " + i % 60_000),
        HALF_BROAD(i -> i % 2 == 0 ? "allow from 10.0." + (i >> 8) % 250 + "." + (i & 255) : "deny to 10.0." + (i >> 8) % 250 + "." + (i & 255)),
        DOMAINS(i -> "allow domain *.n" + i / 2 + ".example,n" + i + ".example endpoint " + Integer.toHexString(i));

        private final IntFunction<String> rule;

        Kind(IntFunction<String> rule) {
            this.rule = rule;
        }

        private static String network(int i) {
            int bits = i % 33;
            int address = bits == 0 ? 0 : (0x0a0a_0a0a ^ i / 33 << 3) & -1 << 32 - bits;
            return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255) + "/" + bits;
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(60)
    void shouldCompileTenThousandRulesOfAKindInLittleMemory(Kind kind) throws RuleFileException {
        Policy policy = policy(kind, 10_000);
        assertThat(policy.memoryBytes()).as("bytes").isLessThan(64 * MIB);
        assertThat(policy.isExact()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"NESTED_PREFIXES", "OVERLAPPING_PORTS", "DISTINCT_HOSTS"})
    @Timeout(120)
    void shouldCompileTheMostRulesThereCanBeInBoundedMemory(Kind kind) throws RuleFileException {
        Policy policy = policy(kind, 99_000);
        assertThat(policy.memoryBytes()).as("bytes").isLessThan(200 * MIB);
    }

    private static Policy policy(Kind kind, int count) throws RuleFileException {
        return PolicyFile.parse(kind.name(), IntStream.range(0, count).mapToObj(kind.rule).toList());
    }
}
