package io.github.gwlb4j.simulator.cli.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.load.Latency;
import io.github.gwlb4j.simulator.load.LoadReport;
import io.github.gwlb4j.simulator.load.LoadSettings;
import io.github.gwlb4j.simulator.load.LoadStep;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** Writes a report as one line of JSON. Stateless. */
final class LoadJson {
    private LoadJson() {
    }

    static String of(LoadReport report) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeBooleanField("ok", report.isOk());
            json.writeStringField("verdict", report.verdict());
            if (report.capacity().isPresent()) {
                json.writeNumberField("capacityPacketsPerSecond", report.capacity().getAsInt());
            } else {
                json.writeNullField("capacityPacketsPerSecond");
            }
            json.writeBooleanField("generatorIsTheLimit", report.isGeneratorTheLimit());
            json.writeBooleanField("complete", report.isComplete());
            json.writeNumberField("maxLossRatio", report.maxLoss());
            writeStrings(json, "notes", report.notes());
            writeSettings(json, report);
            json.writeArrayFieldStart("steps");
            for (LoadStep step : report.steps()) {
                writeStep(json, step, report.hasPassed(step));
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void writeSettings(JsonGenerator json, LoadReport report) throws IOException {
        LoadSettings settings = report.settings();
        json.writeObjectFieldStart("settings");
        json.writeStringField("target", settings.target().getAddress().getHostAddress() + " port " + settings.target().getPort());
        json.writeStringField("source", settings.source().getHostAddress());
        json.writeStringField("plan", report.plan());
        json.writeNumberField("flows", settings.flows());
        json.writeNumberField("sourcePorts", settings.ports());
        json.writeNumberField("endpoints", settings.endpoints());
        json.writeStringField("packetLengths", settings.sizes().toString());
        json.writeNumberField("runLength", settings.runLength());
        json.writeNumberField("stepSeconds", settings.stepNs() / 1e9);
        json.writeNumberField("warmUpSeconds", settings.warmUpNs() / 1e9);
        json.writeNumberField("timeoutSeconds", settings.timeoutNs() / 1e9);
        json.writeStringField("wire", report.wire());
        json.writeNumberField("processors", report.cores());
        json.writeBooleanField("applianceIsOnThisMachine", report.isLocal());
        json.writeEndObject();
    }

    private static void writeStep(JsonGenerator json, LoadStep step, boolean hasPassed) throws IOException {
        json.writeStartObject();
        json.writeNumberField("packetsPerSecond", step.packetsPerSecond());
        json.writeBooleanField("passed", hasPassed);
        json.writeNumberField("planned", step.planned());
        json.writeNumberField("sent", step.sent());
        json.writeNumberField("returned", step.returned());
        json.writeNumberField("intact", step.intact());
        json.writeNumberField("changed", step.changed());
        json.writeNumberField("lost", step.lost());
        json.writeNumberField("lossRatio", step.lossRatio());
        json.writeNumberField("reordered", step.reordered());
        json.writeNumberField("duplicates", step.duplicates());
        json.writeNumberField("late", step.late());
        json.writeNumberField("unrecognised", step.unrecognised());
        json.writeObjectFieldStart("faults");
        for (Map.Entry<ReplyFault, Long> fault : step.faults().entrySet()) {
            json.writeNumberField(fault.getKey().label(), fault.getValue());
        }
        json.writeEndObject();
        json.writeNumberField("seconds", step.durationNs() / 1e9);
        json.writeNumberField("sentPacketsPerSecond", Math.round(step.sentPacketsPerSecond()));
        json.writeNumberField("returnedPacketsPerSecond", Math.round(step.returnedPacketsPerSecond()));
        json.writeNumberField("sentBytes", step.sentBytes());
        json.writeNumberField("returnedBytes", step.returnedBytes());
        json.writeNumberField("returnedBitsPerSecond", Math.round(step.returnedBitsPerSecond()));
        writeLatency(json, "latencyMicros", step.latency(), true);
        writeGenerator(json, step);
        writeIntervals(json, step.intervals());
        json.writeEndObject();
    }

    private static void writeLatency(JsonGenerator json, String name, Latency latency, boolean hasDistribution) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("min", latency.minNs() / 1e3);
        json.writeNumberField("mean", latency.meanNs() / 1e3);
        json.writeNumberField("p50", latency.p50Ns() / 1e3);
        json.writeNumberField("p90", latency.p90Ns() / 1e3);
        json.writeNumberField("p99", latency.p99Ns() / 1e3);
        json.writeNumberField("p999", latency.p999Ns() / 1e3);
        json.writeNumberField("max", latency.maxNs() / 1e3);
        if (hasDistribution) {
            json.writeArrayFieldStart("distribution");
            for (Latency.Point point : latency.distribution()) {
                json.writeStartArray();
                json.writeNumber(point.percentile());
                json.writeNumber(point.ns() / 1e3);
                json.writeEndArray();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void writeGenerator(JsonGenerator json, LoadStep step) throws IOException {
        json.writeObjectFieldStart("generator");
        writeStrings(json, "limits", step.generatorLimits());
        writeLatency(json, "sendDelayMicros", step.sendDelay(), false);
        if (step.ownDrops() >= 0) {
            json.writeNumberField("ownDrops", step.ownDrops());
        } else {
            json.writeNullField("ownDrops");
        }
        json.writeNumberField("fullBuffers", step.fullBuffers());
        json.writeNumberField("senderBusyPercent", step.senderBusyPercent());
        json.writeNumberField("receiverBusyPercent", step.receiverBusyPercent());
        json.writeEndObject();
    }

    private static void writeIntervals(JsonGenerator json, List<LoadStep.Interval> intervals) throws IOException {
        json.writeArrayFieldStart("intervals");
        for (LoadStep.Interval interval : intervals) {
            json.writeStartObject();
            json.writeNumberField("startMs", interval.startMs());
            json.writeNumberField("lengthMs", interval.lengthMs());
            json.writeNumberField("sent", interval.sent());
            json.writeNumberField("returned", interval.returned());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeStrings(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }
}
