package io.github.gwlb4j.handler.options;

import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.packet.Cidr;
import java.net.InetSocketAddress;
import java.util.List;
import picocli.CommandLine.Option;

/** Where GENEVE comes from. Filled by the command line. */
public final class NetworkOptions {
    /** Where to receive GENEVE. */
    @Option(names = "--listen", paramLabel = "ADDRESS[:PORT]", defaultValue = "0.0.0.0", converter = Converters.ListenAddress.class,
            description = "Where to receive GENEVE; default 0.0.0.0:6081, all local IPv4 addresses.")
    public InetSocketAddress listen;

    /** Networks of load balancer nodes; empty admits everyone. */
    @Option(names = "--source-cidr", paramLabel = "CIDR", split = ",", converter = Converters.Network.class,
            description = "Take GENEVE only from this network of load balancer nodes; "
            + "repeatable; default: from anyone who can send to the port.")
    public List<Cidr> sources = List.of();

    /** Endpoints that may send; empty admits all. */
    @Option(names = "--allow-endpoint", paramLabel = "ID", split = ",", converter = Converters.Endpoint.class,
            description = "Serve only this endpoint; repeatable; default: every endpoint.")
    public List<Long> endpoints = List.of();

    /** Class of the load balancer's options. */
    @Option(names = "--class", paramLabel = "N", defaultValue = "" + Gwlb.OPTION_CLASS, converter = Converters.OptionClass.class,
            description = "Class of the load balancer's GENEVE options; default 0x0108 (AWS).")
    public int optionClass;

    /** Receive buffer of each thread. */
    @Option(names = "--receive-buffer", paramLabel = "BYTES", defaultValue = "4194304",
            description = "Receive buffer of each thread; default 4 MiB. Bursts that do not fit are lost.")
    public int receiveBufferBytes;
}
