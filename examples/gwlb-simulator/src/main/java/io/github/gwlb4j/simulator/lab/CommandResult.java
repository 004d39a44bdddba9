package io.github.gwlb4j.simulator.lab;

/**
 * How a command ended. Immutable.
 *
 * @param command  the command line
 * @param exitCode its exit code; 128 + signal if a signal ended it, as for {@code timedOut}
 * @param output   what it wrote to standard output and standard error, in order; the last MiB of it
 * @param timedOut whether it was killed because its time was over
 */
public record CommandResult(String command, int exitCode, String output, boolean timedOut) {
    /**
     * Whether it did what it should.
     *
     * @return true if it ended by itself with exit code 0
     */
    public boolean isSuccess() {
        return exitCode == 0 && !timedOut;
    }

    @Override
    public String toString() {
        return "'" + command + "' " + (timedOut ? "was killed because its time was over" : "ended with exit code " + exitCode)
                + (output.isEmpty() ? " and wrote nothing" : " and wrote:\n" + output);
    }
}
