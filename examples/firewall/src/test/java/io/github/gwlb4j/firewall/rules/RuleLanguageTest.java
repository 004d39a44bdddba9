package io.github.gwlb4j.firewall.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.gwlb4j.firewall.inspect.DomainName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the rule language has beside plain rules, which {@link PolicyFileTest} is about. */
class RuleLanguageTest {
    private static final Path TOUR = Path.of("rules/tour.rules");

    private static Policy parse(String... lines) throws RuleFileException {
        return PolicyFile.parse("test.rules", Arrays.asList(lines));
    }

    @Test
    void shouldReadNameActionDomainsLimitAndLog() throws RuleFileException {
        Rule rule = parse("web: allow tcp to any port 443 domain example.com, *.example.org limit 100/s burst 200 log").rule(0);
        assertThat(rule.name()).isEqualTo("web");
        assertThat(rule.needsName()).isTrue();
        assertThat(rule.domains().matches(DomainName.of("www.example.org"))).isTrue();
        assertThat(rule.rateLimit()).isEqualTo(new RateLimit(100, 200));
        assertThat(rule.isLogged()).isTrue();
        Rule other = parse("reject tcp", "allow udp limit 6/min").rule(1);
        assertThat(other.name()).isEqualTo("line-2");
        assertThat(other.rateLimit()).isEqualTo(new RateLimit(0.1, 6));
        assertThat(other.isLogged()).isFalse();
        assertThat(parse("reject tcp").rule(0).action()).isEqualTo(Action.REJECT);
    }

    @Test
    void shouldUseGroupsThatAreNestedAndDefinedLater() throws RuleFileException {
        Rule rule = parse("allow tcp from offices to 192.0.2.1 port web,22 domain cdn", "addresses offices {", "  10.1.0.0/16, south",
                "  2001:db8::/32 # all of it", "}", "addresses south { 10.2.0.0/16 }", "ports web { 80 443 8000-8080 }",
                "domains cdn { .cdn.example }").rule(0);
        assertThat(rule.source().contains(4, 0, 0x0a02_0001)).isTrue();
        assertThat(rule.source().contains(4, 0, 0x0a03_0001)).isFalse();
        assertThat(rule.source()).hasToString("offices");
        assertThat(IntStream.of(22, 80, 443, 8000, 8080).allMatch(rule.destinationPorts()::contains)).isTrue();
        assertThat(IntStream.of(21, 23, 81, 7999, 8081).noneMatch(rule.destinationPorts()::contains)).isTrue();
        assertThat(rule.domains().matches(DomainName.of("cdn.example"))).isTrue();
    }

    @Test
    void shouldReadSettings() throws RuleFileException {
        assertThat(parse("default deny").settings()).isEqualTo(PolicySettings.DEFAULT);
        assertThat(parse("set mid-stream reject", "set fragments drop", "set unknown-name open", "set dns-denied refused",
                "set half-open-limit 100", "set half-open-limit-per-source 10", "set rejects-per-second 0").settings())
                .isEqualTo(new PolicySettings(Action.REJECT, PolicySettings.Fragments.DROP, PolicySettings.UnknownName.OPEN,
                        PolicySettings.DnsDenied.REFUSED, 100, 10, 0));
    }

