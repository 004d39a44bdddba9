package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.TunnelMode;
import java.util.Map;

/**
 * Which mode each endpoint's tunnel has. Immutable; usable from any thread.
 *
 * @param usual      of all endpoints that are not named
 * @param exceptions by endpoint id
 */
public record EndpointModes(TunnelMode usual, Map<Long, TunnelMode> exceptions) {
    /**
     * Copies the map.
     *
     * @param usual      of all endpoints that are not named
     * @param exceptions by endpoint id
     */
    public EndpointModes {
        exceptions = Map.copyOf(exceptions);
    }

    /** Asked when a tunnel is made. */
    TunnelMode of(long endpointId) {
        return exceptions.getOrDefault(endpointId, usual);
    }

    /**
     * Whether any endpoint can have interfaces.
     *
     * @return false if all are inline without a tap
     */
    public boolean hasInterfaces() {
        return usual.hasIngressInterface() || exceptions.values().stream().anyMatch(TunnelMode::hasIngressInterface);
    }

    /**
     * Whether any endpoint can have this mode.
     *
     * @param mode which
     * @return false if it is neither usual nor an exception
     */
    public boolean has(TunnelMode mode) {
        return usual == mode || exceptions.containsValue(mode);
    }
}
