package io.github.gwlb4j.simulator.scenario;

import io.github.gwlb4j.simulator.BuiltInTraffic;
import io.github.gwlb4j.simulator.Timeline;
import io.github.gwlb4j.simulator.Traffic;
import io.github.gwlb4j.simulator.TrafficKind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** Reads entries of {@code traffic}. Not thread-safe. */
final class TrafficReader {
    private static final int MAX_FLOWS = 65534;

    private final Path directory;

    TrafficReader(Path directory) {
        this.directory = directory;
    }

    /**
     * Adds one entry's traffic to the list if it begins with the run, or else to the timeline.
     *
     * @return the timeline with it
     */
    Timeline read(YamlMap map, List<Traffic> fromTheStart, Timeline timeline) throws IOException {
        Duration start = map.value("start", Duration.ZERO, Quantity::duration);
        Traffic traffic = map.has("capture") ? capture(map) : builtIn(map);
        map.requireEmpty();
        if (start.isZero()) {
            fromTheStart.add(traffic);
            return timeline;
        }
        return timeline.start(start, traffic);
    }

    private Traffic capture(YamlMap map) throws IOException {
        Path file = directory.resolve(map.required("capture", Function.<String>identity()));
        try {
            return Traffic.capture(file);
        } catch (NoSuchFileException e) {
            throw map.wrong("'capture': cannot read " + file + ": no such file");
        }
    }

    /** One entry of built-in traffic; {@link YamlMap#requireEmpty} is the caller's. */
    BuiltInTraffic builtIn(YamlMap map) throws ScenarioFileException {
        BuiltInTraffic traffic = map.required("kind", TrafficReader::kind)
                .flows(map.value("flows", 1, text -> ScenarioReader.integer(text, 1, MAX_FLOWS)))
                .sessions(map.value("sessions", 1, text -> ScenarioReader.integer(text, 1, Integer.MAX_VALUE)));
        traffic = map.value("size", traffic, size(traffic));
        traffic = map.value("name", traffic, traffic::named);
        return map.value("mid-stream", false, ScenarioReader::yesOrNo) ? traffic.midStream() : traffic;
    }

    private static Function<String, BuiltInTraffic> size(BuiltInTraffic traffic) {
        return text -> traffic.packetLength(ScenarioReader.integer(text, 1, 65535));
    }

    private static BuiltInTraffic kind(String name) {
        for (TrafficKind kind : TrafficKind.values()) {
            if (name.equals(kind.label(false))) {
                return Traffic.of(kind, 1);
            }
            if (name.equals(kind.label(true))) {
                return Traffic.of(kind, 1).overIpv6();
            }
        }
        throw new IllegalArgumentException("'" + name + "' is not known: dns, http, tls, icmp, fragments, jumbo, with a 6 at the end over IPv6");
    }
}
