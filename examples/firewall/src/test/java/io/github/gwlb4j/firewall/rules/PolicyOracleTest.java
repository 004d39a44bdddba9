package io.github.gwlb4j.firewall.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.inspect.DomainName;
import io.github.gwlb4j.packet.IpPacket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random rules and packets: the compiled policy finds what trying one rule after the other finds. */
class PolicyOracleTest {
    /** So little memory that no condition's sets fit. */
    private static final int NO_WORDS = 20;

    private int highestRuleFound;

    @ParameterizedTest(name = "{0} files of up to {1} rules, {2} different numbers")
    @CsvSource({"200, 3, 4", "100, 30, 4", "20, 200, 4", "8, 500, 40", "1, 9000, 200"})
    void shouldFindWhatALinearScanFinds(int files, int maxRules, int spread) throws RuleFileException {
        for (int seed = 0; seed < files; seed++) {
            check(seed * 31L + maxRules, maxRules - new Random(seed).nextInt(maxRules / 2 + 1), spread, RuleIndex.MAX_WORDS, 200);
        }
        assertThat(highestRuleFound).as("the highest rule that a packet matched").isGreaterThan(maxRules / 3);
    }

    @ParameterizedTest(name = "{0} files of up to {1} rules, {2} different numbers")
    @CsvSource({"50, 30, 4", "8, 500, 40", "1, 5000, 200"})
    void shouldFindTheSameWhenMemoryIsShort(int files, int maxRules, int spread) throws RuleFileException {
        for (int seed = 0; seed < files; seed++) {
            check(seed * 37L + maxRules, maxRules - new Random(seed).nextInt(maxRules / 2 + 1), spread, NO_WORDS, 100);
        }
        assertThat(highestRuleFound).as("the highest rule that a packet matched").isGreaterThan(maxRules / 3);
    }

    private void check(long seed, int ruleCount, int spread, int maxWords, int packetCount) throws RuleFileException {
        RandomRules written = new RandomRules(seed, ruleCount, spread);
        Policy parsed = PolicyFile.parse("random.rules", written.lines);
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < parsed.ruleCount(); i++) {
            rules.add(parsed.rule(i));
        }
        Policy policy = new Policy(rules, parsed.settings(), maxWords, 0, List.of());
        assertThat(rules).hasSameSizeAs(written.rules);
        Random random = new Random(seed);
        RandomPackets packets = new RandomPackets(seed, spread);
        for (int i = 0; i < packetCount; i++) {
            IpPacket packet = packets.next();
            long endpointId = random.nextInt(spread + 1) - 1;
            String name = random.nextInt(4) == 0 ? null : RandomRules.name(random);
            DomainName domain = name == null ? null : DomainName.of(name);
            int expected = linear(written, endpointId, packet, false, null);
            int expectedByName = linear(written, endpointId, packet, true, name);
            if (expectedByName < rules.size() - 1) {
                highestRuleFound = Math.max(highestRuleFound, expectedByName);
            }
            if (policy.firstMatch(endpointId, packet) != expected || policy.firstMatch(endpointId, packet, domain) != expectedByName) {
                assertThat(List.of(policy.firstMatch(endpointId, packet), policy.firstMatch(endpointId, packet, domain)))
                        .as("seed %d, packet %d: %s endpoint %d name %s", seed, i, packet, endpointId, name)
                        .isEqualTo(List.of(expected, expectedByName));
            }
        }
    }

    private static int linear(RandomRules written, long endpointId, IpPacket packet, boolean isNameSought, String name) {
        for (int i = 0; ; i++) {
            if (written.rules.get(i).matches(endpointId, packet, isNameSought, name, written.isUnknownNameOpen)) {
                return i;
            }
        }
    }
}
