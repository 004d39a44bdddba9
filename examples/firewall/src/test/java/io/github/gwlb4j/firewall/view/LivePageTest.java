package io.github.gwlb4j.firewall.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.simulator.Traffic;
import java.awt.image.BufferedImage;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page in a browser, served by a real appliance's health port. */
@Timeout(180)
class LivePageTest {
    private static final String NUMBERS = """
            Object.fromEntries([...document.querySelectorAll('[data-key]')].map(e =>
              [e.dataset.key, e.textContent + (e.title ? ' | ' + e.title : '')]))""";
    /** Text with digits that stands in no element with a key: a number that nobody compares. */
    private static final String STRAY_NUMBERS = """
            (() => { const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walk.nextNode()) { const e = walk.currentNode.parentElement;
                if (/\\d/.test(walk.currentNode.data) && !e.closest('[data-key],td:not(.num),noscript,#notices')) found.push(walk.currentNode.data); }
              return found; })()""";

    private static HeadlessBrowser browser;

    private final LivePages pages = new LivePages();
    private GwlbAppliance appliance;
    private String address;

    @BeforeAll
    static void openBrowser() throws Exception {
        boolean hasBrowser = HeadlessBrowser.program() != null;
        if (!hasBrowser && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI needs Chromium for the tests of the web page");
        }
        assumeTrue(hasBrowser, "no Chromium: the web page is not tested");
        browser = new HeadlessBrowser();
    }

