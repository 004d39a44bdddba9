package io.github.gwlb4j.handler.options;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Log levels by section, as {@code gwlbtun} has them, for loggers of this program. They count if {@link #apply} is called before
 * the first logger is made. Immutable.
 */
public final class LogLevels {
    static final String SECTIONS = "core, udp, geneve, tunnel, hook, healthcheck, capture, packets, all";
    static final String LEVELS = "critical, important, info, debug, debugdetail; or off, error, warn, trace";

    private static final String PREFIX = "org.slf4j.simpleLogger.";
    private static final String LIBRARY = "io.github.gwlb4j.gwlb.";
    private static final String INTERNAL = LIBRARY + "internal.";

    /** Loggers, by prefix, of each section; what no other section has is core's. */
    private static final Map<String, List<String>> LOGGERS = Map.of(
            "core", List.of("io.github.gwlb4j"),
            "udp", List.of(LIBRARY + "transport", INTERNAL + "ReceiveDropWatch"),
            "geneve", List.of(INTERNAL + "HandlerFailures", INTERNAL + "FlowTableCare", INTERNAL + "WorkerThread"),
            "tunnel", List.of(INTERNAL + "TunnelManager", INTERNAL + "TunnelTasks", INTERNAL + "ListenerChain", INTERNAL + "InterfaceOpener",
                    "io.github.gwlb4j.handler.InterfaceWatch"),
            "hook", List.of(LIBRARY + "hook"),
            "healthcheck", List.of(INTERNAL + "health"),
            "capture", List.of(LIBRARY + "capture"),
            "packets", List.of("io.github.gwlb4j.handler.PacketDump"));

    private static final Map<String, String> LEVEL_OF = Map.of("off", "off", "critical", "error", "error", "error", "important", "warn",
            "warn", "warn", "info", "info", "debug", "debug", "debugdetail", "trace", "trace", "trace");

    private final Map<String, String> levelBySection;

    private LogLevels(Map<String, String> levelBySection) {
        this.levelBySection = levelBySection;
    }

    /**
     * Reads levels.
     *
     * @param text as in {@code core=debug,udp=important}, upper or lower case
     * @return the levels
     * @throws IllegalArgumentException if it is not such a text; the message names what is known
     */
    public static LogLevels parse(String text) {
        Map<String, String> levels = new LinkedHashMap<>();
        for (String part : text.toLowerCase(Locale.ROOT).split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + part + "' is not SECTION=LEVEL as in core=debug");
            }
            String section = part.substring(0, equals).strip();
            String level = LEVEL_OF.get(part.substring(equals + 1).strip());
            if (!section.equals("all") && !LOGGERS.containsKey(section)) {
                throw new IllegalArgumentException("there is no log section '" + section + "'; known: " + SECTIONS);
            }
            if (level == null) {
                throw new IllegalArgumentException("there is no log level '" + part.substring(equals + 1).strip() + "'; known: " + LEVELS);
            }
            levels.put(section, level);
        }
        return new LogLevels(levels);
    }

    /**
     * Tells slf4j-simple.
     *
     * @param options levels and -d; a level for a section is stronger than one for all
     */
    public static void apply(LogOptions options) {
        set("defaultLogLevel", options.isDebug ? "debug" : "info");
        set("showDateTime", "true");
        set("dateTimeFormat", "yyyy-MM-dd HH:mm:ss.SSS");
        set("showShortLogName", "true");
        if (options.levels == null) {
            return;
        }
        Map<String, String> levels = options.levels.levelBySection;
        if (levels.containsKey("all")) {
            System.setProperty(PREFIX + "defaultLogLevel", levels.get("all"));
        }
        levels.forEach((section, level) -> LOGGERS.getOrDefault(section, List.of())
                .forEach(logger -> System.setProperty(PREFIX + "log." + logger, level)));
    }

    /** What was given to the JVM with -D is stronger. */
    private static void set(String name, String value) {
        System.setProperty(PREFIX + name, System.getProperty(PREFIX + name, value));
    }
}
