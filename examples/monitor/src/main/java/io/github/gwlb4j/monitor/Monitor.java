package io.github.gwlb4j.monitor;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbPacket;
import io.github.gwlb4j.gwlb.HandlerContext;
import io.github.gwlb4j.gwlb.PacketHandler;
import io.github.gwlb4j.gwlb.Verdict;
import io.github.gwlb4j.packet.FlowKey;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A passive monitor: says every few seconds which flows carry most bytes. It forwards every packet as it is, because behind a Gateway
 * Load Balancer what does not go back is lost to the connection. (Only where Traffic Mirroring feeds the load balancer, nothing
 * has to go back; {@code Verdict.DROP} or {@code TunnelMode.TUN_ONE_WAY} will do there.)
 */
public final class Monitor implements PacketHandler {
    private static final int MAX_FLOWS = 100_000;
    private static final int TOP = 10;

    private final Map<FlowKey, long[]> bytesByFlow = new HashMap<>();
    private final Duration period;
    private final PrintStream out;
    private long bytes;

    Monitor(Duration period, PrintStream out) {
        this.period = period;
        this.out = out;
    }

    @Override
    public void onStart(HandlerContext context) {
        context.scheduleEvery(period.toNanos(), this::print);
    }

    @Override
    public Verdict onPacket(GwlbPacket packet) {
        long[] ofFlow = bytesByFlow.get(packet.flowKey());
        if (ofFlow == null && bytesByFlow.size() < MAX_FLOWS) {
            ofFlow = new long[1];
            bytesByFlow.put(packet.flowKey().copy(), ofFlow);
        }
        int length = packet.inner().totalLength();
        bytes += length;
        if (ofFlow != null) {
            ofFlow[0] += length; // the period's flows above MAX_FLOWS are in the sum only
        }
        return Verdict.FORWARD;
    }

    private void print() {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%n%,d bytes in %d s, %,d flows; top talkers:%n", bytes, period.toSeconds(),
                bytesByFlow.size()));
        bytesByFlow.entrySet().stream().sorted(Comparator.comparingLong(flow -> -flow.getValue()[0])).limit(TOP)
                .forEach(flow -> text.append(String.format(Locale.ROOT, "%,15d  vpce-%s  %s%n", flow.getValue()[0],
                        EndpointId.toHex(flow.getKey().endpointId()), flow.getKey())));
        out.print(text);
        bytesByFlow.clear();
        bytes = 0;
    }

    static GwlbAppliance start(InetSocketAddress listen, Duration period, PrintStream out) throws IOException {
        return GwlbAppliance.builder().listen(listen).handler(worker -> new Monitor(period, out)).build().start();
    }

    /**
     * Runs until it is killed.
     *
     * @param args the address to listen on (all if there is none), and the seconds between two lists (5)
     * @throws InterruptedException never: nobody interrupts the main thread
     */
    public static void main(String[] args) throws InterruptedException {
        InetSocketAddress listen = new InetSocketAddress(args.length > 0 ? args[0] : "0.0.0.0", 6081);
        String seconds = args.length > 1 ? args[1] : "5";
        if (!seconds.matches("[1-9]\\d{0,3}")) {
            System.err.println("usage: monitor [LISTEN-ADDRESS [SECONDS]], for example: monitor 0.0.0.0 5");
            System.exit(2);
        }
        try (GwlbAppliance appliance = start(listen, Duration.ofSeconds(Long.parseLong(seconds)), System.out)) {
            appliance.awaitClose();
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("monitor: " + e.getMessage());
            System.exit(2);
        }
    }
}
