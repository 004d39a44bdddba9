package io.github.gwlb4j.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each check of the soak test can fail, and fails alone. */
class JudgeTest {
    private static final Counters COUNTERS = new Counters(10, 0, 9, 0, 1, 0, Map.of(), Map.of(), List.of());
    private static final Growth FIRST = new Growth(200L << 20, 8 << 20, 30, 35, 5, 20, 200);
    private static final FaultOutcome WELL = new FaultOutcome("inline/link-down", 60, 3_000, 5, 100, "done", List.of());

    /** What a unit's result is made of, changeable one by one. */
    private record Parts(Counters total, long checks, long violations, Growth last, List<String> unexpectedEnds, Map<String, Long> wrong,
                         long transferBreaks, boolean isCalm) {
        static final Parts GOOD = new Parts(COUNTERS, 60, 0, FIRST, List.of(), Map.of(), 0, true);

        UnitResult unit() {
            return unit(100, 95, 0);
        }

        UnitResult unit(long malformedSent, long malformedDropped, long threadDeaths) {
            return new UnitResult(Role.INLINE, total, checks, violations, null, 0, 0, FIRST, last, 0, unexpectedEnds, Map.of(), malformedSent,
                    malformedDropped, threadDeaths, wrong, transferBreaks, isCalm, Map.of());
        }
    }

    private static List<String> failed(UnitResult unit, List<FaultOutcome> outcomes, Set<String> wanted, List<String> ownFailures) {
        return Judge.judge(List.of(unit), outcomes, wanted, ownFailures).stream().filter(check -> !check.isPassed()).map(Check::name).toList();
    }

    @Test
    void shouldPassARunInWhichAllWasWell() {
        assertThat(failed(Parts.GOOD.unit(), List.of(WELL), Set.of("inline/link-down"), List.of())).isEmpty();
    }

    static Stream<Arguments> badUnits() {
        return Stream.of(
                bad("received + read", p -> new Parts(p.total, p.checks, 1, p.last, p.unexpectedEnds, p.wrong, 0, true)),
                bad("received + read", p -> new Parts(p.total, 0, 0, p.last, p.unexpectedEnds, p.wrong, 0, true)),
                bad("traffic flowed", p -> new Parts(Counters.ZERO, 60, 0, p.last, p.unexpectedEnds, p.wrong, 0, true)),
                bad("nothing came back wrong", p -> new Parts(p.total, 60, 0, p.last, p.unexpectedEnds, Map.of("probe: wrong bytes", 1L), 0, true)),
                bad("TCP transfer never broke", p -> new Parts(p.total, 60, 0, p.last, p.unexpectedEnds, p.wrong, 1, true)),
                bad("ended only when killed", p -> new Parts(p.total, 60, 0, p.last, List.of("exit code 1"), p.wrong, 0, true)),
                bad("calm at the end", p -> new Parts(p.total, 60, 0, p.last, p.unexpectedEnds, p.wrong, 0, false)),
                grown("heap after GC", new Growth(FIRST.rssBytes(), FIRST.heapBytes() + (7 << 20), 30, 35, 5, 20, 200)),
                grown("RSS", new Growth(FIRST.rssBytes() + (65 << 20), FIRST.heapBytes(), 30, 35, 5, 20, 200)),
                grown("descriptors", new Growth(FIRST.rssBytes(), FIRST.heapBytes(), 43, 35, 5, 20, 200)),
                grown("threads", new Growth(FIRST.rssBytes(), FIRST.heapBytes(), 30, 44, 5, 20, 200)),
                grown("tunnels", new Growth(FIRST.rssBytes(), FIRST.heapBytes(), 30, 35, 14, 20, 200)),
                grown("reply sockets", new Growth(FIRST.rssBytes(), FIRST.heapBytes(), 30, 35, 5, 85, 200)),
                grown("flows", new Growth(FIRST.rssBytes(), FIRST.heapBytes(), 30, 35, 5, 20, 601)));
    }

    private static Arguments bad(String check, UnaryOperator<Parts> change) {
        return Arguments.of(check, change.apply(Parts.GOOD));
    }

    private static Arguments grown(String check, Growth last) {
        return bad(check, p -> new Parts(p.total, p.checks, 0, last, p.unexpectedEnds, p.wrong, 0, true));
    }

    @ParameterizedTest
    @MethodSource("badUnits")
    void shouldFailWhatDidNotHoldAndNothingElse(String check, Parts parts) {
        assertThat(failed(parts.unit(), List.of(WELL), Set.of("inline/link-down"), List.of())).singleElement().asString().contains(check);
    }

    @Test
    void shouldFailWhenWhatIsMalformedWasNotDropped() {
        assertThat(failed(Parts.GOOD.unit(100, 69, 0), List.of(WELL), Set.of(WELL.title()), List.of())).singleElement().asString()
                .contains("what is malformed was dropped");
        assertThat(failed(Parts.GOOD.unit(100, 70, 0), List.of(WELL), Set.of(WELL.title()), List.of())).isEmpty();
    }

