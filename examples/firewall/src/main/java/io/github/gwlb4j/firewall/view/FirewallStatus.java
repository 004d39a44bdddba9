package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.gwlb.ApplianceStats;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a live view shows of a running firewall, at one moment. Immutable.
 *
 * <p>Counters count since the start and never fall, except a rule's when a reload takes the rule away. Rates are not part of it:
 * {@link RateWindow} computes them from snapshots.
 *
 * @param time        when it was taken
 * @param uptime      since the firewall was started
 * @param name        of the appliance
 * @param notices     what someone at the screen should know at once, each one line: dry run, a rule file that did not load
 * @param appliance   the library's counters, those of endpoints included
 * @param connections the connections that are remembered
 * @param rules       in the order of the file, the default policy last
 * @param decisions   packets by why they were let pass or not, in the order to show them
 * @param top         who has moved most bytes lately
 */
public record FirewallStatus(Instant time, Duration uptime, String name, List<String> notices, ApplianceStats appliance,
                             Connections connections, List<RuleStatus> rules, Map<String, Long> decisions, TopTraffic top) {
    /** Copies the collections. */
    public FirewallStatus {
        notices = List.copyOf(notices);
        rules = List.copyOf(rules);
        decisions = Collections.unmodifiableMap(new LinkedHashMap<>(decisions));
    }

    /**
     * The connections of all workers. Immutable.
     *
     * @param now      remembered now
     * @param halfOpen of these, TCP handshakes that are not complete
     * @param limit    most that can be remembered
     * @param opened   remembered since the start
     * @param evicted  forgotten early, to make room
     */
    public record Connections(long now, long halfOpen, long limit, long opened, long evicted) {
    }

    /**
     * One rule and what it has decided. Immutable.
     *
     * @param name        as the rule file gives it, or such as {@code line 7}
     * @param text        the rule as written
     * @param action      {@code allow}, {@code deny} or {@code reject}
     * @param packets     packets that it decided about, the later ones of its connections included
     * @param bytes       their inner bytes
     * @param connections connections that it has let open, or new ones that it has refused
     */
    public record RuleStatus(String name, String text, String action, long packets, long bytes, long connections) {
    }

    /**
     * Who has moved most bytes in the last half to whole minute, by {@link TopTalkers}. Immutable.
     *
     * @param seconds how long that time is, in seconds; 0 if nothing has been published yet
     * @param packets all packets of that time
     * @param bytes   their inner bytes
     * @param talkers source addresses, the busiest first
     * @param flows   flows, both directions together, the busiest first
     */
    public record TopTraffic(double seconds, long packets, long bytes, List<Talker> talkers, List<Talker> flows) {
        /** Nothing counted. */
        public static final TopTraffic NONE = new TopTraffic(0, 0, 0, List.of(), List.of());

        /** Copies the lists. */
        public TopTraffic {
            talkers = List.copyOf(talkers);
            flows = List.copyOf(flows);
        }
    }

    /**
     * A source address or a flow, and what it has moved. Immutable.
     *
     * @param name     an address such as {@code 10.0.0.1}, or a flow such as {@code tcp 10.0.0.1:4711 <-> 10.0.0.2:443}
     * @param endpoint of a flow, such as {@code vpce-0123456789abcdef0}; empty for an address
     * @param packets  at least so many packets
     * @param bytes    at least so many inner bytes
     * @param error    at most so many bytes more than that
     */
    public record Talker(String name, String endpoint, long packets, long bytes, long error) {
    }
}
