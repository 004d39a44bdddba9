package io.github.gwlb4j.simulator.cli;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import io.github.gwlb4j.simulator.scenario.Scenario;
import io.github.gwlb4j.simulator.scenario.ScenarioReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gwlb-simulator scenario}: runs a scenario file against an appliance and checks what it expects. */
@Command(
        name = "scenario",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = SimulatorMain.Version.class,
        description = {
            "Sends what a scenario file says, lets go wrong what it says (nodes that fail over, cookies that change, flows that arrive in "
                + "the middle, loss, reordering, silence, ...), and checks what it expects of the appliance.",
            "",
            "The same file and seed give the same packets and failures each time.",
            ""},
        footer = {
            "",
            "Exit code: 0 all expectations hold; 1 one does not, the last line says which; 2 command line, file, address or port is wrong.",
            "",
            "  gwlb-simulator scenario scenarios/node-failover.yaml --target 127.0.0.1 --source 127.0.0.2"})
final class ScenarioCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The scenario, YAML; examples/gwlb-simulator/README.md describes it.")
    private Path file;

    @Option(names = "--target", required = true, paramLabel = "ADDRESS[:PORT]",
            description = "Where the appliance listens; port 6081 if not given.")
    private String target;

    @Option(names = "--source", required = true, paramLabel = "ADDRESS",
            description = "Address of the first load balancer node: one of this machine, not the target's. Give it several times for "
                    + "several nodes; for those that are not given, the addresses after the last one are taken.")
    private List<String> sources;

    @Option(names = "--seed", paramLabel = "N", description = "Another seed than the file's.")
    private Long seed;

    @Option(names = "--json", description = "Print the report as one line of JSON.")
    private boolean isJson;

    /** Made by picocli. */
    ScenarioCommand() {
    }

    @Override
    public Integer call() throws IOException {
        Scenario scenario = Scenario.read(file);
        GwlbSimulatorBuilder builder = scenario.simulator().target(target);
        sources.subList(0, sources.size() - 1).forEach(builder::source);
        builder.sources(sources.get(sources.size() - 1), Math.max(1, scenario.nodes() - sources.size() + 1));
        long usedSeed = seed == null ? scenario.seed() : seed;
        try (GwlbSimulator gwlb = builder.seed(usedSeed).build()) {
            return run(scenario, gwlb, usedSeed);
        }
    }

    private Integer run(Scenario scenario, GwlbSimulator gwlb, long usedSeed) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        InterruptHook hook = InterruptHook.install(gwlb::stop);
        try {
            ScenarioReport report = scenario.run(gwlb);
            out.println(isJson ? ReportJson.of(report, usedSeed) : report);
            out.flush();
            return report.isOk() ? 0 : 1;
        } finally {
            hook.remove();
        }
    }
}
