package io.github.gwlb4j.firewall.view;

import java.util.Map;

/**
 * What a view shows: the newest status and the rates up to it. Immutable.
 *
 * @param sequence  number of the snapshot, from 1
 * @param status    the numbers
 * @param history   a value a second for each series, the oldest first; at most {@link RateWindow#SECONDS}
 * @param endpoints rates of the last second by endpoint name
 * @param rules     packets a second in the last second, by rule name
 */
record LiveSnapshot(long sequence, FirewallStatus status, Map<Series, long[]> history, Map<String, Rate> endpoints,
                    Map<String, Long> rules) {
    /** What there is a history of. */
    enum Series {
        /** UDP payload bits a second from the load balancer. */
        RECEIVED_BITS("receivedBits"),
        /** UDP payload bits a second back to it. */
        FORWARDED_BITS("forwardedBits"),
        /** Packets a second from the load balancer. */
        RECEIVED_PACKETS("receivedPackets"),
        /** Packets a second back to it. */
        FORWARDED_PACKETS("forwardedPackets"),
        /** Packets a second dropped, by a rule or for any other reason. */
        DROPPED_PACKETS("droppedPackets"),
        /** New connections a second. */
        OPENED_CONNECTIONS("openedConnections");

        private final String jsonName;

        Series(String jsonName) {
            this.jsonName = jsonName;
        }

        String jsonName() {
            return jsonName;
        }
    }

    /**
     * Of an endpoint.
     *
     * @param packets received, a second
     * @param bits    inner bits received, a second
     */
    record Rate(long packets, long bits) {
        static final Rate NONE = new Rate(0, 0);
    }

    /** The newest value of a series; 0 if there is none yet. */
    long now(Series series) {
        long[] values = history.get(series);
        return values.length == 0 ? 0 : values[values.length - 1];
    }

    Rate endpointRate(String endpoint) {
        return endpoints.getOrDefault(endpoint, Rate.NONE);
    }

    long ruleRate(String rule) {
        return rules.getOrDefault(rule, 0L);
    }
}
