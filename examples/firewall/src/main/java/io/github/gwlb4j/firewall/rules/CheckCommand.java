package io.github.gwlb4j.firewall.rules;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code firewall check}: reads a rule file and says whether it is right. */
@Command(name = "check", mixinStandardHelpOptions = true, description = "Reads a rule file and says whether it is right.",
        footer = {"", "Warns of rules that never decide and of groups that no rule uses. Exit code 0: the firewall takes the file, 2: it does not."})
public final class CheckCommand implements Callable<Integer> {
    static final int EXIT_RULES_WRONG = 2;

    @Parameters(paramLabel = "RULES", description = "The rule file.")
    private Path file;

    @Spec
    private CommandSpec spec;

    /** Made by picocli. */
    public CheckCommand() {
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try {
            long startNs = System.nanoTime();
            Policy policy = PolicyFile.read(file);
            long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            List<PolicyWarning> warnings = policy.warnings();
            warnings.forEach(warning -> out.println(file + ":" + warning.line() + ": warning: " + warning.message()));
            out.printf(Locale.ROOT, "%s: ok: %s, %s, %s; read and compiled in %,d ms, %,d KiB%n", file,
                    count(policy.ruleCount() - 1, "rule"), count(policy.groupCount(), "group"), count(warnings.size(), "warning"), ms,
                    (policy.memoryBytes() + 1023) / 1024);
            if (!policy.isExact()) {
                out.println(file + ": the rules overlap so much that finding one takes longer than usual; put addresses, ports or "
                        + "domains that are treated alike into groups");
            }
            out.flush();
            return 0;
        } catch (RuleFileException e) {
            spec.commandLine().getErr().println("firewall: " + e.getMessage());
            return EXIT_RULES_WRONG;
        }
    }

    private static String count(int number, String what) {
        return String.format(Locale.ROOT, "%,d %s%s", number, what, number == 1 ? "" : "s");
    }
}
