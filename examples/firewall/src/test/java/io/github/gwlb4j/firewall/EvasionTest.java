package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.EvasionCases.Case;
import io.github.gwlb4j.firewall.inspect.SlowNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every line of the table of evasions in README.md, packet by packet, through a real appliance. */
@Timeout(60)
class EvasionTest {
    private static final Path README = Path.of("README.md");
    private static final String START = "<!-- evasions: made from EvasionCases, which EvasionTest compares -->";
    private static final String END = "<!-- end of evasions -->";

    static List<Case> cases() {
        return EvasionCases.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void shouldJudgeAsTheTableSays(Case evasion) throws Exception {
        try (EvasionLab lab = new EvasionLab(evasion.rules())) {
            Attack attack = new Attack(lab);
            evasion.script().accept(attack);

            assertThat(attack.verdict()).isEqualTo(evasion.verdict());
            for (boolean isFirstKept : new boolean[] {true, false}) {
                assertThat(SlowNames.nameIn(attack.streamAtServer(isFirstKept)))
                        .as("the name that a server reads which keeps the %s copy of a byte", isFirstKept ? "first" : "last")
                        .satisfiesAnyOf(name -> assertThat(name).isNull(), name -> assertThat(name).endsWith("good.example"));
            }
        }
    }

    @Test
    void shouldHaveTheTableInTheReadme() throws Exception {
        String readme = Files.readString(README);
        assertThat(readme).contains(START, END);
        String inReadme = readme.substring(readme.indexOf(START) + START.length(), readme.indexOf(END)).strip();
        String table = table();
        assertThat(inReadme).as("README.md has another table than EvasionCases. It should be:%n%s%n", table).isEqualTo(table);
    }

    @Test
    void shouldNameEachCaseOnce() {
        Stream<String> names = cases().stream().map(Case::toString);
        assertThat(names).doesNotHaveDuplicates();
    }

    /** The table as README.md has it. */
    private static String table() {
        StringBuilder table = new StringBuilder();
        String group = "";
        for (Case evasion : cases()) {
            if (!evasion.group().equals(group)) {
                group = evasion.group();
                table.append(table.isEmpty() ? "" : "\n").append("| ").append(group).append(" | Verdict |\n|---|---|\n");
            }
            String rules = evasion.rules() == EvasionCases.DENY_LIST ? " *(B)*" : "";
            table.append("| ").append(evasion.what()).append(rules).append(" | ").append(evasion.verdict()).append(" |\n");
        }
        return table.toString().strip();
    }
}
