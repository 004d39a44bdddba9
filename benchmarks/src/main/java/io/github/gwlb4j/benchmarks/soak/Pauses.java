package io.github.gwlb4j.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.gwlb4j.benchmarks.soak.HiccupThread.Hiccup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How long an appliance's process did not run, and whose doing that was: the machine's, or its own; and what its JVM logs of safepoints. */
final class Pauses {
    private static final Pattern TOTAL = Pattern.compile("Total: +(\\d+) ns");
    private static final Pattern COLLECTION = Pattern.compile("Safepoint \"(G1|Parallel|Serial|Z|GenCollect|CollectForMetadata)");
    private static final double NS_PER_MS = 1e6;

    private final List<Hiccup> own = new ArrayList<>();
    private final List<Hiccup> calm = new ArrayList<>();
    private final List<Hiccup> duringFaults = new ArrayList<>();

    /** Adds what an appliance has noted since it was asked before. */
    void add(JsonNode figures, boolean isFaultOn) {
        figures.path("hiccups").forEach(hiccup -> (isFaultOn ? duringFaults : calm)
                .add(new Hiccup(hiccup.path("lengthNs").asLong(), hiccup.path("stolenNs").asLong())));
    }

    /** Adds what the soak test's own process has noted. */
    void addOwn(List<Hiccup> hiccups) {
        own.addAll(hiccups);
    }

    /** In milliseconds, by name. */
    Map<String, Double> figures(Path directory) throws IOException {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("longest while no fault was on, whoever's doing", longest(calm, Hiccup::lengthNs));
        figures.put("longest while no fault was on, without what other processes had of the CPUs", longest(calm, Hiccup::ownNs));
        figures.put("longest during faults, SIGSTOP and strace included", longest(duringFaults, Hiccup::lengthNs));
        figures.put("longest of the soak test's own process", longest(own, Hiccup::lengthNs));
        addSafepoints(directory, figures);
        return figures;
    }

    private static double longest(List<Hiccup> hiccups, ToLongFunction<Hiccup> length) {
        return hiccups.stream().mapToLong(length).max().orElse(0) / NS_PER_MS;
    }

    private static void addSafepoints(Path directory, Map<String, Double> figures) throws IOException {
        long longest = 0;
        long longestCollection = 0;
        long sum = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.getFileName().toString().startsWith("safepoints")).toList()) {
                for (String line : Files.readAllLines(file)) {
                    Matcher total = TOTAL.matcher(line);
                    if (total.find()) {
                        long ns = Long.parseLong(total.group(1));
                        longest = Math.max(longest, ns);
                        longestCollection = COLLECTION.matcher(line).find() ? Math.max(longestCollection, ns) : longestCollection;
                        sum += ns;
                    }
                }
            }
        }
        figures.put("longest safepoint of the JVM", longest / NS_PER_MS);
        figures.put("longest safepoint for a collection", longestCollection / NS_PER_MS);
        figures.put("all safepoints together", sum / NS_PER_MS);
    }
}
