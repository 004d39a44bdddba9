package io.github.gwlb4j.simulator.scenario;

import java.io.IOException;

/** A scenario file is wrong. The message is one line and says where: {@code failover.yaml:12: ...}. */
public final class ScenarioFileException extends IOException {
    private static final long serialVersionUID = 1;

    ScenarioFileException(String file, int line, String problem) {
        super(file + ":" + line + ": " + oneLine(problem));
    }

    /** Problems quote the file, and a file of another kind must not steer the reader's terminal. */
    private static String oneLine(String problem) {
        return String.valueOf(problem).replaceAll("[\\s\\x85\\u2028\\u2029]+", " ").replaceAll("[\\p{Cntrl}\\x80-\\x9f\\p{Cf}]", "?");
    }
}
