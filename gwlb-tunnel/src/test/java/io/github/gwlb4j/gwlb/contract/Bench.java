package io.github.gwlb4j.gwlb.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.gwlb.ApplianceStats;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.gwlb.GwlbApplianceBuilder;
import io.github.gwlb4j.gwlb.TestPackets;
import io.github.gwlb4j.gwlb.TunSettings;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * An appliance with a test on both sides: the test is the load balancer, and it is the kernel behind the interfaces. What the
 * appliance stands on differs: memory and a clock that the test moves, sockets on loopback, or real TUN devices.
 */
abstract class Bench implements AutoCloseable {
    static final int PORT = 50_123;
    /** Longer than anything takes on a busy machine, where a JVM's first packet has taken more than 5 s; only a test that fails waits for it. */
    static final Duration PATIENCE = Duration.ofSeconds(20);
    /** How long a real edge is watched before a test believes that nothing comes. */
    static final Duration SILENCE = Duration.ofMillis(60);

    /** Makes the opening of interfaces fail. */
    volatile boolean isOpeningRefused;

    /** Which of a tunnel's two interfaces. */
    enum Side { GWI, GWO }

    /** A load balancer node, told apart by its address. */
    enum Node { A, B }

    /** What came back to a load balancer node. */
    record Reply(Node node, int port, int trafficClass, byte[] payload) {
    }

    abstract void start(GwlbApplianceBuilder settings, TunSettings.Builder tun) throws Exception;

    abstract void send(Node node, int port, int trafficClass, byte[] datagram) throws Exception;

    /** Null if nothing comes within the time; without a limit at once where nothing takes time. */
    abstract Reply takeReply(Duration atMost) throws Exception;

    /** What the appliance has put into gwi, null if nothing comes. */
    abstract byte[] takeDelivered(long endpointId, Duration atMost) throws Exception;

    abstract void intoInterface(long endpointId, Side side, byte[] packet) throws Exception;

    abstract ApplianceStats stats();

    /** Lets time pass: in one go, or really. */
    abstract void pass(Duration time) throws Exception;

    abstract void holdCreation(boolean isHeld) throws Exception;

    abstract boolean destroyTunnel(long endpointId);

    /** Only the appliance; {@link #close} takes the rest away. */
    abstract void closeAppliance();

    /** Why something cannot be expressed over this edge; null if it can. */
    abstract String limitOf(Need need);

    /** What not every edge can do. */
    enum Need {
        INTERFACES, TRAFFIC_CLASS_IN, TRAFFIC_CLASS_OUT, MALFORMED_FROM_INTERFACE, TOO_LARGE_FROM_INTERFACE, TIMERS,
        LIFE_OF_AN_APPLIANCE, HUGE_INTO_INTERFACE, EXACT_CLOCK
    }

    @Override
    public abstract void close();

    // ---- what is the same everywhere

    void send(byte[] datagram) throws Exception {
        send(Node.A, PORT, 0, datagram);
    }

    void sendInner(byte[] inner) throws Exception {
        send(TestPackets.geneve(inner));
    }

    Reply reply() throws Exception {
        Reply reply = takeReply(PATIENCE);
        assertThat(reply).as("no reply; %s", describe()).isNotNull();
        return reply;
    }

    byte[] delivered(long endpointId) throws Exception {
        byte[] packet = takeDelivered(endpointId, PATIENCE);
        assertThat(packet).as("nothing delivered; %s", describe()).isNotNull();
        return packet;
    }

    void expectNoReply() throws Exception {
        assertThat(takeReply(SILENCE)).isNull();
    }

    void expectNothingDelivered(long endpointId) throws Exception {
        assertThat(takeDelivered(endpointId, SILENCE)).isNull();
    }

    void expectDrops(DropReason reason, long count) throws Exception {
        await(() -> stats().dropped(reason) >= count);
        assertThat(stats().dropped(reason)).as("%s; %s", reason, describe()).isEqualTo(count);
    }

    void await(BooleanSupplier condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
            pass(Duration.ofMillis(1));
        }
        assertThat(condition.getAsBoolean()).as(describe()).isTrue();
    }

    String describe() {
        return "" + stats();
    }
}
