package io.github.gwlb4j.simulator.scenario;

import java.io.IOException;

/** A scenario file is wrong. The message is one line and says where: {@code failover.yaml:12: ...}. */
public final class ScenarioFileException extends IOException {
    private static final long serialVersionUID = 1;

    ScenarioFileException(String file, int line, String problem) {
        super(file + ":" + line + ": " + problem);
    }
}
