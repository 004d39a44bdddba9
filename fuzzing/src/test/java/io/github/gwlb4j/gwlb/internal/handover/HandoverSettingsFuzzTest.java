package io.github.gwlb4j.gwlb.internal.handover;

import io.github.gwlb4j.fuzzing.Fuzzer;
import io.github.gwlb4j.fuzzing.Messages;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Any bytes as the settings and the text that another process sends when it takes over: read, and sent on they mean the same, or refused. */
public class HandoverSettingsFuzzTest {
    /** What is not UTF-8 becomes three bytes for one, and a text holds 64 KiB. */
    private static final int MOST_BYTES = 20_000;

    @Test
    void shouldReadSettingsOrRefuseThem() {
        Fuzzer.of("handover-settings", HandoverSettingsFuzzTest::fuzzerTestOneInput).seed(settings(0)).seed(settings(3)).seed(settings(64)).seed(settings(65))
                .maxLength(MOST_BYTES).maxAllocatedBytes(1 << 20).run(8_000);
    }

    private static byte[] settings(int count) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            settings.put("setting " + i, "b\u00fccher".repeat(i));
        }
        return bytes(settings);
    }

    private static byte[] bytes(Map<String, String> settings) {
        ByteBuffer out = ByteBuffer.allocate(4 * MOST_BYTES);
        HandoverChannel.putSettings(out, settings);
        return Arrays.copyOf(out.array(), out.position());
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer in = ByteBuffer.wrap(input);
        try {
            Map<String, String> settings = HandoverChannel.settings(in);
            if (!HandoverChannel.settings(ByteBuffer.wrap(bytes(settings))).equals(settings)) {
                throw new AssertionError("not the same: " + settings);
            }
            HandoverChannel.text(in);
        } catch (HandoverException e) {
            Messages.requireOneLine(e.getMessage());
        }
    }
}
