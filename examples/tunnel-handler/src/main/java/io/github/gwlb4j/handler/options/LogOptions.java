package io.github.gwlb4j.handler.options;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What is told while it runs. Filled by the command line. */
public final class LogOptions {
    /** Whether everything is logged at level debug. */
    @Option(names = {"-d", "--debug"}, description = "Log more; short for --logging all=debug.")
    public boolean isDebug;

    /** Levels by section, or null. */
    @Option(names = "--logging", paramLabel = "SECTION=LEVEL,…", converter = Converters.Levels.class,
            description = {"Sections: " + LogLevels.SECTIONS + ".", "Levels: " + LogLevels.LEVELS + ".", "Default all=info. The log goes to standard error."})
    public LogLevels levels;

    /** Whether packets are dumped to the log. */
    @Option(names = {"-x", "--hexdump"}, description = "Log packets in hex as they go into and come out of the interfaces, "
            + "at most 1000 a second. It costs speed; --pcapng is made for more.")
    public boolean isHexDump;

    /** Capture file, or null. */
    @Option(names = "--pcapng", paramLabel = "FILE", description = "Write all inner packets to FILE, for Wireshark; full at 100 MiB it "
            + "becomes FILE.1 and so on; 10 files are kept.")
    public Path captureFile;
}
