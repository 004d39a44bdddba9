package io.github.gwlb4j.firewall.log;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.firewall.rules.Action;
import io.github.gwlb4j.fuzzing.Fuzzer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Whatever stands in packets, a line of the log of decisions is one line of ASCII that a parser of JSON reads back. */
public class DecisionJsonFuzzTest {
    private static final ObjectMapper READER = new ObjectMapper();
    private static final DecisionJson WRITER = new DecisionJson(true);
    /** Bytes of an input that become numbers; the rest becomes the name. */
    private static final int NUMBERS = 48;

    @Test
    void shouldWriteOneLineThatAParserReadsBack() {
        Fuzzer.of("decision-json", DecisionJsonFuzzTest::fuzzerTestOneInput).seeds("\u0004" + "\0".repeat(NUMBERS - 1) + "www.example.com", "\u0006" + "x".repeat(NUMBERS) + "\"\\\n\u001b[31m")
                .words("\"", "\u001b]0;", "\u0000", "\u009b", "xn--").maxLength(1000).run(10_000);
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        ByteBuffer numbers = ByteBuffer.allocate(NUMBERS).put(input, 0, Math.min(NUMBERS, input.length)).flip().limit(NUMBERS);
        Decision decision = new Decision();
        decision.version = (numbers.get(0) & 2) == 0 ? 4 : 6;
        decision.action = Action.values()[(numbers.get(1) & 0xff) % Action.values().length];
        decision.cause = DecisionCause.values()[(numbers.get(2) & 0xff) % DecisionCause.values().length];
        decision.protocol = numbers.get(3) & 0xff;
        decision.timeMs = numbers.getInt(4);
        decision.hasEndpoint = true;
        decision.endpointId = numbers.getLong(8);
        decision.sourceHigh = numbers.getLong(16);
        decision.sourceLow = numbers.getLong(24);
        decision.destinationLow = numbers.getLong(32);
        decision.sourcePort = numbers.getShort(40) & 0xffff;
        String name = input.length <= NUMBERS ? "" : new String(input, NUMBERS, input.length - NUMBERS, StandardCharsets.ISO_8859_1);
        decision.nameLength = Math.min(name.length(), Decision.MAX_NAME_CHARS);
        name.getChars(0, decision.nameLength, decision.name, 0);
        String line = new String(WRITER.lineOf(decision), StandardCharsets.ISO_8859_1);
        if (!line.endsWith("\n") || !line.substring(0, line.length() - 1).matches("[ -\\x7f]*")) {
            throw new AssertionError("not one line of ASCII: " + line);
        }
        JsonNode read = READER.readTree(line);
        String readName = read.path("name").asText();
        if (!readName.equals(name.substring(0, decision.nameLength))) {
            throw new AssertionError(name + " became " + readName);
        }
    }
}
