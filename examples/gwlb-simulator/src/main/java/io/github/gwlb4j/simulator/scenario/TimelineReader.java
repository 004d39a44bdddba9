package io.github.gwlb4j.simulator.scenario;

import io.github.gwlb4j.simulator.FlowChange;
import io.github.gwlb4j.simulator.Impairment;
import io.github.gwlb4j.simulator.PacketFilter;
import io.github.gwlb4j.simulator.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;

/** Reads one entry of {@code timeline}: when, and exactly one of the things that can happen. Not thread-safe. */
final class TimelineReader {
    private static final Map<String, DoubleFunction<Impairment>> IMPAIRMENTS = impairments();
    private static final String MTU = "mtu-black-hole";
    private static final List<String> CHANGES = List.of("failover", "new-cookies", "rebalance", "drain", "silence");

    private final YamlMap map;
    private final TrafficReader trafficReader;

    TimelineReader(YamlMap map, TrafficReader trafficReader) {
        this.map = map;
        this.trafficReader = trafficReader;
    }

    private static Map<String, DoubleFunction<Impairment>> impairments() {
        Map<String, DoubleFunction<Impairment>> impairments = new LinkedHashMap<>();
        impairments.put("loss", Impairment::loss);
        impairments.put("duplicate", Impairment::duplicate);
        impairments.put("reorder", Impairment::reorder);
        impairments.put("corrupt", Impairment::corrupt);
        return impairments;
    }

    Timeline addTo(Timeline timeline) throws ScenarioFileException {
        List<String> all = new ArrayList<>(CHANGES);
        all.addAll(IMPAIRMENTS.keySet());
        all.add(MTU);
        List<String> happening = map.keys().stream().filter(all::contains).toList();
        if (happening.size() != 1) {
            List<String> others = new ArrayList<>(all);
            others.addAll(List.of("at", "until", "only", "node"));
            map.requireOnly(others);
            throw map.wrong("an entry of 'timeline' needs exactly one of " + String.join(", ", all)
                    + (happening.isEmpty() ? "" : ", and has " + String.join(" and ", happening)));
        }
        Duration at = map.required("at", Quantity::duration);
        String what = happening.get(0);
        Timeline longer = CHANGES.contains(what) ? change(timeline, at, what) : impairment(timeline, at, what);
        map.requireEmpty();
        return longer;
    }

    private Timeline change(Timeline timeline, Duration at, String what) throws ScenarioFileException {
        switch (what) {
            case "failover":
                return timeline.at(at, only(failover()));
            case "new-cookies":
                return timeline.at(at, newCookies());
            case "rebalance":
                return rebalance(timeline, at);
            case "drain":
                return timeline.at(at, only(FlowChange.drain()))
                        .at(at.plus(map.required("drain", Quantity::duration)), FlowChange.cutOff());
            default:
                return timeline.at(at, silence());
        }
    }

    private FlowChange failover() throws ScenarioFileException {
        YamlMap nodes = map.map("failover");
        int from = nodes.required("from", TimelineReader::node);
        int to = nodes.required("to", TimelineReader::node);
        nodes.requireEmpty();
        if (from == to) {
            throw nodes.wrong("'failover' needs two different nodes");
        }
        return FlowChange.failover(from, to);
    }

    private FlowChange newCookies() throws ScenarioFileException {
        FlowChange change = FlowChange.newCookies();
        return map.required("new-cookies", text -> text.equals("all") ? change : change.only(PacketFilter.parse(text)));
    }

    private Timeline rebalance(Timeline timeline, Duration at) throws ScenarioFileException {
        YamlMap flows = map.map("rebalance");
        double leave = flows.value("leave", 0.0, Quantity::share);
        Timeline longer = leave > 0 ? timeline.at(at, only(FlowChange.leave(leave))) : timeline;
        List<YamlMap> arriving = flows.maps("arrive", null);
        for (YamlMap arrival : arriving) {
            longer = longer.start(at, trafficReader.builtIn(arrival).midStream());
            arrival.requireEmpty();
        }
        flows.requireEmpty();
        if (leave == 0 && arriving.isEmpty()) {
            throw flows.wrong("'rebalance' needs 'leave', a share of the flows, or 'arrive', traffic, or both");
        }
        return longer;
    }

    private FlowChange silence() throws ScenarioFileException {
        Duration length = map.required("silence", Quantity::duration);
        if (length.isZero()) {
            throw map.wrong("'silence' must be longer than 0s");
        }
        return FlowChange.silence(length, map.value("cookies", true, TimelineReader::areNew));
    }

    private static boolean areNew(String text) {
        if (!text.equals("new") && !text.equals("same")) {
            throw new IllegalArgumentException("'" + text + "' is neither new nor same");
        }
        return text.equals("new");
    }

    private FlowChange only(FlowChange change) throws ScenarioFileException {
        PacketFilter filter = map.value("only", null, PacketFilter::parse);
        return filter == null ? change : change.only(filter);
    }

    private Timeline impairment(Timeline timeline, Duration at, String what) throws ScenarioFileException {
        Impairment impairment = what.equals(MTU)
                ? map.required(MTU, text -> Impairment.mtuBlackHole(ScenarioReader.integer(text, 68, 65535)))
                : map.required(what, text -> IMPAIRMENTS.get(what).apply(Quantity.share(text)));
        PacketFilter filter = map.value("only", null, PacketFilter::parse);
        impairment = filter == null ? impairment : impairment.only(filter);
        int node = map.value("node", -1, TimelineReader::node);
        return timeline.between(at, until(map, at), node < 0 ? impairment : impairment.onlyNode(node));
    }

    /** The end of something that begins at a time; without one it has no end. */
    static Duration until(YamlMap map, Duration from) throws ScenarioFileException {
        Duration until = map.value("until", Duration.ofDays(365), Quantity::duration);
        if (until.compareTo(from) <= 0) {
            throw map.wrong("'until' must be after the beginning");
        }
        return until;
    }

    /** Files count nodes from 1. */
    private static int node(String text) {
        return ScenarioReader.integer(text, 1, 1000) - 1;
    }
}
