package io.github.gwlb4j.gwlb.hook;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Cuts a script's output into lines that are fit for a log: bounded in length and number, without control characters, which
 * could forge other lines. Belongs to one thread.
 */
final class OutputLines {
    private final int maxLines;
    private final Consumer<String> log;
    private final byte[] line = new byte[ScriptHook.MAX_LINE_CHARS];
    private int length;
    private long cutBytes;
    private boolean isInLine;
    private long lines;

    OutputLines(int maxLines, Consumer<String> log) {
        this.maxLines = maxLines;
        this.log = log;
    }

    void add(byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            if (bytes[i] == '\n') {
                endLine();
            } else {
                isInLine = true;
                if (length < line.length) {
                    line[length++] = bytes[i];
                } else {
                    cutBytes++;
                }
            }
        }
    }

    private void endLine() {
        if (++lines <= maxLines) {
            String text = new String(line, 0, length, StandardCharsets.UTF_8).stripTrailing().replaceAll("\\p{Cntrl}", "?");
            log.accept(cutBytes > 0 ? text + "… (" + cutBytes + " bytes more)" : text);
        }
        length = 0;
        cutBytes = 0;
        isInLine = false;
    }

    /** The output is over: logs a last line without line end, and how many lines were left out. */
    void end() {
        if (isInLine) {
            endLine();
        }
        if (lines > maxLines) {
            log.accept("… and " + (lines - maxLines) + " lines more");
        }
    }
}
