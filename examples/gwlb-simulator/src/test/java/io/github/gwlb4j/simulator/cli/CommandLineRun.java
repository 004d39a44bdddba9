package io.github.gwlb4j.simulator.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** One call of the command, in this process. */
public record CommandLineRun(int exitCode, String out, String err) {
    public static CommandLineRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = SimulatorMain.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new CommandLineRun(exitCode, out.toString(), err.toString());
    }
}
