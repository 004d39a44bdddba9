package io.github.gwlb4j.simulator.scenario;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.GwlbSimulatorBuilder;
import io.github.gwlb4j.simulator.InnerPacketRule;
import io.github.gwlb4j.simulator.PacketFilter;
import io.github.gwlb4j.simulator.SimulationReport;
import io.github.gwlb4j.simulator.Timeline;
import io.github.gwlb4j.simulator.Traffic;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a load balancer sends, what goes wrong meanwhile, and what is expected of the appliance: a file of its own. Immutable;
 * usable from any thread and more than once.
 *
 * <pre>{@code
 * Scenario scenario = Scenario.read(Path.of("scenarios/node-failover.yaml"));
 * try (GwlbSimulator gwlb = scenario.simulator().target("127.0.0.1:6081").sources("127.0.0.2", scenario.nodes()).build()) {
 *     ScenarioReport report = scenario.run(gwlb);
 *     assertTrue(report.isOk(), report::toString);
 * }
 * }</pre>
 *
 * <p>The same file and seed give the same packets with the same failures in the same order, whatever the machine.
 */
public final class Scenario {
    private static final long MAX_FILE_BYTES = 1 << 20;

    private final String name;
    private final Settings settings;
    private final List<Traffic> traffic;
    private final Timeline timeline;
    private final Expectations expectations;

    /**
     * The simulator's settings in a file.
     *
     * @param seed             of all that is random
     * @param nodes            number of load balancer nodes
     * @param endpoints        number of endpoints, if there are no ids
     * @param endpointIds      ids of the endpoints, or empty
     * @param packetsPerSecond in the scenario's time
     * @param duration         in the scenario's time; zero: until all traffic is sent
     * @param timeout          for replies, in real time
     * @param window           most unanswered packets; 0: no limit
     * @param isOneWay         whether nothing is to come back
     * @param innerRule        which changes of inner packets are allowed
     * @param drops            packets that must not come back
     */
    record Settings(long seed, int nodes, int endpoints, List<Long> endpointIds, int packetsPerSecond, Duration duration,
            Duration timeout, int window, boolean isOneWay, InnerPacketRule innerRule, List<PacketFilter> drops) {
    }

    Scenario(String name, Settings settings, List<Traffic> traffic, Timeline timeline, Expectations expectations) {
        this.name = name;
        this.settings = settings;
        this.traffic = List.copyOf(traffic);
        this.timeline = timeline;
        this.expectations = expectations;
    }

    /**
     * Reads a scenario and the captures that it names.
     *
     * @param file YAML, at most 1 MiB; paths in it are relative to its directory
     * @return the scenario
     * @throws ScenarioFileException if something in it is wrong; the message is one line with file and line number
     * @throws IOException           if it, or a capture that it names, cannot be read
     */
    public static Scenario read(Path file) throws IOException {
        String fileName = String.valueOf(file.getFileName());
        if (Files.isDirectory(file)) {
            throw new IOException("cannot read " + file + ": it is a directory");
        }
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new ScenarioFileException(fileName, 1, "this is no scenario: it is longer than 1 MiB");
        }
        try {
            return parse(fileName, Files.readString(file), file.toAbsolutePath().getParent());
        } catch (MalformedInputException e) {
            throw new ScenarioFileException(fileName, 1, "this is no text in UTF-8");
        }
    }

    /**
     * Reads a scenario from text.
     *
     * @param file      is named in errors
     * @param text      YAML
     * @param directory captures are relative to it
     * @return the scenario
     * @throws ScenarioFileException if something in it is wrong; the message is one line with file and line number
     * @throws IOException           if a capture that it names cannot be read
     */
    public static Scenario parse(String file, String text, Path directory) throws IOException {
        return new ScenarioReader(file, directory).read(text);
    }

    /**
     * What the scenario is about.
     *
     * @return {@code name} in the file, or the file's name
     */
    public String name() {
        return name;
    }

    /**
     * How many load balancer nodes it needs.
     *
     * @return at least 1
     */
    public int nodes() {
        return settings.nodes();
    }

    /**
     * What ports, cookies, payloads and failures are made from.
     *
     * @return the seed
     */
    public long seed() {
        return settings.seed();
    }

    /**
     * A simulator with the scenario's settings; the caller adds the target and the sources, and may change the rest, for example
     * the seed.
     *
     * @return a builder that needs a target and {@link #nodes()} sources
     */
    public GwlbSimulatorBuilder simulator() {
        GwlbSimulatorBuilder builder = GwlbSimulator.builder()
                .seed(settings.seed())
                .packetsPerSecond(settings.packetsPerSecond())
                .duration(settings.duration())
                .timeout(settings.timeout())
                .window(settings.window())
                .oneWay(settings.isOneWay())
                .innerPacketRule(settings.innerRule());
        settings.drops().forEach(builder::expectDrop);
        return settings.endpointIds().isEmpty() ? builder.endpoints(settings.endpoints())
                : builder.endpointIds(settings.endpointIds().stream().mapToLong(Long::longValue).toArray());
    }

    /**
     * Runs the scenario.
     *
     * @param gwlb made from {@link #simulator()}
     * @return what came of it
     * @throws IOException              if packets cannot be sent
     * @throws IllegalArgumentException if the simulator has fewer nodes than the scenario needs
     */
    public ScenarioReport run(GwlbSimulator gwlb) throws IOException {
        if (gwlb.sources().size() < settings.nodes()) {
            throw new IllegalArgumentException("the scenario '" + name + "' needs " + settings.nodes() + " nodes, and there is a source for "
                    + gwlb.sources().size());
        }
        SimulationReport report = gwlb.run(timeline, traffic.toArray(new Traffic[0]));
        return new ScenarioReport(name, report, expectations.check(report));
    }
}
