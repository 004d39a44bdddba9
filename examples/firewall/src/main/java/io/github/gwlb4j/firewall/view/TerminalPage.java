package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.firewall.view.FirewallStatus.Connections;
import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Rate;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Series;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** The terminal's screen as lines of styled text: nothing is drawn here. Belongs to one call. */
final class TerminalPage {
    private static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
    private static final AttributedStyle BOLD = PLAIN.bold();
    private static final AttributedStyle FAINT = PLAIN.faint();
    private static final AttributedStyle TITLE = PLAIN.inverse();
    private static final AttributedStyle BLUE = PLAIN.foreground(AttributedStyle.CYAN);
    private static final AttributedStyle GREEN = PLAIN.foreground(AttributedStyle.GREEN);
    private static final AttributedStyle RED = PLAIN.foreground(AttributedStyle.RED);
    private static final AttributedStyle YELLOW = PLAIN.foreground(AttributedStyle.YELLOW).bold();
    private static final int MAX_NOTICES = 3;
    private static final int MIN_NUMBER_WIDTH = 8;

    /**
     * How to show it.
     *
     * @param width     columns
     * @param height    rows
     * @param sort      order of the lists
     * @param isPaused  whether the snapshot is held
     * @param isUnicode whether the terminal can show more than ASCII
     */
    record Settings(int width, int height, Sort sort, boolean isPaused, boolean isUnicode) {
    }

    /** A list that takes the rows it gets. */
    private record Section(String title, List<String> columns, List<Row> rows, String empty) {
    }

    private record Row(String name, AttributedStyle style, List<String> numbers) {
    }

    private final LiveSnapshot snapshot;
    private final FirewallStatus status;
    private final Settings settings;
    private final List<AttributedString> lines = new ArrayList<>();

    private TerminalPage(LiveSnapshot snapshot, Settings settings) {
        this.snapshot = snapshot;
        this.status = snapshot.status();
        this.settings = settings;
    }

    /** At most as many lines as the screen has rows, none longer than it is wide. */
    static List<AttributedString> of(LiveSnapshot snapshot, Settings settings) {
        TerminalPage page = new TerminalPage(snapshot, settings);
        page.head();
        page.rates();
        page.sections(List.of(page.endpoints(), page.top("top flows", TopTraffic::flows), page.drops(),
                page.top("top talkers", TopTraffic::talkers)));
        page.foot();
        return page.lines.subList(0, Math.min(page.lines.size(), settings.height));
    }

    private void head() {
        AttributedStringBuilder left = new AttributedStringBuilder().style(BOLD).append(PrintableText.of(status.name()))
                .style(PLAIN).append("  up ").append(Amounts.duration(status.uptime()));
        if (settings.isPaused) {
            left.append("  ").style(YELLOW).append("PAUSED");
        }
        String time = status.time().truncatedTo(ChronoUnit.SECONDS).toString().replace("T", " ").replace("Z", " UTC");
        add(leftAndRight(left.toAttributedString(), time));
        status.notices().stream().limit(MAX_NOTICES)
                .forEach(notice -> add(new AttributedString("! " + PrintableText.of(notice), YELLOW)));
    }

    /** One line of the head: a series with its newest values, and a total at the right. */
    private record RateLine(String name, String amount, Series series, AttributedStyle style, String total) {
    }

    private void rates() {
        ApplianceStats stats = status.appliance();
        Connections connections = status.connections();
        long otherDrops = stats.droppedByReason() + Math.max(0, stats.receiveBufferDrops());
        List<RateLine> rates = List.of(
                new RateLine("in", Amounts.bitsPerSecond(snapshot.now(Series.RECEIVED_BITS)), Series.RECEIVED_PACKETS, BLUE,
                        Amounts.count(stats.receivedPackets()) + " packets"),
                new RateLine("out", Amounts.bitsPerSecond(snapshot.now(Series.FORWARDED_BITS)), Series.FORWARDED_PACKETS, GREEN,
                        Amounts.count(stats.forwardedPackets()) + " packets"),
                new RateLine("dropped", "", Series.DROPPED_PACKETS, RED,
                        Amounts.count(stats.droppedByHandler()) + " by rules, " + Amounts.count(otherDrops) + " other"),
                new RateLine("connections", Amounts.count(connections.now()), Series.OPENED_CONNECTIONS, PLAIN,
                        Amounts.count(connections.halfOpen()) + " half-open, " + Amounts.count(connections.evicted()) + " evicted"));
        int totals = rates.stream().mapToInt(rate -> rate.total.length()).max().orElse(0);
        rates.forEach(rate -> add(rate, totals));
    }

    private void add(RateLine rate, int totals) {
        AttributedStringBuilder line = new AttributedStringBuilder().style(rate.style).append(String.format(Locale.ROOT,
                "%-11s %11s %9s ", rate.name, rate.amount, Amounts.perSecond(snapshot.now(rate.series))));
        int room = Math.max(0, Math.min(RateWindow.SECONDS, settings.width - line.columnLength() - totals - 1));
        line.append(Sparkline.of(snapshot.history().get(rate.series), room, settings.isUnicode));
        add(leftAndRight(line.toAttributedString(), rate.total));
    }