    @Test
    void shouldFailWhenMoreIsDroppedAsMalformedThanWas() {
        assertThat(failed(Parts.GOOD.unit(100, 101, 0), List.of(WELL), Set.of(WELL.title()), List.of())).singleElement().asString()
                .contains("nothing else as malformed");
    }

    @Test
    void shouldTakeATransferThatNeverBeganForBroken() {
        assertThat(UnitSummary.breaks(1)).isZero();
        assertThat(UnitSummary.breaks(0)).isOne();
        assertThat(UnitSummary.breaks(3)).isEqualTo(2);
    }

    @Test
    void shouldNotTakeFlowsThatWaitForASlowCallbackForFlowsThatPass() {
        assertThat(Fault.Effect.PASSES.maxGapMs()).isLessThan(CallbackFaults.SLOW_MS);
    }

    @Test
    void shouldFailWhenAThreadEndedByAnException() {
        assertThat(failed(Parts.GOOD.unit(100, 95, 1), List.of(WELL), Set.of(WELL.title()), List.of())).singleElement().asString()
                .contains("no thread ended");
    }

    @Test
    void shouldFailWhenAFaultWasNeverInjected() {
        assertThat(failed(Parts.GOOD.unit(), List.of(WELL), Set.of("inline/link-down", "tun/gwi-deleted"), List.of()))
                .containsExactly("each fault was injected");
    }

    @Test
    void shouldFailWhenAFaultNeverReachedItsApplianceButNotWhenItDidOnce() {
        FaultOutcome unseen = new FaultOutcome(WELL.title(), 90, 0, 0, 0, null, List.of());
        assertThat(failed(Parts.GOOD.unit(), List.of(unseen, unseen), Set.of(WELL.title()), List.of()))
                .containsExactly("each fault reached its appliance");
        assertThat(failed(Parts.GOOD.unit(), List.of(unseen, WELL), Set.of(WELL.title()), List.of())).isEmpty();
        assertThat(failed(Parts.GOOD.unit(), List.of(WELL, unseen), Set.of(WELL.title()), List.of())).isEmpty();
    }

    @Test
    void shouldFailWhenOneInjectionOfManyWasNotWell() {
        FaultOutcome bad = new FaultOutcome(WELL.title(), 90, 0, -1, 0, "done", List.of("traffic does not pass within 10 s"));
        List<Check> checks = Judge.judge(List.of(Parts.GOOD.unit()), List.of(WELL, bad, WELL), Set.of(WELL.title()), List.of());
        assertThat(checks).filteredOn(check -> !check.isPassed()).singleElement()
                .satisfies(check -> assertThat(check.detail()).contains("inline/link-down at 90 s", "traffic does not pass"));
    }

    @Test
    void shouldFailWhenTheSoakTestItselfIsBroken() {
        assertThat(failed(Parts.GOOD.unit(), List.of(WELL), Set.of(WELL.title()), List.of("soak-echo: NullPointerException")))
                .containsExactly("the soak test's own threads went on");
    }

    @Test
    void shouldWriteTheReportForPeopleAndForPrograms(@TempDir Path directory) throws Exception {
        UnitResult unit = Parts.GOOD.unit();
        new SoakReport(7, 60, "2 CPUs", List.of(unit), List.of(WELL), Judge.judge(List.of(unit), List.of(WELL), Set.of(WELL.title()), List.of()))
                .write(directory);
        assertThat(directory.resolve("report.md")).content().startsWith("# Soak: passed");
        JsonNode json = new ObjectMapper().readTree(directory.resolve("report.json").toFile());
        assertThat(json.path("seed").asInt()).isEqualTo(7);
        assertThat(json.path("units").path(0).path("total").path("forwarded").asInt()).isEqualTo(9);
        assertThat(json.path("outcomes").path(0).path("gapMs").asInt()).isEqualTo(3_000);
        assertThat(json.path("checks").path(0).path("isPassed").asBoolean()).isTrue();
    }

    @Test
    void shouldSayInTheReportWhatFailed() {
        UnitResult unit = new Parts(COUNTERS, 60, 2, FIRST, List.of(), Map.of(), 0, true).unit();
        SoakReport report = new SoakReport(1, 60, "2 CPUs", List.of(unit), List.of(WELL), Judge.judge(List.of(unit), List.of(WELL),
                Set.of(WELL.title()), List.of()));
        assertThat(report.isPassed()).isFalse();
        assertThat(report.markdown()).contains("# Soak: FAILED", "**FAILED** | inline: received + read", "60 snapshots, 2 wrong",
                "| inline/link-down | 1 | 3000 ms | 5 ms | 100 ms | done | 0 |");
    }
}
