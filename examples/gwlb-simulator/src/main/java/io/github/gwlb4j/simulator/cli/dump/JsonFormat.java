package io.github.gwlb4j.simulator.cli.dump;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.gwlb4j.geneve.GeneveHeader;
import io.github.gwlb4j.geneve.GeneveOptionCursor;
import io.github.gwlb4j.geneve.GeneveText;
import io.github.gwlb4j.geneve.aws.GwlbOptions;
import io.github.gwlb4j.packet.IpAddress;
import io.github.gwlb4j.packet.IpPacket;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;

/** Datagrams for programs: one JSON object a line. What a broken datagram does not have is null. */
final class JsonFormat implements DumpFormat {
    private final PrintWriter out;
    private final JsonFactory factory = new JsonFactory();
    private final GeneveOptionCursor option = new GeneveOptionCursor();

    JsonFormat(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void datagram(CapturedDatagram datagram) throws IOException {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = factory.createGenerator(line)) {
            json.writeStartObject();
            json.writeNumberField("frame", datagram.frame());
            json.writeStringField("status", datagram.status());
            writeHeader(json, datagram);
            writeOptions(json, datagram);
            writeGwlb(json, datagram.gwlb());
            writeInner(json, datagram.inner());
            json.writeEndObject();
        }
        out.print(line.append('\n'));
    }

    private static void writeHeader(JsonGenerator json, CapturedDatagram datagram) throws IOException {
        GeneveHeader header = datagram.header();
        if (datagram.hasHeader()) {
            json.writeNumberField("version", header.version());
            json.writeBooleanField("control", header.isControl());
            json.writeBooleanField("critical", header.isCritical());
            json.writeNumberField("protocolType", header.protocolType());
            json.writeNumberField("vni", header.vni());
        } else {
            for (String field : new String[] {"version", "control", "critical", "protocolType", "vni"}) {
                json.writeNullField(field);
            }
        }
    }

    private void writeOptions(JsonGenerator json, CapturedDatagram datagram) throws IOException {
        json.writeArrayFieldStart("options");
        if (datagram.hasOptions()) {
            for (option.wrap(datagram.header()); option.next(); ) {
                json.writeStartObject();
                json.writeNumberField("class", option.optionClass());
                json.writeNumberField("type", option.type());
                json.writeBooleanField("critical", option.isCritical());
                json.writeNumberField("length", option.dataLength());
                json.writeStringField("data", GeneveText.dataHex(option));
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    private static void writeGwlb(JsonGenerator json, GwlbOptions gwlb) throws IOException {
        if (gwlb == null) {
            json.writeNullField("gwlb");
            return;
        }
        json.writeObjectFieldStart("gwlb");
        json.writeStringField("endpointId", String.format("%016x", gwlb.endpointId()));
        json.writeStringField("attachmentId", gwlb.hasAttachmentId() ? String.format("%016x", gwlb.attachmentId()) : null);
        json.writeStringField("flowCookie", String.format("%08x", gwlb.flowCookie()));
        json.writeEndObject();
    }

    private static void writeInner(JsonGenerator json, IpPacket inner) throws IOException {
        if (inner == null) {
            json.writeNullField("inner");
            return;
        }
        json.writeObjectFieldStart("inner");
        json.writeNumberField("version", inner.version());
        json.writeNumberField("protocol", inner.protocol());
        json.writeStringField("source", IpAddress.format(inner.version(), inner.sourceHigh(), inner.sourceLow()));
        json.writeStringField("destination", IpAddress.format(inner.version(), inner.destinationHigh(), inner.destinationLow()));
        if (inner.hasPorts()) {
            json.writeNumberField("sourcePort", inner.sourcePort());
            json.writeNumberField("destinationPort", inner.destinationPort());
        } else {
            json.writeNullField("sourcePort");
            json.writeNullField("destinationPort");
        }
        json.writeEndObject();
    }

    @Override
    public void end(DumpTotals totals) {
        out.flush();
    }
}
