package io.github.gwlb4j.benchmarks.soak;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of the soak test. Exit code 0: all checks passed; 1: one failed, the report says which; 2: it could not run. */
@Command(name = "soak.sh", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Runs real appliances under mixed load while faults are injected, and judges what they make of it. Needs Linux and root.")
final class SoakMain implements Callable<Integer> {
    @Option(names = "--minutes", defaultValue = "60", description = "how long; about two minutes of calm and ending come on top (default: ${DEFAULT-VALUE})")
    private double minutes;

    @Option(names = "--warm-up", paramLabel = "SECONDS", defaultValue = "60", description = "before the first figures (default: ${DEFAULT-VALUE})")
    private int warmUpSeconds;

    @Option(names = "--seed", defaultValue = "1", description = "of the order of faults and all made-up packets (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--rate", paramLabel = "PACKETS", defaultValue = "400",
            description = "simulated packets a second for each of two appliances, beside TCP and probes (default: ${DEFAULT-VALUE})")
    private int packetsPerSecond;

    @Option(names = "--only", split = ",", paramLabel = "FAULT", description = "only these faults, as inline/link-down, or link-down for all that have it")
    private List<String> only = List.of();

    @Option(names = "--report", paramLabel = "DIRECTORY", defaultValue = "soak-report", description = "for report.md, report.json and logs (default: ${DEFAULT-VALUE})")
    private Path directory;

    @Option(names = "--list", description = "print the faults and end")
    private boolean isListing;

    /**
     * Runs it.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new SoakMain()).setExecutionExceptionHandler((e, line, result) -> {
            e.printStackTrace();
            return 2;
        }).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        List<Fault> faults = Faults.all().stream().filter(fault -> only.isEmpty() || only.contains(fault.title()) || only.contains(fault.name())).toList();
        if (isListing) {
            faults.forEach(fault -> System.out.println(fault.title() + ": " + fault.what() + " (" + fault.effect() + ")"));
            return 0;
        }
        for (String name : only) {
            if (Faults.all().stream().noneMatch(fault -> name.equals(fault.title()) || name.equals(fault.name()))) {
                System.err.println("there is no fault '" + name + "' on this machine; --list names them (some need strace or gcc)");
                return 2;
            }
        }
        Files.createDirectories(directory);
        Faults.missingPrograms().forEach(program -> System.out.println(program + " is not there: the faults that need it are left out"));
        System.out.println("seed " + seed + ", " + faults.size() + " faults, " + minutes + " minutes; report in " + directory.toAbsolutePath());
        Soak soak = new Soak(new Soak.Settings(Duration.ofMillis((long) (minutes * 60_000)), Duration.ofSeconds(warmUpSeconds), seed,
                packetsPerSecond, faults, directory), System.out);
        Runtime.getRuntime().addShutdownHook(new Thread(soak::endEarly, "soak-end")); // Ctrl-C, SIGTERM
        try {
            SoakReport report = soak.run();
            report.write(directory);
            System.out.println(report.markdown());
            return report.isPassed() ? 0 : 1;
        } finally {
            soak.isOver();
        }
    }
}
