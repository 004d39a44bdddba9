package io.github.gwlb4j.firewall.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalPageTest {
    private static String screen(LiveSnapshot snapshot, int width, int height, Sort sort, boolean isPaused, boolean isUnicode) {
        return TerminalPage.of(snapshot, new TerminalPage.Settings(width, height, sort, isPaused, isUnicode)).stream()
                .map(line -> line.toString().stripTrailing()).collect(Collectors.joining("\n", "", "\n"));
    }

    private static LiveSnapshot withHostileTexts(String hostile) {
        FirewallStatus plain = Fixtures.status(10);
        FirewallStatus status = new FirewallStatus(plain.time(), plain.uptime(), hostile, List.of(hostile), plain.appliance(), plain.connections(),
                List.of(new RuleStatus(hostile, hostile, "deny", 5_000_000_000L, 5, 5)), Map.of(hostile, 5L),
                new TopTraffic(5, 5, 5, List.of(new Talker(hostile, hostile, 5, 5, 0)), List.of(new Talker(hostile, hostile, 5, 5, 0))));
        return new RateWindow().add(status);
    }

    @Test
    void shouldFitEightyColumnsAndTwentyFourRows() {
        assertThat(screen(Fixtures.snapshot(700), 80, 24, Sort.BYTES, false, true)).isEqualTo("""
                edge-eu-1a  up 1d 02:14:44                               2026-11-23 12:11:40 UTC
                in           112 Mbit/s  15.7 k/s ▇▇▇▇██████▇▇▆▅▅             17,246,776 packets
                out          112 Mbit/s  15.4 k/s ▇▇▇▇▇█████▇▇▆▅▅             16,263,273 packets
                dropped                     362/s ██████▇▆▅▅▄▄▄▄▅ 885,152 by rules, 98,354 other
                connections      18,851     310/s ██▇▆▅▄▄▄▅▆▇▇███       57 half-open, 12 evicted
                endpoints 3                                          bit/s  packets in   dropped
                vpce-0a1b2c3d4e5f60718 active                  74.2 Mbit/s  12,072,743   590,101
                vpce-0123456789abcdef0 active                  21.2 Mbit/s   3,449,355   295,050
                vpce-0f00dcafe12345678 active                  10.6 Mbit/s   1,724,677         0
                top flows, last 48 s                                   bit/s     bytes   packets
                tcp 10.20.0.14:49152 <-> 203.0.113.10:443        42.5 Mbit/s    252 MB   459,929
                tcp 10.20.3.201:49159 <-> 203.0.113.10:443       31.6 Mbit/s    188 MB   342,481
                tcp [2001:db8:20::5f]:49166 <-> 203.0.113.10:443 15.8 Mbit/s   94.4 MB   171,678
                tcp 10.20.1.77:49173 <-> 203.0.113.10:443        5.72 Mbit/s   34.0 MB    61,922
                drops by rule and reason                                     packets/s   packets
                deny default: default deny                                       179/s   486,834
                deny no-smtp: deny tcp to any port 25 log                         82/s   221,288
                reject ads: reject tcp to any port 443 domains *.tracker.ex…      65/s   177,030
                sender is not in an allowed network (setting allowSource)                 49,175
                top talkers, last 48 s                                 bit/s     bytes   packets
                10.20.0.14                                       85.0 Mbit/s    505 MB   568,451
                10.20.3.201                                      63.3 Mbit/s    376 MB   423,291
                2001:db8:20::5f                                  31.7 Mbit/s    188 MB   212,187
                q leave the view (the firewall goes on)   s sort: bytes   p pause   Ctrl-C stop
                """);
    }

    @Test
    void shouldUseAWiderAndHigherScreenForMoreRowsAndLongerLines() {
        String screen = screen(Fixtures.snapshot(700), 160, 50, Sort.BYTES, false, true);
        assertThat(screen.lines()).hasSize(50).anyMatch(line -> line.contains("[2001:db8:20::5f]:49166 <-> 203.0.113.10:443 "));
        for (String address : Fixtures.ADDRESSES) {
            assertThat(screen).containsPattern("(?m)^" + address + " ");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "10,3", "40,10", "79,23", "80,24", "81,25", "300,100"})
    void shouldNeverBeLargerThanTheScreen(int width, int height) {
        for (boolean isUnicode : new boolean[] {true, false}) {
            List<AttributedString> lines = TerminalPage.of(Fixtures.snapshot(30), new TerminalPage.Settings(width, height, Sort.BYTES, true, isUnicode));
            assertThat(lines).hasSizeLessThanOrEqualTo(height).allSatisfy(line -> assertThat(line.columnLength()).isLessThanOrEqualTo(width));
        }
    }

    @Test
    void shouldSortFlowsAndEndpointsAsAsked() {
        String byName = screen(Fixtures.snapshot(700), 120, 40, Sort.NAME, false, true);
        assertThat(byName).containsSubsequence("vpce-0123", "vpce-0a1b2", "vpce-0f00", "top flows", "tcp 10.20.0.14:", "tcp 198.51", "s sort: name");
        assertThat(screen(Fixtures.snapshot(700), 120, 40, Sort.BYTES, true, true)).contains("PAUSED", "p go on");
    }

    @Test
    void shouldKeepToAsciiWhereTheTerminalKnowsNothingElse() {
        assertThat(screen(Fixtures.snapshot(700), 80, 24, Sort.BYTES, false, false)).matches("[\\x20-\\x7e\\n]*").contains("#", "@");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001b[2J", "\u009b31m", "\r\n", "\u0000\u0007\b\u007f", "\u202egpj.exe", "\u200b\u2028\u2029\ufeff", "\ue000", "\ud800"})
    void shouldLetNothingReachTheTerminalThatSteersIt(String hostile) {
        for (String text : List.of(hostile, "before" + hostile + "after")) {
            List<AttributedString> lines = TerminalPage.of(withHostileTexts(text), new TerminalPage.Settings(100, 40, Sort.BYTES, false, true));
            assertThat(lines).allSatisfy(line -> assertThat(line.toString()).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}\\p{Cs}\\p{Cn}]"));
            assertThat(lines.toString()).contains(hostile.codePointAt(0) <= 0xff ? "\\x" : "\\u{");
        }
    }

    @Test
    void shouldDrawTheLastMinuteAsASparklineHoweverNarrow() {
        long[] values = new long[100];
        values[99] = 8;
        values[98] = 1;
        assertThat(Sparkline.of(values, 60, true)).isEqualTo(" ".repeat(58) + "▁█");
        assertThat(Sparkline.of(values, 6, true)).isEqualTo("     █");
        assertThat(Sparkline.of(new long[] {0, 5, 10}, 100, true)).isEqualTo(" ".repeat(98) + "▄█");
        assertThat(Sparkline.of(new long[0], 5, true)).isEqualTo("     ");
        assertThat(Sparkline.of(values, 0, true)).isEmpty();
    }

    @Test
    void shouldShowNoticesAboveEverything() {
        assertThat(screen(withHostileTexts("dry run: nothing is dropped"), 80, 24, Sort.BYTES, false, true).lines().toList().get(1))
                .isEqualTo("! dry run: nothing is dropped");
    }
}
