package io.github.gwlb4j.benchmarks.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Kind;
import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Place;
import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.FlowTracking;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelPhase;
import io.github.gwlb4j.gwlb.capture.CaptureContent;
import io.github.gwlb4j.gwlb.capture.PacketCapture;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthPage;
import io.github.gwlb4j.gwlb.health.HealthStatus;
import io.github.gwlb4j.gwlb.hook.ScriptHook;
import io.github.gwlb4j.gwlb.transport.NioTransport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * The process under test: one appliance of a {@link Role}. It takes commands on its standard input, each answered by one line of JSON on
 * its standard output, and ends when its input ends, so that it never outlives the soak test. Its log goes to standard error.
 */
final class SoakAppliance {
    static final int HEALTH_PORT = 8080;
    static final int WORKERS = 2;
    static final int MAX_TUNNELS = 24;
    /** Exit code of an appliance that was closed by itself: a worker has died. */
    static final int CLOSED_BY_ITSELF = 3;
    /** Exit code of an appliance whose place another process has taken. */
    static final int HANDED_OVER = 5;
    /** Exit code of an appliance whose standard input has failed; so it cannot go on for ever, with nobody to end it. */
    private static final int INPUT_LOST = 4;
    static final Duration HOOK_LIMIT = Duration.ofSeconds(4);
    static final Duration TUNNEL_IDLE = Duration.ofSeconds(15);
    private static final int RECEIVE_BUFFER_BYTES = 512 << 10;
    private static final int MAX_FLOWS = 4096;
    private static final Duration FLOW_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration RETURN_SOCKET_IDLE = Duration.ofSeconds(10);

    private final CallbackFaults faults = new CallbackFaults();
    private final HiccupThread hiccups = HiccupThread.start();
    private final ObjectMapper json = new ObjectMapper();
    private final PacketCapture capture;
    private final GwlbAppliance appliance;
    private volatile boolean isAskedToEnd;

    private SoakAppliance(Role role, Path directory, InetSocketAddress listen) throws IOException {
        capture = role != Role.INLINE ? null : PacketCapture.builder(directory.resolve("disk/capture.pcapng")).content(CaptureContent.OUTER)
                .includeDropped(true).snapLength(256).maxFileBytes(1 << 20).maxFiles(3).queueBytes(1 << 20)
                .retryInterval(Duration.ofSeconds(1)).open();
        appliance = configure(role, directory, GwlbAppliance.builder().name("soak-" + role.label()).listen(listen)
                .receiveBufferBytes(RECEIVE_BUFFER_BYTES).returnSocketIdle(RETURN_SOCKET_IDLE)
                .tunnelIdleTimeout(TUNNEL_IDLE).maxTunnels(MAX_TUNNELS).heldPackets(1024).creationRetry(Duration.ofSeconds(1), Duration.ofSeconds(4))
                .health(HealthConfig.builder(new InetSocketAddress(HEALTH_PORT)).page("/soak", page()).build())
                .healthContributor("soak", () -> {
                    faults.strike(Place.CONTRIBUTOR);
                    return HealthStatus.healthy();
                })
                .listener(listener()), listen).build();
    }

    private HealthPage page() {
        return () -> {
            faults.strike(Place.PAGE);
            return new HealthPage.Content("text/plain", "soak\n");
        };
    }

    private TunnelListener listener() {
        return new TunnelListener() {
            @Override
            public void onCreated(Tunnel tunnel) {
                faults.strike(Place.LISTENER);
            }
        };
    }

