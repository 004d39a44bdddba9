package io.github.gwlb4j.firewall.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.gwlb4j.firewall.view.FirewallStatus.Connections;
import io.github.gwlb4j.firewall.view.FirewallStatus.RuleStatus;
import io.github.gwlb4j.firewall.view.FirewallStatus.Talker;
import io.github.gwlb4j.firewall.view.FirewallStatus.TopTraffic;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Rate;
import io.github.gwlb4j.firewall.view.LiveSnapshot.Series;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.TunnelStats;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** The web page's numbers (RFC 8259). Bounded: of many endpoints and rules only the busiest, in their order. Stateless. */
final class StatusJson {
    static final int MAX_ENDPOINTS = 64;
    static final int MAX_RULES = 200;
    static final int MAX_TOP = 12;
    private static final JsonFactory JSON = new JsonFactory();

    private StatusJson() {
    }

    static String of(LiveSnapshot snapshot) {
        StringWriter text = new StringWriter(16_384);
        try (JsonGenerator out = JSON.createGenerator(text)) {
            write(out, snapshot);
        } catch (IOException e) {
            throw new UncheckedIOException("a string takes everything", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator out, LiveSnapshot snapshot) throws IOException {
        FirewallStatus status = snapshot.status();
        out.writeStartObject();
        out.writeNumberField("sequence", snapshot.sequence());
        out.writeStringField("time", status.time().truncatedTo(ChronoUnit.SECONDS).toString());
        out.writeStringField("uptime", Amounts.duration(status.uptime()));
        out.writeStringField("name", status.name());
        out.writeArrayFieldStart("notices");
        for (String notice : status.notices()) {
            out.writeString(notice);
        }
        out.writeEndArray();
        writeAppliance(out, status.appliance());
        writeConnections(out, status.connections());
        writeEndpoints(out, snapshot);
        writeRules(out, snapshot);
        out.writeArrayFieldStart("decisions");
        for (Map.Entry<String, Long> decision : status.decisions().entrySet()) {
            out.writeStartObject();
            out.writeStringField("cause", decision.getKey());
            out.writeNumberField("packets", decision.getValue());
            out.writeEndObject();
        }
        out.writeEndArray();
        writeTop(out, status.top());
        writeHistory(out, snapshot);
        out.writeEndObject();
    }

    private static void writeAppliance(JsonGenerator out, ApplianceStats stats) throws IOException {
        out.writeObjectFieldStart("appliance");
        out.writeNumberField("receivedPackets", stats.receivedPackets());
        out.writeNumberField("receivedBytes", stats.receivedBytes());
        out.writeNumberField("forwardedPackets", stats.forwardedPackets());
        out.writeNumberField("forwardedBytes", stats.forwardedBytes());
        out.writeNumberField("droppedByHandler", stats.droppedByHandler());
        out.writeNumberField("droppedByReason", stats.droppedByReason());
        out.writeNumberField("receiveBufferDrops", stats.receiveBufferDrops());
        out.writeArrayFieldStart("drops");
        for (DropReason reason : DropReason.values()) {
            if (stats.dropped(reason) > 0) {
                out.writeStartObject();
                out.writeStringField("reason", reason.name());
                out.writeStringField("label", reason.label());
                out.writeNumberField("packets", stats.dropped(reason));
                out.writeEndObject();
            }
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void writeConnections(JsonGenerator out, Connections connections) throws IOException {
        out.writeObjectFieldStart("connections");
        out.writeNumberField("now", connections.now());
        out.writeNumberField("halfOpen", connections.halfOpen());
        out.writeNumberField("limit", connections.limit());
        out.writeNumberField("opened", connections.opened());
        out.writeNumberField("evicted", connections.evicted());
        out.writeEndObject();
    }

    private static void writeEndpoints(JsonGenerator out, LiveSnapshot snapshot) throws IOException {
        List<TunnelStats> all = snapshot.status().appliance().tunnels();
        out.writeNumberField("endpointCount", all.size());
        out.writeArrayFieldStart("endpoints");
        for (TunnelStats tunnel : Busiest.inOrder(all, MAX_ENDPOINTS, TunnelStats::receivedPackets)) {
            Rate rate = snapshot.endpointRate(tunnel.name());
            out.writeStartObject();
            out.writeStringField("name", tunnel.name());
            out.writeStringField("phase", tunnel.phase().name());
            out.writeNumberField("packetRate", rate.packets());
            out.writeNumberField("bitRate", rate.bits());
            out.writeNumberField("receivedPackets", tunnel.receivedPackets());
            out.writeNumberField("receivedBytes", tunnel.receivedBytes());
            out.writeNumberField("forwardedPackets", tunnel.forwardedPackets());
            out.writeNumberField("forwardedBytes", tunnel.forwardedBytes());
            out.writeNumberField("droppedByHandler", tunnel.droppedByHandler());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void writeRules(JsonGenerator out, LiveSnapshot snapshot) throws IOException {
        List<RuleStatus> all = snapshot.status().rules();
        out.writeNumberField("ruleCount", all.size());
        out.writeArrayFieldStart("rules");
        for (RuleStatus rule : Busiest.inOrder(all, MAX_RULES, RuleStatus::packets)) {
            out.writeStartObject();
            out.writeStringField("name", rule.name());
            out.writeStringField("text", rule.text());
            out.writeStringField("action", rule.action());
            out.writeNumberField("packetRate", snapshot.ruleRate(rule.name()));
            out.writeNumberField("packets", rule.packets());
            out.writeNumberField("bytes", rule.bytes());
            out.writeNumberField("connections", rule.connections());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void writeTop(JsonGenerator out, TopTraffic top) throws IOException {
        out.writeObjectFieldStart("top");
        out.writeNumberField("seconds", Math.round(top.seconds()));
        out.writeNumberField("packets", top.packets());
        out.writeNumberField("bytes", top.bytes());
        writeTalkers(out, "talkers", top.talkers());
        writeTalkers(out, "flows", top.flows());
        out.writeEndObject();
    }

    private static void writeTalkers(JsonGenerator out, String field, List<Talker> talkers) throws IOException {
        out.writeArrayFieldStart(field);
        for (Talker talker : talkers.subList(0, Math.min(talkers.size(), MAX_TOP))) {
            out.writeStartObject();
            out.writeStringField("name", talker.name());
            out.writeStringField("endpoint", talker.endpoint());
            out.writeNumberField("packets", talker.packets());
            out.writeNumberField("bytes", talker.bytes());
            out.writeNumberField("error", talker.error());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void writeHistory(JsonGenerator out, LiveSnapshot snapshot) throws IOException {
        out.writeObjectFieldStart("history");
        for (Series series : Series.values()) {
            long[] values = snapshot.history().get(series);
            out.writeFieldName(series.jsonName());
            out.writeArray(values, 0, values.length);
        }
        out.writeEndObject();
    }
}
