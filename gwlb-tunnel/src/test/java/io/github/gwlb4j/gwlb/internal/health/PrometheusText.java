package io.github.gwlb4j.gwlb.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the Prometheus text format 0.0.4 and minds what its reader and its linter mind: HELP and TYPE before the samples of a
 * family, all of a family together, each sample once, counters named _total and only they, base units.
 */
public final class PrometheusText {
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) (" + NAME + ") (.+)");
    private static final Pattern SAMPLE = Pattern.compile("(" + NAME + ")(\\{[a-zA-Z_][a-zA-Z0-9_]*=\"[^\"\\\\\n]*\"})? (-?\\d+(\\.\\d+)?)");

    private PrometheusText() {
    }

    /** The samples by name and label. */
    public static Map<String, Double> parse(String text) {
        assertThat(text).endsWith("\n").doesNotContain("\n\n", "\r");
        Map<String, Double> samples = new LinkedHashMap<>();
        Set<String> families = new HashSet<>();
        String family = null;
        String type = null;
        for (String line : text.split("\n")) {
            Matcher comment = COMMENT.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (comment.matches() && comment.group(1).equals("HELP")) {
                family = comment.group(2);
                type = null;
                assertThat(families.add(family)).as("one block for %s", family).isTrue();
            } else if (comment.matches()) {
                type = comment.group(3);
                assertThat(comment.group(2)).isEqualTo(family);
                assertThat(type).isIn("counter", "gauge");
                assertThat(family.endsWith("_total")).as(family).isEqualTo(type.equals("counter"));
                assertThat(family).doesNotContainPattern("millis|_ms|_ns|percent");
            } else {
                assertThat(sample.matches()).as(line).isTrue();
                assertThat(type).as(line).isNotNull();
                assertThat(sample.group(1)).isEqualTo(family);
                String key = sample.group(1) + (sample.group(2) != null ? sample.group(2) : "");
                assertThat(samples.put(key, Double.valueOf(sample.group(3)))).as("once: %s", key).isNull();
            }
        }
        return samples;
    }
}
