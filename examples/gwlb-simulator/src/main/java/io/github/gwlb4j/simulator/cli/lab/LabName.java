package io.github.gwlb4j.simulator.cli.lab;

import java.io.IOException;
import picocli.CommandLine.Option;

/** The option that all commands of a lab share. */
final class LabName {
    private static final String PATTERN = "[a-z0-9][a-z0-9-]{0,9}";

    @Option(names = "--name", paramLabel = "NAME", defaultValue = "lab",
            description = "Which lab; several may be up at once. Default: ${DEFAULT-VALUE}.")
    private String name;

    /** Made by picocli. */
    LabName() {
    }

    String checked() {
        if (!name.matches(PATTERN)) {
            throw new IllegalArgumentException("--name '" + name + "' must be 1 to 10 small letters, digits and hyphens");
        }
        return name;
    }

    LabRecord find() throws IOException {
        return LabRecord.find(checked()).orElseThrow(() -> new IOException("there is no lab '" + name + "': 'gwlb-simulator lab up' makes one"));
    }
}
