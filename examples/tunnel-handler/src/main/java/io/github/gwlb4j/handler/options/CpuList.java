package io.github.gwlb4j.handler.options;

import java.util.ArrayList;
import java.util.List;

/**
 * CPUs by number, as taskset(1) and the kernel write them. Immutable.
 *
 * @param cpus in the order of the text, none twice
 */
public record CpuList(List<Integer> cpus) {
    private static final int MAX_CPU = 1023;

    /**
     * Seals the list.
     *
     * @param cpus at least one
     */
    public CpuList {
        cpus = List.copyOf(cpus);
    }

    /**
     * Reads numbers and ranges.
     *
     * @param text as in {@code 1-2,4,7-8}
     * @return the CPUs
     * @throws IllegalArgumentException if it is not such a text; the message says what is wrong
     */
    public static CpuList parse(String text) {
        List<Integer> cpus = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.matches("\\d{1,4}(-\\d{1,4})?")) {
                throw new IllegalArgumentException("'" + text + "' is not a list of CPUs as in 0-2,5");
            }
            int dash = part.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
            int last = Integer.parseInt(part.substring(dash + 1));
            if (first > last || last > MAX_CPU) {
                throw new IllegalArgumentException("'" + part + "' is not a range of CPUs: the first must not be above the last, and the last not above " + MAX_CPU);
            }
            for (int cpu = first; cpu <= last; cpu++) {
                if (cpus.contains(cpu)) {
                    throw new IllegalArgumentException("CPU " + cpu + " is named twice in '" + text + "'");
                }
                cpus.add(cpu);
            }
        }
        return new CpuList(cpus);
    }
}