    @Test
    void shouldTakeTheTourOfTheLanguageWithoutAWarning() throws RuleFileException {
        Policy tour = PolicyFile.read(TOUR);
        assertThat(tour.warnings()).isEmpty();
        assertThat(tour.groupCount()).isEqualTo(5);
        assertThat(tour.settings()).as("what the file says are the defaults").isEqualTo(PolicySettings.DEFAULT);
        assertThat(tour.rule(tour.ruleCount() - 2).text()).isEqualTo("default reject log (endpoint prod)");
        assertThat(IntStream.range(0, tour.ruleCount()).mapToObj(i -> tour.rule(i).name())).contains("no-telnet", "updates", "public");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        alow tcp                                          | 2 | did you mean 'allow'?
        web: allow tcp; web: deny udp                     | 3 | a rule is called 'web' already in line 2
        default: allow tcp                                | 2 | is taken
        2nd: allow tcp                                    | 2 | '2nd' is not a rule name
        web:                                              | 2 | '' is not an action
        addresses office { 10.0.0.0/8 }; allow from ofice | 3 | nor is there a group 'ofice'; did you mean 'office'?
        addresses a { b }; addresses b { a }; allow from a | 3 | the address group 'a' holds itself
        addresses a { }                                   | 2 | the address group 'a' has no members
        addresses a { 10.0.0.1/8 }                        | 2 | did you mean 10.0.0.0/8?
        addresses a {; 10.0.0.1; 10.0.0.300; }            | 4 | '10.0.0.300' is not an IPv4 or IPv6 address
        addresses a { 10.0.0.1 }; addresses a { ::1 }     | 3 | the address group 'a' is defined already in line 2
        addresses a 10.0.0.1                              | 2 | expected addresses NAME {
        addresses any { 10.0.0.1 }                        | 2 | 'any' cannot name a group
        endpoints ab { vpce-1 }                           | 2 | 'ab' cannot name a group
        addresses a { 10.0.0.1                            | 2 | is not closed; add a line with }
        ports web { 80 } x                                | 2 | 'x' is not expected here
        endpoint vpce-1 {; allow tcp                      | 2 | is not closed; add a line with }
        endpoint vpce-1                                   | 2 | expected endpoint IDS {
        endpoint vpce-1 {; endpoint vpce-2 {              | 3 | a block in the block of line 2
        endpoint vpce-1 {; allow tcp endpoint vpce-2; }   | 3 | 'endpoint' inside a block of endpoint vpce-1
        }                                                 | 2 | '}' closes nothing
        endpoint 1 {; default deny; }; endpoint 1 {; default allow; } | 6 | is set already in line 3
        allow tcp domain localhost                        | 2 | 'localhost' is not a domain
        allow tcp domain a..example                       | 2 | is not a domain name
        allow icmp domain a.example                       | 2 | 'domain' needs a protocol that carries names
        allow tcp limit 100                               | 2 | '100' is not a rate; expected for example 100/s
        allow tcp limit 0/s                               | 2 | the number must be 1 to 1000000
        allow tcp limit 5/s burst                         | 2 | 'burst' needs a value
        deny tcp limit 5/s                                | 2 | 'limit' needs the action allow
        allow tcp log log                                 | 2 | 'log' is there twice
        set mid-stream maybe                              | 2 | 'set mid-stream' needs allow or deny or reject, not 'maybe'
        set midstream deny                                | 2 | did you mean 'mid-stream'?
        set half-open-limit lots                          | 2 | needs a number
        set fragments drop; set fragments drop            | 3 | 'fragments' is set already in line 2
        """)
    void shouldNameLineAndRemedyOfAMistake(String lines, int line, String message) {
        List<String> file = new ArrayList<>(List.of("# first line"));
        file.addAll(Arrays.asList(lines.split(";\\s*")));
        assertThatThrownBy(() -> PolicyFile.parse("test.rules", file)).isInstanceOf(RuleFileException.class)
                .hasMessageStartingWith("test.rules:" + line + ": ").hasMessageContaining(message).message().doesNotContain("\n");
    }

    @Test
    void shouldBoundRulesGroupsAndTheirMembers() {
        assertThatThrownBy(() -> parse(IntStream.rangeClosed(0, 100_000).mapToObj(i -> "allow tcp").toArray(String[]::new)))
                .hasMessageContaining(":100001: more than 100000 rules");
        assertThatThrownBy(() -> parse(IntStream.rangeClosed(0, 10_000).mapToObj(i -> "ports p" + i + " { 1 }").toArray(String[]::new)))
                .hasMessageContaining(":10001: more than 10000 port groups");
        String[] doubling = IntStream.range(0, 40).mapToObj(i -> "domains g" + i + " { " + (i == 0 ? "a.example" : "g" + (i - 1)) + " }")
                .toArray(String[]::new);
        assertThatThrownBy(() -> parse(doubling)).hasMessageContaining("more than 16 deep");
        List<String> wide = new ArrayList<>(List.of("addresses a {"));
        IntStream.range(0, 65_536).forEach(i -> wide.add("10." + (i >> 8) + "." + (i & 255) + ".1"));
        wide.add("}");
        IntStream.range(0, 20).forEach(i -> wide.add("addresses b" + i + " { a ::" + i + " }"));
        assertThatThrownBy(() -> parse(wide.toArray(new String[0]))).hasMessageContaining("more than 1000000 members");
    }

    /** Any file is either taken or refused in one line, and soon. */
    @Test
    void shouldRefuseBrokenFilesWithNothingButItsOwnException() throws Exception {
        List<String> tour = Files.readAllLines(TOUR);
        List<String> words = tour.stream().flatMap(line -> Arrays.stream(line.split("\\s+"))).toList();
        Random random = new Random(5);
        int taken = 0;
        for (int i = 0; i < 3000; i++) {
            List<String> lines = new ArrayList<>(tour);
            for (int change = 0; change <= random.nextInt(3); change++) {
                mutate(lines, words, random);
            }
            try {
                PolicyFile.parse("mutated.rules", lines);
                taken++;
            } catch (RuleFileException e) {
                assertThat(e.getMessage()).startsWith("mutated.rules:").doesNotContain("\n");
            }
        }
        assertThat(taken).isBetween(100, 2900);
    }

    private static void mutate(List<String> lines, List<String> words, Random random) {
        int at = random.nextInt(lines.size());
        String line = lines.get(at);
        List<String> parts = new ArrayList<>(Arrays.asList(line.split(" ")));
        int part = random.nextInt(parts.size());
        switch (random.nextInt(7)) {
            case 0:
                lines.remove(at);
                break;
            case 1:
                lines.add(random.nextInt(lines.size()), line);
                break;
            case 2:
                parts.remove(part);
                lines.set(at, String.join(" ", parts));
                break;
            case 3:
                parts.set(part, words.get(random.nextInt(words.size())));
                lines.set(at, String.join(" ", parts));
                break;
            case 4:
                parts.add(part, words.get(random.nextInt(words.size())));
                lines.set(at, String.join(" ", parts));
                break;
            case 5:
                int cut = random.nextInt(line.length() + 1);
                lines.set(at, line.substring(0, cut) + (char) random.nextInt(random.nextInt(20) == 0 ? 0x10000 : 128) + line.substring(cut));
                break;
            default:
                lines.set(at, line.substring(random.nextInt(line.length() + 1)));
        }
    }
}