    @AfterAll
    static void closeBrowser() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        int port = freePort();
        appliance = GwlbAppliance.builder().listen(new InetSocketAddress("127.0.0.1", 0)).handler(worker -> packet -> Verdict.FORWARD)
                .health(pages.addTo(HealthConfig.builder(new InetSocketAddress(port))).build()).build().start();
        address = "http://localhost:" + port + "/live";
        browser.complaints().clear();
        browser.requests().clear();
        browser.resize(1280, 900, false);
        browser.setColorScheme("light");
    }

    @AfterEach
    void stop() throws Exception {
        browser.open("about:blank");
        appliance.close();
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void open(LiveSnapshot snapshot) throws Exception {
        pages.show(snapshot);
        browser.open(address);
        browser.awaitTrue("document.body?.dataset.sequence === '" + snapshot.sequence() + "'");
    }

    private static Map<String, String> numbersOnThePage() throws Exception {
        Map<String, String> numbers = new TreeMap<>();
        browser.evaluate(NUMBERS).properties().forEach(field -> numbers.put(field.getKey(), field.getValue().asText()));
        return numbers;
    }

    @Test
    void shouldShowExactlyTheNumbersOfTheStatusAndNoOthers() throws Exception {
        LiveSnapshot snapshot = Fixtures.snapshot(700);
        open(snapshot);
        assertThat(numbersOnThePage()).containsExactlyInAnyOrderEntriesOf(PageNumbers.of(snapshot));
        assertThat(browser.evaluate(STRAY_NUMBERS)).isEmpty();
    }

    @Test
    void shouldShowWhatARunningApplianceHasCountedPacketForPacket() throws Exception {
        appliance.close();
        InetSocketAddress health = new InetSocketAddress(freePort());
        address = "http://127.0.0.1:" + health.getPort() + "/live";
        try (LiveViews views = new LiveViews(); MiniFirewall firewall = new MiniFirewall(views.addPages(HealthConfig.builder(health)).build())) {
            firewall.run(Traffic.everything(20));
            views.start(firewall);
            browser.open(address);
            browser.awaitTrue("document.body?.dataset.sequence >= 3");
            Map<String, String> shown = numbersOnThePage();
            RateWindow resting = new RateWindow();
            resting.add(firewall.status());
            FirewallStatus now = firewall.status();
            Map<String, String> expected = PageNumbers.of(resting.add(now));
            expected.keySet().removeAll(Set.of("time", "uptime"));
            assertThat(now.appliance().receivedPackets()).isGreaterThan(1000);
            assertThat(now.appliance().droppedByHandler()).isPositive();
            assertThat(now.top().bytes()).isEqualTo(now.appliance().tunnels().stream().mapToLong(TunnelStats::receivedBytes).sum());
            assertThat(shown).containsAllEntriesOf(expected).hasSize(expected.size() + 2);
        }
    }

    @Test
    void shouldLoadWithoutComplaintsAndAskNobodyElse() throws Exception {
        open(Fixtures.snapshot(60));
        LiveSnapshot next = new RateWindow().add(Fixtures.status(61));
        pages.show(new LiveSnapshot(999, next.status(), next.history(), next.endpoints(), next.rules()));
        browser.awaitTrue("document.body?.dataset.sequence === '999'");
        assertThat(browser.complaints()).isEmpty();
        assertThat(new HashSet<>(browser.requests())).isEqualTo(Set.of(address, address + "/live.js", address + "/live.css", address + "/icon.svg",
                address + "/status.json"));
    }

    @Test
    void shouldFollowTheStatusEachSecondUntilPausedAndSayWhenTheFirewallIsGone() throws Exception {
        open(Fixtures.snapshot(3));
        browser.evaluate("document.getElementById('pause').click()");
        pages.show(Fixtures.snapshot(5));
        Thread.sleep(2200);
        assertThat(browser.evaluate("document.body?.dataset.sequence").asText()).isEqualTo("4");
        browser.evaluate("document.getElementById('pause').click()");
        browser.awaitTrue("document.body?.dataset.sequence === '6'");
        appliance.close();
        browser.awaitTrue("document.getElementById('state').className === 'dot lost'");
        assertThat(numbersOnThePage()).containsEntry("connections.limit", "262,144");
    }

    @Test
    void shouldShowTextOfOutsidersAsTextAndRunNoneOfIt() throws Exception {
        String hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>&amp;";
        FirewallStatus plain = Fixtures.status(10);
        open(new RateWindow().add(new FirewallStatus(plain.time(), plain.uptime(), hostile, List.of(hostile), plain.appliance(), plain.connections(),
                List.of(new RuleStatus(hostile, hostile, "deny", 5, 5, 5)), Map.of(hostile, 5L),
                new TopTraffic(5, 5, 5, List.of(new Talker(hostile, hostile, 5, 5, 0)), List.of(new Talker(hostile, hostile, 5, 5, 0))))));
        Thread.sleep(300);
        assertThat(browser.evaluate("document.querySelectorAll('img, body script').length").asInt()).isZero();
        assertThat(browser.evaluate("document.title").asText()).startsWith(hostile);
        assertThat(browser.evaluate("document.querySelector('#rules td').firstChild.data").asText()).isEqualTo(hostile);
        assertThat(browser.evaluate("document.querySelector('#notices li').textContent").asText()).isEqualTo(hostile);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void shouldShowOnlyTheBusiestOfTenThousandRulesAndSaySo() throws Exception {
        FirewallStatus plain = Fixtures.status(10);
        List<RuleStatus> rules = IntStream.range(0, 10_000)
                .mapToObj(i -> new RuleStatus("rule-" + i, "x".repeat(4000), "allow", i % 50 == 0 ? i + 1 : 0, i, i)).toList();
        open(new RateWindow().add(new FirewallStatus(plain.time(), plain.uptime(), "x", List.of(), plain.appliance(), plain.connections(), rules,
                Map.of(), TopTraffic.NONE)));
        assertThat(browser.evaluate("document.querySelectorAll('#rules tbody tr').length").asInt()).isEqualTo(200);
        assertThat(browser.evaluate("document.querySelector('[data-key=\"rules.shown\"]').textContent").asText()).isEqualTo("the 200 busiest of 10,000");
        assertThat(browser.evaluate("document.querySelector('#rules td').firstChild.data").asText()).isEqualTo("rule-0");
    }

    @ParameterizedTest
    @CsvSource({"1280,900,light", "1280,900,dark", "400,860,light", "400,860,dark"})
    void shouldDrawChartsAndFitTheScreen(int width, int height, String scheme) throws Exception {
        browser.resize(width, height, width < 600);
        browser.setColorScheme(scheme);
        open(Fixtures.snapshot(700));
        browser.resize(width, browser.evaluate("document.documentElement.scrollHeight").asInt(), width < 600);
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt()).isLessThanOrEqualTo(width);
        assertThat(browser.evaluate("""
                [...document.querySelectorAll('header, .tile, figure, .card, td, th')].filter(e => e.offsetParent &&
                  (e.getBoundingClientRect().right > innerWidth + 0.5 || e.getBoundingClientRect().left < -0.5 || e.scrollWidth > e.clientWidth + 1))
                  .map(e => e.tagName + ' ' + e.className + ' ' + e.textContent)"""))
                .as("cut off").isEmpty();
        BufferedImage image = browser.image();
        for (String chart : List.of("bits", "packets", "connections")) {
            assertChartIsDrawn(image, browser.evaluate("(({x, y, width, height}) => [x, y, width, height])(document.querySelector('#chart-"
                    + chart + " svg').getBoundingClientRect())"), chart);
        }
        boolean isDark = (image.getRGB(2, 2) & 0xff) < 128;
        assertThat(isDark).isEqualTo(scheme.equals("dark"));
        keep(width, scheme);
    }

    /** In nearly every column of pixels there is a line that is not the card's colour; a blank chart has three grid lines at most. */
    private static void assertChartIsDrawn(BufferedImage image, JsonNode box, String chart) {
        int left = box.get(0).asInt() + 2;
        int top = box.get(1).asInt() + 3;
        int columns = box.get(2).asInt() - 4;
        int rows = box.get(3).asInt() - 6;
        int drawn = 0;
        for (int x = left; x < left + columns; x++) {
            Set<Integer> colours = new HashSet<>();
            for (int y = top; y < top + rows; y++) {
                colours.add(image.getRGB(x, y));
            }
            drawn += colours.size() > 4 ? 1 : 0;
        }
        assertThat(columns).isGreaterThan(200);
        assertThat(drawn).as("columns of chart %s with a line, of %d", chart, columns).isGreaterThan(columns * 9 / 10);
    }

    /** With -Dgwlb4j.screenshots=DIRECTORY, for people. */
    private static void keep(int width, String scheme) throws Exception {
        String directory = System.getProperty("gwlb4j.screenshots");
        if (directory != null) {
            Files.write(Path.of(directory, "live-" + width + "-" + scheme + ".png"), browser.screenshot());
        }
    }
}
