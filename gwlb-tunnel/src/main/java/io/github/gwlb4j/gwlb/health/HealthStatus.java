package io.github.gwlb4j.gwlb.health;

import java.util.List;

/**
 * Whether something can do its work, and if not, why. Immutable.
 *
 * @param problems what is wrong, each a short phrase for people; empty if healthy
 */
public record HealthStatus(List<String> problems) {
    private static final HealthStatus HEALTHY = new HealthStatus(List.of());

    /**
     * Copies the list.
     *
     * @param problems what is wrong; empty if healthy
     */
    public HealthStatus {
        problems = List.copyOf(problems);
    }

    /**
     * Nothing is wrong.
     *
     * @return a status without problems
     */
    public static HealthStatus healthy() {
        return HEALTHY;
    }

    /**
     * Something is wrong.
     *
     * @param problems what, each a short phrase for people
     * @return a status with these problems
     * @throws IllegalArgumentException if no problem is given
     */
    public static HealthStatus unhealthy(String... problems) {
        if (problems.length == 0) {
            throw new IllegalArgumentException("unhealthy needs a reason");
        }
        return new HealthStatus(List.of(problems));
    }

    /**
     * Whether nothing is wrong.
     *
     * @return true if there are no problems
     */
    public boolean isHealthy() {
        return problems.isEmpty();
    }
}
