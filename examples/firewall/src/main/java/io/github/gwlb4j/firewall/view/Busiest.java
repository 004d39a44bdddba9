package io.github.gwlb4j.firewall.view;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** Chooses what to show of more than there is room for. Stateless. */
final class Busiest {
    private Busiest() {
    }

    /** The busiest, in the order they had; all if there is room. */
    static <T> List<T> inOrder(List<T> all, int max, ToLongFunction<T> measure) {
        if (all.size() <= max) {
            return all;
        }
        Set<Integer> chosen = new HashSet<>(IntStream.range(0, all.size()).boxed()
                .sorted(Comparator.comparingLong(i -> -measure.applyAsLong(all.get(i)))).limit(max).toList());
        return IntStream.range(0, all.size()).filter(chosen::contains).mapToObj(all::get).toList();
    }
}
