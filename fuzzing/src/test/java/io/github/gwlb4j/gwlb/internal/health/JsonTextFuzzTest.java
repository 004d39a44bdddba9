package io.github.gwlb4j.gwlb.internal.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.fuzzing.Fuzzer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Any text, written as JSON by the health page and read by another library, is the same text. */
public class JsonTextFuzzTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void shouldWriteTextThatAnotherLibraryReadsBack() {
        Fuzzer.of("json-text", JsonTextFuzzTest::fuzzerTestOneInput).seeds("a \"quoted\" \\ name", "\u0000\u001f\u007f\u0085\u2028", "b\u00fccher \ud83d\ude00", "\u0001".repeat(32 << 10))
                .words("\"", "\\", "\\u0000", "\ud83d\ude00", "</script>").maxAllocatedBytes(16 << 20).run(6_000);
    }

    /** Also Jazzer's entry. The bytes are UTF-16, so that halves of surrogate pairs come up. */
    public static void fuzzerTestOneInput(byte[] input) throws JsonProcessingException {
        char[] chars = new char[input.length / 2];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = (char) (input[2 * i] << 8 | input[2 * i + 1] & 0xff);
        }
        for (String text : new String[] {new String(chars), new String(input, StandardCharsets.UTF_8)}) {
            String json = JsonPage.string(text);
            String sent = new String(json.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
            if (!JSON.readValue(sent, String.class).equals(text)) {
                throw new AssertionError("not the same: " + json);
            }
        }
    }
}
