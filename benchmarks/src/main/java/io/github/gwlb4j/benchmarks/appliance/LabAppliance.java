package io.github.gwlb4j.benchmarks.appliance;

import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.gwlb.transport.UdpOffload;
import io.github.gwlb4j.tun.OffloadPolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;

/**
 * An appliance to be measured from outside, beside one written in C: it lets everything pass.
 *
 * <pre>{@code java -cp benchmarks.jar io.github.gwlb4j.benchmarks.appliance.LabAppliance ADDRESS inline|inline-flow|inline-tracked|tun|tun-plain|tun-off [WORKERS [CPU,... [BUSY_POLL_MS]]]}</pre>
 */
public final class LabAppliance {
    private static final String USAGE =
            "usage: LabAppliance ADDRESS inline|inline-flow|inline-tracked|tun|tun-plain|tun-off [WORKERS [CPU,... [BUSY_POLL_MS]]]";

    private LabAppliance() {
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2 || arguments.length > 5) {
            System.err.println(USAGE);
            System.exit(2);
        }
        GwlbApplianceBuilder builder = GwlbAppliance.builder().listen(new InetSocketAddress(arguments[0], 6081)).poisonPackets(false).jmx(false);
        if (arguments.length > 2) {
            builder.workers(Integer.parseInt(arguments[2]));
        }
        if (arguments.length > 3) {
            builder.workerCpus(Arrays.stream(arguments[3].split(",")).mapToInt(Integer::parseInt).toArray());
        }
        if (arguments.length > 4) {
            builder.busyPoll(Duration.ofMillis(Long.parseLong(arguments[4])));
        }
        switch (arguments[1]) {
            case "inline" -> builder.handler(worker -> packet -> Verdict.FORWARD);
            case "inline-flow" -> builder.handler(worker -> packet -> packet.flowKey().hash64() == 0 ? Verdict.DROP : Verdict.FORWARD);
            case "inline-tracked" -> builder.handler(worker -> packet -> Verdict.FORWARD).flowTracking(FlowTracking.ofMaxFlows(100_000));
            case "tun" -> builder.mode(TunnelMode.TUN).listener(new PassThrough());
            case "tun-plain" -> builder.mode(TunnelMode.TUN).listener(new PassThrough())
                    .tun(TunSettings.builder().offload(OffloadPolicy.OFF).build());
            case "tun-off" -> builder.mode(TunnelMode.TUN).listener(new PassThrough()).udpOffload(UdpOffload.OFF)
                    .tun(TunSettings.builder().offload(OffloadPolicy.OFF).build());
            default -> throw new IllegalArgumentException("there is no mode '" + arguments[1] + "'; " + USAGE);
        }
        GwlbAppliance appliance = builder.build().start();
        Runtime.getRuntime().addShutdownHook(new Thread(appliance::close));
        appliance.awaitClose();
    }

    /** The kernel routes what comes out of gwi into gwo. */
    private static final class PassThrough implements TunnelListener {
        @Override
        public void onCreated(Tunnel tunnel) {
            try {
                run("sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
                for (String family : new String[] {"-4", "-6"}) {
                    run("ip " + family + " rule add iif " + tunnel.ingressInterface() + " table 100");
                    run("ip " + family + " route replace default dev " + tunnel.egressInterface() + " table 100");
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void run(String command) throws IOException, InterruptedException {
            int status = new ProcessBuilder(command.split(" ")).inheritIO().start().waitFor();
            if (status != 0) {
                throw new IOException("'" + command + "' ended with status " + status);
            }
        }
    }
}
