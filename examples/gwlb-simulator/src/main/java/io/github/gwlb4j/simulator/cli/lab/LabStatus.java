package io.github.gwlb4j.simulator.cli.lab;

import java.io.IOException;

/** What a lab's process says of itself. */
record LabStatus(long pid, boolean isClean, String report) {
    /** First line: process and verdict; then the report. */
    String encoded() {
        return pid + " " + isClean + "\n" + report;
    }

    static LabStatus decode(String text) throws IOException {
        String[] parts = text.split("\n", 2);
        String[] head = parts[0].split(" ");
        if (parts.length < 2 || head.length != 2 || !head[0].matches("\\d{1,18}")) {
            throw new IOException("the lab's process gave an answer that is not understood: '" + parts[0] + "'");
        }
        return new LabStatus(Long.parseLong(head[0]), Boolean.parseBoolean(head[1]), parts[1]);
    }
}
