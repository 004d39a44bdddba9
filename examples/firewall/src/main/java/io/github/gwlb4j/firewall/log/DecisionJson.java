package io.github.gwlb4j.firewall.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.packet.IpAddress;
import io.github.gwlb4j.packet.IpProtocol;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Locale;

/**
 * The lines of the log: JSON (RFC 8259) in ASCII, everything else escaped, so that nothing a packet carries can end a line, colour a
 * terminal, or make a reader stumble. One thread's.
 */
final class DecisionJson {
    private final JsonFactory json = JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    private final boolean isDryRun;

    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator out) throws IOException;
    }

    DecisionJson(boolean isDryRun) {
        this.isDryRun = isDryRun;
    }

    /** A decision's line, line feed included. */
    byte[] lineOf(Decision decision) {
        return line(decision.timeMs, "decision", out -> {
            if (isDryRun) {
                out.writeBooleanField("dryRun", true);
            }
            out.writeStringField("action", decision.action.toString());
            out.writeStringField("cause", decision.cause.label());
            writeRule(out, decision);
            writeTunnel(out, decision);
            writePacket(out, decision);
            if (decision.suppressed > 0) {
                out.writeNumberField("suppressed", decision.suppressed);
            }
        });
    }

    private static void writeRule(JsonGenerator out, Decision decision) throws IOException {
        if (decision.rule != null) {
            out.writeStringField("rule", decision.rule.name());
            if (decision.rule.line() > 0) {
                out.writeNumberField("line", decision.rule.line()); // a default policy may stand in no line
            }
        }
        if (decision.nameLength > 0) {
            out.writeFieldName("name");
            out.writeString(decision.name, 0, decision.nameLength);
        }
    }

    private static void writeTunnel(JsonGenerator out, Decision decision) throws IOException {
        if (decision.hasEndpoint) {
            out.writeStringField("endpoint", "vpce-" + EndpointId.toHex(decision.endpointId));
        }
        if (decision.hasAttachment) {
            out.writeStringField("attachment", String.format(Locale.ROOT, "0x%016x", decision.attachmentId));
        }
        if (decision.hasCookie) {
            out.writeStringField("cookie", String.format(Locale.ROOT, "0x%08x", decision.flowCookie));
        }
    }

    private static void writePacket(JsonGenerator out, Decision decision) throws IOException {
        out.writeStringField("protocol", IpProtocol.name(decision.protocol));
        out.writeStringField("source", IpAddress.format(decision.version, decision.sourceHigh, decision.sourceLow));
        if (decision.sourcePort != Decision.NONE) {
            out.writeNumberField("sourcePort", decision.sourcePort);
        }
        out.writeStringField("destination", IpAddress.format(decision.version, decision.destinationHigh, decision.destinationLow));
        if (decision.destinationPort != Decision.NONE) {
            out.writeNumberField("destinationPort", decision.destinationPort);
        }
        if (decision.icmpType != Decision.NONE) {
            out.writeNumberField("icmpType", decision.icmpType);
            out.writeNumberField("icmpCode", decision.icmpCode);
        }
        if (decision.isFragment) {
            out.writeBooleanField("fragment", true);
        }
        out.writeNumberField("bytes", decision.bytes);
    }

    /** Says that so many decisions of a kind have no line of their own. */
    byte[] lineOf(LeftOut why, int kind, long decisions) {
        return line(System.currentTimeMillis(), "left-out", out -> {
            out.writeStringField("reason", why.label());
            out.writeStringField("action", DecisionKind.action(kind).toString());
            out.writeStringField("cause", DecisionKind.cause(kind).label());
            out.writeNumberField("decisions", decisions);
        });
    }

    /** Says that so many lines could not be written. */
    byte[] lineOfLost(long lines) {
        return line(System.currentTimeMillis(), "left-out", out -> {
            out.writeStringField("reason", LeftOut.WRITE_FAILED.label());
            out.writeNumberField("lines", lines);
        });
    }

    private byte[] line(long timeMs, String event, Fields fields) {
        line.reset();
        try (JsonGenerator out = json.createGenerator(line)) {
            out.writeStartObject();
            out.writeStringField("time", time(timeMs));
            out.writeStringField("event", event);
            fields.write(out);
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a byte array takes everything", e);
        }
        line.write('\n');
        return line.toByteArray();
    }

    /** Always with milliseconds, so that lines sort as text. */
    private static String time(long timeMs) {
        String text = Instant.ofEpochMilli(timeMs).toString();
        return timeMs % 1000 == 0 ? text.replace("Z", ".000Z") : text;
    }
}
