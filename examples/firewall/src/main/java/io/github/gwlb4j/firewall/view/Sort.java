package io.github.gwlb4j.firewall.view;

import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Rate;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.util.Comparator;
import java.util.Locale;
import java.util.function.Function;

/** In which order the terminal lists endpoints, talkers and flows. */
enum Sort {
    BYTES, PACKETS, NAME;

    Sort next() {
        return values()[(ordinal() + 1) % values().length];
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    Comparator<Talker> talkers() {
        return by(Talker::bytes, Talker::packets, Talker::name);
    }

    Comparator<TunnelStats> endpoints(LiveSnapshot snapshot) {
        Function<TunnelStats, Rate> rate = tunnel -> snapshot.endpointRate(tunnel.name());
        return by(rate.andThen(Rate::bits), rate.andThen(Rate::packets), TunnelStats::name);
    }

    private <T> Comparator<T> by(Function<T, Long> bytes, Function<T, Long> packets, Function<T, String> name) {
        Comparator<T> byName = Comparator.comparing(name);
        return switch (this) {
            case BYTES -> Comparator.comparing(bytes).reversed().thenComparing(byName);
            case PACKETS -> Comparator.comparing(packets).reversed().thenComparing(byName);
            case NAME -> byName;
        };
    }
}