    private GwlbApplianceBuilder configure(Role role, Path directory, GwlbApplianceBuilder builder, InetSocketAddress listen) {
        return switch (role) {
            case INLINE -> builder.workers(WORKERS).handler(worker -> new SoakHandler(faults)).capture(capture)
                    .flowTracking(FlowTracking.ofMaxFlows(MAX_FLOWS).withTcpTimeout(FLOW_TIMEOUT).withOtherTimeout(FLOW_TIMEOUT));
            case UPGRADED -> configure(Role.TUN, directory, builder.takeover(directory.resolve("takeover.sock")), listen);
            case TUN -> builder.workers(WORKERS).mode(TunnelMode.TUN)
                    .tun(TunSettings.builder().maxFlows(MAX_FLOWS).tcpFlowTimeout(FLOW_TIMEOUT).otherFlowTimeout(FLOW_TIMEOUT)
                            .closedFlowTimeout(Duration.ofSeconds(5)).build())
                    .listener(ScriptHook.builder().createScript(directory.resolve("create.sh"))
                            .destroyScript(directory.resolve("destroy.sh")).timeLimit(HOOK_LIMIT).build());
            case MORTAL -> builder.handler(worker -> new SoakHandler(faults)).flowTracking(FlowTracking.ofMaxFlows(MAX_FLOWS))
                    .transport(() -> new MortalTransport(new NioTransport(listen, RECEIVE_BUFFER_BYTES, 256, RETURN_SOCKET_IDLE.toNanos()), faults));
        };
    }

    /**
     * Runs an appliance until standard input ends.
     *
     * @param arguments role, working directory, address to listen on, UDP port
     * @throws Exception if it cannot be started
     */
    public static void main(String[] arguments) throws Exception {
        SoakAppliance soak = new SoakAppliance(Role.valueOf(arguments[0].toUpperCase(Locale.ROOT)), Path.of(arguments[1]),
                new InetSocketAddress(arguments[2], Integer.parseInt(arguments[3])));
        soak.appliance.start();
        Thread watch = new Thread(soak::exitWhenClosed, "soak-watch");
        watch.setDaemon(true);
        watch.start();
        System.out.println("{\"id\":0,\"ready\":true}");
        try {
            soak.obey(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)), System.out);
        } catch (IOException e) { // something in this process has closed what is not its own
            e.printStackTrace();
            Runtime.getRuntime().halt(INPUT_LOST);
        }
        soak.isAskedToEnd = true;
        soak.appliance.close();
        if (soak.capture != null) {
            soak.capture.close();
        }
    }

    private void exitWhenClosed() {
        try {
            appliance.awaitClose();
            if (!isAskedToEnd) {
                Runtime.getRuntime().halt(appliance.isHandedOver() ? HANDED_OVER : CLOSED_BY_ITSELF);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void obey(BufferedReader commands, PrintStream answers) throws IOException {
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            ObjectNode answer = json.createObjectNode().put("id", Long.parseLong(words[0]));
            switch (words[1]) {
                case "strike" -> faults.order(Place.valueOf(words[2]), Kind.valueOf(words[3]), Integer.parseInt(words[4]));
                case "figures" -> figures(answer);
                case "growth" -> growth(answer);
                default -> answer.put("error", "unknown command");
            }
            answers.println(answer);
        }
    }

    private void figures(ObjectNode answer) {
        answer.put("struck", faults.struck()).put("balanced", appliance.stats().isBalanced()).put("wallClockMs", System.currentTimeMillis());
        if (capture != null) {
            answer.put("captureWritten", capture.stats().writtenPackets()).put("captureLost", capture.stats().droppedIoError());
        }
        ArrayNode list = answer.putArray("hiccups");
        hiccups.take().forEach(hiccup -> list.addObject().put("lengthNs", hiccup.lengthNs()).put("stolenNs", hiccup.stolenNs()));
    }

    private void growth(ObjectNode answer) {
        answer.put("heapAfterGc", heapAfterGc());
        ApplianceStats stats = appliance.stats(); // last, since who asks counts the open descriptors right after
        long flows = (stats.flows() == null ? 0 : stats.flows().flows()) + (stats.trackedFlows() == null ? 0 : stats.trackedFlows().flows());
        // One that is being made or ended may have its interfaces or not. As it is not counted, descriptors can only seem more, and the least counts.
        long tunnels = stats.tunnels().stream().filter(tunnel -> tunnel.phase() == TunnelPhase.ACTIVE).count();
        answer.put("flows", flows).put("tunnels", tunnels).put("replySockets", stats.returnSockets());
    }

    /** The least of three, since a collection is not always complete. */
    private static long heapAfterGc() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }
}
