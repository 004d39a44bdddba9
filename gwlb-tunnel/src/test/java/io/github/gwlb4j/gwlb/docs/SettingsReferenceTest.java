package io.github.gwlb4j.gwlb.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.hook.ScriptHook;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/settings.md against the builders: each setting is there, and its default where the builder's field tells it. */
class SettingsReferenceTest {
    private static final String PAGE = "docs/settings.md";
    private static final int MIB = 1 << 20;

    static Stream<Arguments> builders() {
        return Stream.of(Arguments.of("GwlbApplianceBuilder", GwlbAppliance.builder()),
                Arguments.of("TunSettings", TunSettings.builder()),
                Arguments.of("FlowTracking", FlowTracking.ofMaxFlows(1)),
                Arguments.of("HealthConfig", HealthConfig.builder(new InetSocketAddress(1))),
                Arguments.of("PacketCapture", PacketCapture.builder(Path.of("capture"))),
                Arguments.of("ScriptHook", ScriptHook.builder()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("builders")
    void shouldListEachSettingWithItsDefault(String heading, Object builder) throws IllegalAccessException {
        Map<String, List<String>> documented = Tables.below(PAGE, heading);
        Set<String> settings = Arrays.stream(builder.getClass().getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && method.getReturnType() == builder.getClass())
                .map(Method::getName).collect(Collectors.toCollection(TreeSet::new));
        List<String> wrong = new ArrayList<>();

        for (String setting : settings) {
            String text = defaultText(builder, setting);
            if (text != null && documented.containsKey(setting) && !documented.get(setting).get(1).equals(text)) {
                wrong.add(setting + ": " + documented.get(setting).get(1) + " instead of " + text);
            }
        }

        assertThat(documented.keySet()).containsExactlyInAnyOrderElementsOf(settings);
        assertThat(wrong).isEmpty();
    }

    /** Null if the value is not one that is written as a number, a time or a word. */
    private static String defaultText(Object builder, String setting) throws IllegalAccessException {
        for (Field field : builder.getClass().getDeclaredFields()) {
            if (field.getName().equals(setting)) {
                field.setAccessible(true);
                return text(field.get(builder), setting);
            }
        }
        return null;
    }

    private static String text(Object value, String setting) {
        if (setting.equals("optionClass")) {
            return String.format(Locale.ROOT, "0x%04x", (int) value);
        }
        if (value instanceof Duration time) {
            return String.format(Locale.ROOT, "%,d s", time.toSeconds());
        }
        if (value instanceof Enum<?> constant) {
            return "`" + constant.name() + "`";
        }
        if (!(value instanceof Number number)) {
            return null;
        }
        long count = number.longValue();
        return count >= MIB && count % MIB == 0 ? count / MIB + " MiB" : String.format(Locale.ROOT, "%,d", count);
    }
}
