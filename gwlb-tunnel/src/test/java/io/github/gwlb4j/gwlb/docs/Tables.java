package io.github.gwlb4j.gwlb.docs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the tables of a Markdown page. */
final class Tables {
    private Tables() {
    }

    /** The rows below a heading, up to the next one, by the code in their first cell; a cell with several makes as many entries. */
    static Map<String, List<String>> below(String page, String heading) {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        boolean isBelow = false;
        for (String line : ProjectFiles.read(ProjectFiles.ROOT.resolve(page)).split("\n")) {
            if (line.startsWith("#")) {
                isBelow = line.replaceAll("^#+ ", "").equals(heading);
            } else if (isBelow && line.startsWith("| `")) {
                List<String> cells = Arrays.stream(line.substring(1).split("(?<!\\\\)\\|")).map(String::strip).toList();
                for (String name : codes(cells.get(0))) {
                    if (rows.put(name, cells) != null) {
                        throw new AssertionError(page + ", '" + heading + "' has " + name + " twice");
                    }
                }
            }
        }
        return rows;
    }

    private static List<String> codes(String cell) {
        List<String> codes = new ArrayList<>();
        String[] parts = cell.split("`");
        for (int i = 1; i < parts.length; i += 2) {
            codes.add(parts[i]);
        }
        return codes;
    }
}