    private Section endpoints() {
        List<TunnelStats> tunnels = status.appliance().tunnels();
        List<Row> rows = tunnels.stream().sorted(settings.sort.endpoints(snapshot)).limit(settings.height).map(tunnel -> {
            Rate rate = snapshot.endpointRate(tunnel.name());
            return new Row(tunnel.name() + " " + tunnel.phase().name().toLowerCase(Locale.ROOT), PLAIN,
                    List.of(Amounts.bitsPerSecond(rate.bits()), Amounts.count(tunnel.receivedPackets()), Amounts.count(tunnel.droppedByHandler())));
        }).toList();
        return new Section("endpoints " + Amounts.count(tunnels.size()), List.of("bit/s", "packets in", "dropped"), rows,
                "no endpoint has sent anything yet");
    }

    private Section top(String title, Function<TopTraffic, List<Talker>> list) {
        TopTraffic top = status.top();
        List<Row> rows = list.apply(top).stream().sorted(settings.sort.talkers()).map(talker -> new Row(talker.name(), PLAIN,
                List.of(Amounts.bitsPerSecond((long) (talker.bytes() * Byte.SIZE / Math.max(1, top.seconds()))),
                        Amounts.bytes(talker.bytes()), Amounts.count(talker.packets())))).toList();
        return new Section(title + ", last " + Math.round(top.seconds()) + " s", List.of("bit/s", "bytes", "packets"), rows,
                "nothing in the last minute");
    }

    private Section drops() {
        record Drop(String name, long rate, long packets, AttributedStyle style) {
        }

        List<Drop> drops = new ArrayList<>();
        for (RuleStatus rule : status.rules()) {
            if (!rule.action().equals("allow") && rule.packets() > 0) {
                drops.add(new Drop(rule.action() + " " + rule.name() + ": " + rule.text(), snapshot.ruleRate(rule.name()), rule.packets(), RED));
            }
        }
        for (DropReason reason : DropReason.values()) {
            drops.add(new Drop(reason.label(), -1, status.appliance().dropped(reason), PLAIN));
        }
        drops.add(new Drop("receive buffer full, dropped by the kernel", -1, status.appliance().receiveBufferDrops(), PLAIN));
        List<Row> rows = drops.stream().filter(drop -> drop.packets > 0).sorted(Comparator.comparingLong((Drop drop) -> -drop.packets))
                .map(drop -> new Row(drop.name, drop.style, List.of(drop.rate < 0 ? "" : Amounts.perSecond(drop.rate), Amounts.count(drop.packets))))
                .toList();
        return new Section("drops by rule and reason", List.of("packets/s", "packets"), rows, "nothing has been dropped");
    }

    /** Each section gets its title, and a row in turn as long as it has any to show. */
    private void sections(List<Section> sections) {
        int room = settings.height - lines.size() - 1;
        List<Section> shown = sections.subList(0, Math.max(0, Math.min(sections.size(), room / 2)));
        int[] rows = new int[shown.size()];
        boolean isAnyWanting = true;
        for (int left = room - shown.size(); left > 0 && isAnyWanting;) {
            isAnyWanting = false;
            for (int i = 0; i < rows.length && left > 0; i++) {
                if (rows[i] < Math.max(1, shown.get(i).rows.size())) {
                    rows[i]++;
                    left--;
                    isAnyWanting = true;
                }
            }
        }
        for (int i = 0; i < rows.length; i++) {
            add(shown.get(i), rows[i]);
        }
        while (lines.size() < settings.height - 1) {
            add(AttributedString.EMPTY);
        }
    }

    private void add(Section section, int rows) {
        List<Row> shown = section.rows.subList(0, Math.min(rows, section.rows.size()));
        int[] widths = new int[section.columns.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(MIN_NUMBER_WIDTH, shown.stream().mapToInt(row -> row.numbers.get(column).length()).max().orElse(0));
            widths[i] = Math.max(section.columns.get(i).length(), widths[i]);
        }
        add(row(new Row(section.title, TITLE, section.columns), widths));
        if (shown.isEmpty() && rows > 0) {
            add(new AttributedString(section.empty, FAINT));
        }
        shown.forEach(row -> add(row(row, widths)));
    }

    private AttributedString row(Row row, int[] widths) {
        StringBuilder right = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            right.append(i == 0 ? "" : "  ").append(" ".repeat(widths[i] - row.numbers.get(i).length())).append(row.numbers.get(i));
        }
        AttributedString line = leftAndRight(new AttributedString(PrintableText.of(row.name)), right.toString());
        return new AttributedString(line.toString(), row.style);
    }

    private void foot() {
        String keys = "q leave the view (the firewall goes on)   s sort: " + settings.sort.label() + "   p "
                + (settings.isPaused ? "go on" : "pause") + "   Ctrl-C stop";
        add(new AttributedString(keys, FAINT));
    }

    /** The right part is always complete; the left one gives way, with a sign that it did. */
    private AttributedString leftAndRight(AttributedString left, String right) {
        int room = Math.max(0, settings.width - right.length() - (right.isEmpty() ? 0 : 1));
        AttributedStringBuilder line = new AttributedStringBuilder().append(fit(left, room));
        line.append(" ".repeat(Math.max(0, settings.width - line.columnLength() - right.length())));
        return line.append(right).toAttributedString();
    }

    private AttributedString fit(AttributedString text, int columns) {
        if (text.columnLength() <= columns) {
            return text;
        }
        String sign = settings.isUnicode ? "…" : "~";
        return new AttributedStringBuilder().append(text.columnSubSequence(0, Math.max(0, columns - 1)))
                .append(columns > 0 ? sign : "").toAttributedString();
    }

    private void add(AttributedString line) {
        lines.add(fit(line, settings.width));
    }
}
