package io.github.gwlb4j.firewall;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.packet.Cidr;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/** Options: where packets come from, and who hears that the firewall is well. */
final class NetworkOptions {
    private static final int MAX_DRAIN_SECONDS = 3600;

    @Option(names = "--listen", paramLabel = "ADDRESS[:PORT]", converter = OptionTypes.ListenAddress.class,
            description = "Where to receive GENEVE; default 0.0.0.0:6081, all local IPv4 addresses.")
    private InetSocketAddress listen = new InetSocketAddress("0.0.0.0", Geneve.UDP_PORT);

    @Option(names = "--source-cidr", paramLabel = "CIDR", converter = OptionTypes.SourceNetwork.class,
            description = "Take GENEVE only from this network of load balancer nodes; repeatable; default: anyone.")
    private List<Cidr> sources = List.of();

    @Option(names = "--workers", paramLabel = "N", description = "Threads that handle packets; default 1.")
    private int workers = 1;

    @Option(names = "--receive-buffer", paramLabel = "BYTES", description = "Receive buffer to ask the system for; default 4 MiB.")
    private int receiveBufferBytes = 4 << 20;

    @Option(names = "--class", paramLabel = "N", converter = OptionTypes.OptionClass.class,
            description = "Class of the load balancer's GENEVE options; default 0x0108 (AWS).")
    private int optionClass = Gwlb.OPTION_CLASS;

    @Option(names = "--health-port", paramLabel = "PORT",
            description = "Answer the load balancer's HTTP health checks, and /metrics, on this TCP port.")
    private Integer healthPort;

    @Option(names = "--drain", paramLabel = "SECONDS",
            description = "After a signal: answer 503 and go on until a second is silent, so long at most; default 0.")
    private int drainSeconds;

    @Option(names = "--takeover", paramLabel = "PATH",
            description = "Take over from the firewall that runs with this PATH, which then ends; or start if none does.")
    private Path takeover;

    GwlbApplianceBuilder builder() {
        OptionTypes.requireRange("--drain", drainSeconds, 0, MAX_DRAIN_SECONDS);
        GwlbApplianceBuilder builder = GwlbAppliance.builder();
        sources.forEach(builder::allowSource);
        return builder.listen(listen).workers(workers).receiveBufferBytes(receiveBufferBytes).optionClass(optionClass).takeover(takeover);
    }

    Integer healthPort() {
        return healthPort;
    }

    InetSocketAddress listen() {
        return listen;
    }

    Duration drain() {
        return Duration.ofSeconds(drainSeconds);
    }
}
