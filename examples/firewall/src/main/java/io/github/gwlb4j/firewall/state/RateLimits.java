package io.github.gwlb4j.firewall.state;

import io.github.gwlb4j.firewall.rules.RateLimit;
import io.github.gwlb4j.firewall.rules.Rule;

/** What rules allow each source in a second: one bucket for each rule and source that is in use. Belongs to one worker's thread. */
final class RateLimits {
    private static final int MAX_SOURCES = 65_536;

    private final SourceBuckets buckets = new SourceBuckets(MAX_SOURCES);
    private PolicyVersion version;

    /** Buckets go on for rules that both versions have. */
    void use(PolicyVersion next) {
        version = next;
    }

    /** Whether a source may open one more connection by a rule; if so, that is counted. */
    boolean take(Rule rule, int index, long source, long nowNs) {
        RateLimit limit = rule.rateLimit();
        return limit == null || buckets.take(SourceTag.of(source, version.tag(index), 0), limit.perSecond(), limit.burst(), nowNs);
    }

    /** Times that a source had to share a bucket with others, because more sources were in use than can be told apart. */
    long shared() {
        return buckets.shared();
    }
}
