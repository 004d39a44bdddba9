package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.TunnelStats;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunOffload;
import io.github.gwlb4j.tun.TunQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** A tunnel manager without threads: the test is clock, control thread, callback threads and workers. */
final class TunnelHarness implements TunnelListener {
    static final Duration IDLE = Duration.ofSeconds(100);
    static final Duration RETRY_FIRST = Duration.ofSeconds(1);
    static final Duration RETRY_MAX = Duration.ofSeconds(16);

    final ManualClock clock = new ManualClock();
    final Deque<Runnable> tasks = new ArrayDeque<>();
    final List<String> told = new CopyOnWriteArrayList<>();
    /** Names of the interfaces that exist now. */
    final Set<String> interfaces = ConcurrentHashMap.newKeySet();
    final ReadableTunnels readable = new ReadableTunnels(2);
    TunnelManager manager;
    TunnelMode mode = TunnelMode.TUN;
    int maxTunnels = 100;
    int maxCallbacks = 2;
    Duration idle = IDLE;
    Duration closeTimeout = Duration.ofMillis(200);
    Set<Long> declared = Set.of();
    List<Long> allowed = List.of();
    Executor callbacks = tasks::add;
    Runnable wakeControl = () -> { };
    LongSupplier time = clock;
    TunnelListener listener = this;
    TimeoutDecision decision = TimeoutDecision.DESTROY;
    Throwable failure;
    int workerWakeUps;

    /** After the fields have been set as the test needs them. */
    TunnelHarness start() {
        TunnelRules rules = new TunnelRules(new Admission(List.of(), allowed), new EndpointModes(mode, Map.of()), maxTunnels,
                idle.toNanos(), RETRY_FIRST.toNanos(), RETRY_MAX.toNanos(), declared, maxCallbacks, closeTimeout.toNanos());
        manager = new TunnelManager(rules, 2, List.of(listener), this::open, readable, callbacks, time, wakeControl, () -> workerWakeUps++);
        return this;
    }

    private TunnelInterfaces open(long endpointId, TunnelMode mode) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        return new TunnelInterfaces(new Device("gwi-" + endpointId), mode.hasEgressInterface() ? new Device("gwo-" + endpointId) : null);
    }

    @Override
    public void onCreated(Tunnel tunnel) {
        if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure instanceof Error e) {
            throw e;
        }
        told.add("created " + tunnel.endpointId());
    }

    @Override
    public TimeoutDecision onTimedOut(Tunnel tunnel) {
        told.add("timed out " + tunnel.endpointId());
        return decision;
    }

    @Override
    public void onDestroyed(Tunnel tunnel, Reason reason) {
        told.add("destroyed " + tunnel.endpointId() + " " + reason + (interfaces.contains("gwi-" + tunnel.endpointId()) ? "" : " late"));
    }

    /** A packet comes to worker 0; answers the tunnel, or null. */
    TunnelState packet(long endpointId) {
        TunnelState tunnel = manager.tunnelOf(endpointId);
        if (tunnel != null) {
            tunnel.received(0, 1, 100, clock.getAsLong());
        }
        return tunnel;
    }

    /** The workers change over to the tunnels that are readable now. */
    void workersLetGo() {
        readable.acknowledge(0, readable.version());
        readable.acknowledge(1, readable.version());
    }

    /** The callback threads run what waits for them. */
    void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
    }

    /** All that can happen without time passing. */
    void settle() {
        do {
            workersLetGo();
            runTasks();
        } while (manager.doWork() > 0 || !tasks.isEmpty());
    }

    void advance(Duration by) {
        clock.advance(by);
        settle();
    }

    /** The phase of an endpoint's tunnel, or NONE. */
    String phase(long endpointId) {
        return manager.stats().stream().filter(stats -> stats.endpointId() == endpointId).map(TunnelStats::phase).map(Enum::name)
                .findFirst().orElse("NONE");
    }

    /** An interface of which only its being there counts. */
    private final class Device implements TunDevice {
        private final String name;

        private Device(String name) throws IOException {
            this.name = name;
            if (!interfaces.add(name)) {
                throw new IOException(name + ": device or resource busy");
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int index() {
            return 1;
        }

        @Override
        public TunOffload offload() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int queueCount() {
            return 2;
        }

        @Override
        public TunQueue queue(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            interfaces.remove(name);
        }
    }
}
