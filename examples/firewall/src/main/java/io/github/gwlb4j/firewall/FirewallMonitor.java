package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.Rule;
import io.github.gwlb4j.firewall.state.EngineStats;
import io.github.gwlb4j.firewall.view.FirewallStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.Connections;
import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatusSource;
import io.github.gwlb4j.firewall.view.TopTalkers;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Adds up what the workers have counted, for whoever watches. Usable from any thread. */
final class FirewallMonitor implements FirewallStatusSource {
    private static final int MAX_TOP = 100;

    private final GwlbAppliance appliance;
    private final CurrentPolicy policy;
    private final List<Firewall> workers;
    private final PolicyReload reload;
    private final long maxConnections;
    private final boolean isDryRun;
    private final Instant startedAt = Instant.now();

    /**
     * Watches a running firewall.
     *
     * @param appliance      runs it
     * @param policy         its rules
     * @param workers        its handlers
     * @param reload         tells whether the last reload failed
     * @param maxConnections most connections of each worker
     * @param isDryRun       whether everything is forwarded
     */
    FirewallMonitor(GwlbAppliance appliance, CurrentPolicy policy, List<Firewall> workers, PolicyReload reload, long maxConnections,
                    boolean isDryRun) {
        this.appliance = appliance;
        this.policy = policy;
        this.workers = workers;
        this.reload = reload;
        this.maxConnections = maxConnections;
        this.isDryRun = isDryRun;
    }

    @Override
    public FirewallStatus status() {
        Instant now = Instant.now();
        EngineStats stats = FirewallReport.stats(workers);
        return new FirewallStatus(now, Duration.between(startedAt, now), "firewall", notices(), appliance.stats(),
                new Connections(stats.connections(), stats.halfOpen(), maxConnections * workers.size(), stats.opened(), stats.evicted()),
                rules(), decisions(), TopTalkers.top(workers.stream().map(Firewall::talkers).filter(Objects::nonNull).toList(), MAX_TOP));
    }

    private List<String> notices() {
        List<String> notices = new ArrayList<>();
        if (isDryRun) {
            notices.add("dry run: everything is forwarded");
        }
        String failure = reload.failure();
        if (failure != null) {
            notices.add("rules not reloaded, the old ones stay in force: " + failure);
        }
        return notices;
    }

    private List<RuleStatus> rules() {
        RuleTotals totals = RuleTotals.of(policy.version(), workers);
        List<RuleStatus> rules = new ArrayList<>();
        for (int i = 0; i < totals.version().policy().ruleCount(); i++) {
            Rule rule = totals.version().policy().rule(i);
            rules.add(new RuleStatus(rule.name(), rule.text(), rule.action().toString(), totals.packets(i), totals.bytes(i),
                    totals.connections(i)));
        }
        return rules;
    }

    private Map<String, Long> decisions() {
        Map<String, Long> decisions = new LinkedHashMap<>();
        for (DecisionCause cause : DecisionCause.values()) {
            putIfAny(decisions, "passed: " + cause.label(), FirewallReport.passed(workers, cause));
        }
        for (DecisionCause cause : DecisionCause.values()) {
            putIfAny(decisions, "denied: " + cause.label(), FirewallReport.dropped(workers, cause));
        }
        return decisions;
    }

    private static void putIfAny(Map<String, Long> decisions, String what, long packets) {
        if (packets > 0) {
            decisions.put(what, packets);
        }
    }
}
