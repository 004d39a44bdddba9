package io.github.gwlb4j.gwlb.health;

/**
 * The user's own say in whether the appliance is healthy: a rule file that does not load, a licence that has run out, an
 * inspection engine that is down.
 *
 * <p>Asked about once a second on a thread of its own, never on a packet thread and never while a health check waits: what
 * the page shows is its last answer. One that throws, or does not answer for five seconds, counts as unhealthy.
 */
@FunctionalInterface
public interface HealthContributor {
    /**
     * Looks at the health of what it stands for.
     *
     * @return the status; null counts as unhealthy
     * @throws Exception counts as unhealthy; its message is shown as the reason
     */
    HealthStatus check() throws Exception;
}
