package io.github.gwlb4j.simulator.scenario;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import io.github.gwlb4j.simulator.InnerPacketRule;
import io.github.gwlb4j.simulator.PacketFilter;
import io.github.gwlb4j.simulator.Timeline;
import io.github.gwlb4j.simulator.Traffic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Makes a {@link Scenario} of a file: the settings and the expectations; traffic and timeline have readers of their own. */
final class ScenarioReader {
    private static final int DEFAULT_RATE = 500;
    private static final int MAX_RATE = 1_000_000;
    private static final int MAX_NODES = 16;
    private static final int MAX_ENDPOINTS = 65536;

    private final String file;
    private final TrafficReader trafficReader;

    ScenarioReader(String file, Path directory) {
        this.file = file;
        this.trafficReader = new TrafficReader(directory);
    }

    Scenario read(String text) throws IOException {
        YamlMap map = YamlMap.read(file, text);
        String name = map.value("name", file, Function.identity());
        YamlMap expect = map.map("expect");
        Duration duration = map.value("duration", Duration.ZERO, Quantity::duration);
        Timeline timeline = Timeline.of().speed(map.value("speed", 1.0, ScenarioReader::speed));
        List<Traffic> traffic = new ArrayList<>();
        for (YamlMap one : map.maps("traffic", "kind")) {
            timeline = trafficReader.read(one, traffic, timeline);
        }
        for (YamlMap event : map.maps("timeline", null)) {
            timeline = new TimelineReader(event, trafficReader).addTo(timeline);
        }
        List<PacketFilter> drops = new ArrayList<>();
        for (YamlMap drop : expect == null ? List.<YamlMap>of() : expect.maps("drop", "filter")) {
            timeline = readDrop(drop, drops, timeline);
        }
        Scenario.Settings settings = settings(map, duration, drops);
        Expectations expectations = expect == null ? new Expectations(Map.of(), Map.of()) : expectations(expect);
        map.requireEmpty();
        if (!timeline.hasTraffic(traffic.size())) {
            throw map.wrong("the file needs 'traffic', for example 'traffic: [{kind: http, flows: 4}]'");
        }
        return new Scenario(name, settings, traffic, timeline, expectations);
    }

    private static Scenario.Settings settings(YamlMap map, Duration duration, List<PacketFilter> drops) throws ScenarioFileException {
        List<Long> endpointIds = map.values("endpoint-ids", EndpointId::parseHex);
        if (!endpointIds.isEmpty() && map.has("endpoints")) {
            throw map.wrong("there are both 'endpoints', a number, and 'endpoint-ids'");
        }
        return new Scenario.Settings(
                map.value("seed", 1L, ScenarioReader::seed),
                map.value("nodes", 1, text -> integer(text, 1, MAX_NODES)),
                map.value("endpoints", 1, text -> integer(text, 1, MAX_ENDPOINTS)), endpointIds,
                map.value("rate", DEFAULT_RATE, text -> integer(text, 1, MAX_RATE)),
                duration,
                map.value("timeout", GwlbSimulatorBuilder.DEFAULT_TIMEOUT, ScenarioReader::timeout),
                map.value("window", GwlbSimulatorBuilder.DEFAULT_WINDOW, text -> integer(text, 0, GwlbSimulatorBuilder.MAX_WINDOW)),
                map.value("one-way", false, ScenarioReader::yesOrNo),
                map.value("inner-packets", InnerPacketRule.identical(), ScenarioReader::innerRule),
                drops);
    }

    private static Timeline readDrop(YamlMap drop, List<PacketFilter> drops, Timeline timeline) throws ScenarioFileException {
        PacketFilter filter = drop.required("filter", PacketFilter::parse);
        if (!drop.has("from") && !drop.has("until")) {
            drops.add(filter);
            drop.requireEmpty();
            return timeline;
        }
        Duration from = drop.value("from", Duration.ZERO, Quantity::duration);
        Timeline longer = timeline.expectDrop(from, TimelineReader.until(drop, from), filter);
        drop.requireEmpty();
        return longer;
    }

    private static Expectations expectations(YamlMap expect) throws ScenarioFileException {
        Map<String, Map<String, Bound>> rows = new LinkedHashMap<>();
        YamlMap rowMaps = expect.map("rows");
        for (String row : rowMaps == null ? List.<String>of() : rowMaps.keys()) {
            rows.put(row, bounds(rowMaps.map(row), Expectations.rowNames()));
        }
        return new Expectations(bounds(expect, Expectations.totalNames()), rows);
    }

    private static Map<String, Bound> bounds(YamlMap map, List<String> names) throws ScenarioFileException {
        map.requireOnly(names);
        Map<String, Bound> bounds = new LinkedHashMap<>();
        for (String name : map.keys()) {
            bounds.put(name, map.required(name, Bound::parse));
        }
        return bounds;
    }

    static int integer(String text, int min, int max) {
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < min || Integer.parseInt(text) > max) {
            throw new IllegalArgumentException("'" + text + "' is not a number from " + min + " to " + max);
        }
        return Integer.parseInt(text);
    }

    static boolean yesOrNo(String text) {
        if (List.of("yes", "true").contains(text)) {
            return true;
        }
        if (List.of("no", "false").contains(text)) {
            return false;
        }
        throw new IllegalArgumentException("'" + text + "' is neither yes nor no");
    }

    private static long seed(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number", e);
        }
    }

    private static double speed(String text) {
        double speed = text.matches("\\d{1,5}(\\.\\d{1,4})?") ? Double.parseDouble(text) : 0;
        Timeline.of().speed(speed);
        return speed;
    }

    private static Duration timeout(String text) {
        Duration timeout = Quantity.duration(text);
        if (timeout.compareTo(GwlbSimulatorBuilder.MAX_TIMEOUT) > 0 || timeout.toMillis() < 1) {
            throw new IllegalArgumentException("'" + text + "' is not from 1ms to 1min");
        }
        return timeout;
    }

    private static InnerPacketRule innerRule(String text) {
        switch (text) {
            case "identical":
                return InnerPacketRule.identical();
            case "ttl-may-decrease":
                return InnerPacketRule.ttlMayDecrease();
            default:
                throw new IllegalArgumentException("'" + text + "' is neither identical nor ttl-may-decrease");
        }
    }
}
