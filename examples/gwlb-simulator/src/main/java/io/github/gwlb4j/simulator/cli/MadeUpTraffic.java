package io.github.gwlb4j.simulator.cli;

import io.github.gwlb4j.simulator.BuiltInTraffic;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.TrafficKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the command line's words into built-in traffic. Stateless. */
final class MadeUpTraffic {
    private MadeUpTraffic() {
    }

    /**
     * Divides flows among kinds.
     *
     * @param names    labels such as {@code dns6}; null: all
     * @param flows    of all kinds together; with fewer flows than kinds, the last kinds have none
     * @param sessions null: the default
     * @param size     null: the default
     * @throws IllegalArgumentException if a name is not known or a number is out of range
     */
    static Traffic[] of(List<String> names, int flows, Integer sessions, Integer size) {
        Map<String, BuiltInTraffic> known = new LinkedHashMap<>();
        for (TrafficKind kind : TrafficKind.values()) {
            known.put(kind.label(false), Traffic.of(kind, 1));
            known.put(kind.label(true), Traffic.of(kind, 1).overIpv6());
        }
        List<String> wanted = names == null ? List.copyOf(known.keySet()) : names;
        List<Traffic> traffic = new ArrayList<>();
        for (int i = 0; i < wanted.size() && (i < flows || i == 0); i++) {
            BuiltInTraffic one = known.get(wanted.get(i));
            if (one == null) {
                throw new IllegalArgumentException("--traffic '" + wanted.get(i) + "' is not known: " + String.join(", ", known.keySet()));
            }
            one = one.flows(flows / wanted.size() + (i < flows % wanted.size() ? 1 : 0));
            one = sessions == null ? one : one.sessions(sessions);
            traffic.add(size == null ? one : one.packetLength(size));
        }
        return traffic.toArray(new Traffic[0]);
    }
}
