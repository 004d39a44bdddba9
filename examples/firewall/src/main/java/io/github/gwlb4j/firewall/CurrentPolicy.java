package io.github.gwlb4j.firewall;

import io.github.gwlb4j.firewall.rules.Policy;
import io.github.gwlb4j.firewall.state.PolicyVersion;

/** The rules that hold now. Usable from any thread; exchanged as a whole, so nobody ever sees a part of the old and a part of the new ones. */
final class CurrentPolicy {
    private volatile PolicyVersion version;

    CurrentPolicy(Policy first) {
        version = new PolicyVersion(first, 1);
    }

    PolicyVersion version() {
        return version;
    }

    /** Other rules from now on. */
    synchronized PolicyVersion replace(Policy next) {
        version = new PolicyVersion(next, version.generation() + 1);
        return version;
    }
}
