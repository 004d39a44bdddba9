package io.github.gwlb4j.handler;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The options part of {@code --help}, under headings. Stateless. */
final class GroupedHelp {
    private static final Map<String, String> HEADINGS = Map.of("tunnels", "Tunnels, scripts and flows", "network", "GENEVE",
            "health", "Health and stopping", "threads", "Threads", "logging", "Log and captures");

    private GroupedHelp() {
    }

    /** As picocli's own option list, but each mixin under its heading, and the rest at the end. */
    static String options(Help help) {
        CommandSpec command = help.commandSpec();
        Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
        List<OptionSpec> rest = new ArrayList<>(command.options());
        for (String name : List.of("tunnels", "network", "health", "threads", "logging")) {
            List<OptionSpec> options = command.mixins().get(name).options();
            groups.put(HEADINGS.get(name), options);
            rest.removeAll(options);
            rest.removeIf(option -> options.stream().anyMatch(other -> other.longestName().equals(option.longestName())));
        }
        groups.put("General", rest);
        StringBuilder text = new StringBuilder();
        groups.forEach((heading, options) -> text.append(String.format("%n%s:%n", heading)).append(list(help, options)));
        return text.append(System.lineSeparator()).toString();
    }

    private static String list(Help help, List<OptionSpec> options) {
        Help.Layout layout = help.createDefaultLayout();
        layout.addOptions(options, help.parameterLabelRenderer());
        return layout.toString();
    }
}
