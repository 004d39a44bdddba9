package io.github.gwlb4j.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.firewall.log.DecisionCause;
import io.github.gwlb4j.firewall.rules.PolicyFile;
import io.github.gwlb4j.firewall.state.EngineSettings;
import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.GwlbAppliance;
import io.github.gwlb4j.gwlb.testkit.InMemoryTransport;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A firewall in a real appliance without sockets: tells of each packet whether it came back, and if not, which counter says why. */
final class EvasionLab implements AutoCloseable {
    /** Most connections whose client is read at a time. */
    static final int MAX_UNDECIDED = 8;
    private static final String PROBE_RULE = "allow udp from 10.255.255.1";
    private static final byte[] PROBE = PacketBuilder.ipv4("10.255.255.1", "10.255.255.2").udp(7, 7).payload(1).build();

    private final InMemoryTransport network = new InMemoryTransport();
    private final GwlbAppliance appliance;
    private final List<byte[]> injected = new ArrayList<>();
    private Firewall firewall;
    private Map<String, Long> counters;

    EvasionLab(List<String> rules) throws Exception {
        List<String> all = new ArrayList<>(List.of(PROBE_RULE));
        all.addAll(rules);
        CurrentPolicy policy = new CurrentPolicy(PolicyFile.parse("evasion.rules", all));
        EngineSettings settings = new EngineSettings(100, Duration.ofSeconds(350), false, false, true, MAX_UNDECIDED);
        appliance = GwlbAppliance.builder().transport(() -> network).jmx(false).flowTracking(settings.flowTracking()).handler(worker -> {
            firewall = new Firewall(policy, settings, null, null);
            return firewall;
        }).build().start();
        counters = counters();
    }

    /** Sends a packet through: null if it passes, otherwise the label of the counter that counted it. */
    String send(byte[] packet) throws InterruptedException {
        inject(packet);
        inject(PROBE); // its way back tells that the packet before it has been decided
        boolean hasPassed = false;
        for (byte[] reply = takeReply(); !Arrays.equals(reply, PROBE); reply = takeReply()) {
            if (Arrays.equals(reply, packet)) {
                hasPassed = true;
            } else {
                injected.add(reply);
            }
        }
        return hasPassed ? null : causeOfDrop();
    }

    /** The worker publishes its counters a moment after it has sent what passes. */
    private String causeOfDrop() throws InterruptedException {
        Map<String, Long> before = counters;
        List<String> causes = List.of();
        for (int i = 0; causes.isEmpty() && i < 1000; i++) {
            counters = counters();
            causes = counters.keySet().stream().filter(cause -> counters.get(cause) > before.get(cause)).toList();
            Thread.sleep(causes.isEmpty() ? 1 : 0);
        }
        assertThat(causes).as("counters of one dropped packet").hasSize(1);
        return causes.get(0);
    }

    /** What the firewall has sent of its own accord since the last call. */
    List<byte[]> takeInjected() {
        List<byte[]> taken = List.copyOf(injected);
        injected.clear();
        return taken;
    }

    private Map<String, Long> counters() {
        Map<String, Long> now = new TreeMap<>();
        for (DecisionCause cause : DecisionCause.values()) {
            now.put(cause.label(), firewall.dropped(cause));
        }
        appliance.stats().drops().forEach((DropReason reason, Long count) -> now.put(reason.label(), count));
        return now;
    }

    private void inject(byte[] inner) {
        ByteBuffer datagram = ByteBuffer.allocate(Gwlb.HEADER_LENGTH + inner.length);
        int protocolType = inner[0] >>> 4 == 6 ? Geneve.PROTOCOL_IPV6 : Geneve.PROTOCOL_IPV4;
        new GwlbHeaderEncoder().encode(datagram, 0, protocolType, 1, 2, 3);
        network.inject(new InMemoryTransport.Datagram(0x0a63_0001, 60_000, datagram.put(Gwlb.HEADER_LENGTH, inner).array()));
    }

    private byte[] takeReply() throws InterruptedException {
        InMemoryTransport.Datagram reply = network.takeReply(10_000);
        assertThat(reply).as("a packet came back").isNotNull();
        return Arrays.copyOfRange(reply.payload(), Gwlb.HEADER_LENGTH, reply.payload().length);
    }

    @Override
    public void close() {
        appliance.close();
    }
}
