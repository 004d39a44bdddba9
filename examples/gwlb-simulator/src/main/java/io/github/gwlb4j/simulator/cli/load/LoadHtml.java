package io.github.gwlb4j.simulator.cli.load;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Puts a report into a page that draws it and needs nothing else. Stateless. */
final class LoadHtml {
    private static final String TEMPLATE = "report.html";
    private static final String DATA = "@REPORT@";

    private LoadHtml() {
    }

    static String of(String json) throws IOException {
        try (InputStream template = LoadHtml.class.getResourceAsStream(TEMPLATE)) {
            if (template == null) {
                throw new FileNotFoundException(TEMPLATE + " is missing in this jar");
            }
            String page = new String(template.readAllBytes(), StandardCharsets.UTF_8);
            // Nothing in a report can end the script element that holds it.
            return page.replace(DATA, json.replace("<", "\\u003c"));
        }
    }
}
