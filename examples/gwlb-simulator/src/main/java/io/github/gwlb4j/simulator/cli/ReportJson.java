package io.github.gwlb4j.simulator.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.TimelineEvent;
import io.github.gwlb4j.simulator.scenario.Expectation;
import io.github.gwlb4j.simulator.scenario.ScenarioReport;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;

/** Writes a report as JSON. Stateless. */
final class ReportJson {
    private ReportJson() {
    }

    static String of(SimulationReport report) throws IOException {
        return text(json -> write(json, report));
    }

    static String of(ScenarioReport report, long seed) throws IOException {
        return text(json -> write(json, report, seed));
    }

    /** Writes one object. */
    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private static String text(Body body) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            body.write(json);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, ScenarioReport report, long seed) throws IOException {
        json.writeStartObject();
        json.writeStringField("scenario", report.name());
        json.writeBooleanField("ok", report.isOk());
        json.writeNumberField("seed", seed);
        json.writeArrayFieldStart("expectations");
        for (Expectation expectation : report.expectations()) {
            json.writeStartObject();
            json.writeStringField("name", expectation.name());
            json.writeStringField("wanted", expectation.wanted());
            json.writeStringField("was", expectation.was());
            json.writeBooleanField("ok", expectation.holds());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("timeline");
        for (TimelineEvent event : report.simulation().events()) {
            json.writeStartObject();
            json.writeNumberField("atSeconds", event.atNs() / 1e9);
            json.writeStringField("event", event.description());
            json.writeBooleanField("happened", event.hasHappened());
            json.writeNumberField(event.unit(), event.concerned());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeFieldName("run");
        write(json, report.simulation());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, SimulationReport report) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("ok", report.isOk());
        writeCounts(json, report.total());
        json.writeNumberField("received", report.received());
        json.writeNumberField("unexpected", report.unexpected());
        writeFaults(json, "unexpectedKinds", report, true);
        writeFaults(json, "wrong", report, false);
        json.writeNumberField("flows", report.flows());
        writeKinds(json, report);
        writeRoundTrip(json, report.roundTrip());
        json.writeNumberField("sendingSeconds", report.sendingNs() / 1e9);
        json.writeNumberField("packetsPerSecond", Math.round(report.packetsPerSecond()));
        json.writeNumberField("sentBytes", report.sentBytes());
        json.writeNumberField("portUnreachable", report.portUnreachable());
        json.writeArrayFieldStart("notes");
        for (String note : report.notes()) {
            json.writeString(note);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeCounts(JsonGenerator json, SimulationReport.KindCount count) throws IOException {
        json.writeNumberField("sent", count.sent());
        json.writeNumberField("returned", count.returned());
        json.writeNumberField("intact", count.intact());
        json.writeNumberField("missing", count.missing());
        json.writeNumberField("droppedAsExpected", count.droppedAsExpected());
    }

    private static void writeFaults(JsonGenerator json, String name, SimulationReport report, boolean isUnexpected)
            throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<ReplyFault, Long> fault : report.faults().entrySet()) {
            if (fault.getKey().isUnexpected() == isUnexpected) {
                json.writeNumberField(fault.getKey().label(), fault.getValue());
            }
        }
        json.writeEndObject();
    }

    private static void writeKinds(JsonGenerator json, SimulationReport report) throws IOException {
        json.writeObjectFieldStart("kinds");
        for (Map.Entry<String, SimulationReport.KindCount> kind : report.byKind().entrySet()) {
            json.writeObjectFieldStart(kind.getKey());
            writeCounts(json, kind.getValue());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeRoundTrip(JsonGenerator json, SimulationReport.RoundTrip time) throws IOException {
        json.writeObjectFieldStart("roundTripMicros");
        json.writeNumberField("min", time.minNs() / 1e3);
        json.writeNumberField("p50", time.p50Ns() / 1e3);
        json.writeNumberField("p90", time.p90Ns() / 1e3);
        json.writeNumberField("p99", time.p99Ns() / 1e3);
        json.writeNumberField("p999", time.p999Ns() / 1e3);
        json.writeNumberField("max", time.maxNs() / 1e3);
        json.writeEndObject();
    }
}
