package io.github.gwlb4j.benchmarks.soak;

import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Kind;
import io.github.gwlb4j.benchmarks.soak.CallbackFaults.Place;
import io.github.gwlb4j.benchmarks.soak.Fault.Effect;
import io.github.gwlb4j.benchmarks.soak.Fault.Evidence;
import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.simulator.lab.LiveLab;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** All faults there are. Stateless. */
final class Faults {
    private static final String LINK = LiveLab.APPLIANCE_LINK;
    /** What systemd gives a service by default; a JVM raises it to the hard limit, which is more. */
    private static final int FILES = 1024;
    private static final String SUBNET = "10.99.0.0/24 dev " + LINK + " proto kernel scope link src " + LiveLab.APPLIANCE_ADDRESS;
    private static final String ADDRESS = LiveLab.APPLIANCE_ADDRESS + "/24";

    private Faults() {
    }

    /** Those that can be injected on this machine. */
    static List<Fault> all() {
        List<Fault> all = new ArrayList<>();
        for (Role role : new Role[] {Role.INLINE, Role.TUN}) {
            all.addAll(network(role));
            all.addAll(process(role));
            all.addAll(systemCalls(role));
        }
        all.addAll(handler());
        all.addAll(health());
        all.addAll(disk());
        all.addAll(listener());
        all.addAll(interfaces());
        all.addAll(death());
        all.addAll(upgrade());
        return all;
    }

    /** What faults need that this machine has not; the report says it too, so that nobody takes fewer faults for all of them. */
    static List<String> missingPrograms() {
        List<String> missing = new ArrayList<>();
        if (!Commands.isInstalled("strace")) {
            missing.add("strace");
        }
        if (!FakeClock.isInstalled()) {
            missing.add("gcc");
        }
        return missing;
    }

    // ---- the machine's network

    private static List<Fault> network(Role role) {
        return List.of(
                Fault.of("link-down", role, Effect.STOPS, "ip link set " + LINK + " down, then up")
                        .begin(unit -> unit.run("ip link set " + LINK + " down")).end(unit -> unit.run("ip link set " + LINK + " up"))
                        .seen(Evidence.stoppedFor(2)),
                Fault.of("address-removed", role, Effect.STOPS, "the local address is removed, then put back")
                        .begin(unit -> unit.run("ip address del " + ADDRESS + " dev " + LINK))
                        .end(unit -> unit.run("ip address add " + ADDRESS + " dev " + LINK)).seen(Evidence.stoppedFor(2)),
                Fault.of("mtu", role, Effect.PASSES, "MTU of the link 1000 instead of 9001: small packets pass, large ones do not come in")
                        .begin(unit -> unit.run("ip link set " + LINK + " mtu 1000")).end(unit -> unit.run("ip link set " + LINK + " mtu 9001"))
                        .seen((unit, before, after) -> {
                            long refused = NetworkFigures.refused(unit.process().pid(), LINK);
                            return refused > 0 ? "the link has refused " + refused + " packets so far" : null;
                        }),
                Fault.of("route-mtu", role, Effect.PASSES, "MTU of the route back 1000: large packets come, and their replies go as fragments")
                        .begin(unit -> unit.run("ip route change " + SUBNET + " mtu lock 1000")).end(unit -> unit.run("ip route change " + SUBNET))
                        .seen((unit, before, after) -> {
                            long fragments = NetworkFigures.fragmentsMade(unit.process().pid());
                            return fragments > 0 ? fragments + " fragments made so far" : null;
                        }),
                Fault.of("send-buffer-full", role, Effect.STOPS, "a queue of 1 Mbit/s on the link (tc tbf): the socket's send buffer fills, EAGAIN")
                        .lasting(5).begin(unit -> unit.run("tc qdisc replace dev " + LINK + " root tbf rate 1mbit burst 16kb limit 8mb"))
                        .end(unit -> unit.run("tc qdisc del dev " + LINK + " root")).seen(Evidence.dropped("SEND_BUFFER_FULL")),
                Fault.of("spoofing-flood", role, Effect.PASSES, "4000 packets in 4 s, of random flows and endpoints, from random ports")
                        .lasting(0).within(15).begin(unit -> unit.flood().send(4_000, 1_000, 100, null)).seen(Evidence.dropped("TUNNEL_LIMIT")),
                Fault.of("receive-overflow", role, Effect.STOPS, "SIGSTOP for a second while 3000 datagrams come: the receive buffer overflows")
                        .lasting(0).begin(unit -> {
                            unit.process().signal("STOP");
                            try {
                                unit.flood().send(3_000, 0, 1_200, unit.site().endpointId());
                                Thread.sleep(1_000);
                            } finally {
                                unit.process().signal("CONT");
                            }
                        }).seen(Evidence.counted("receiveBufferDrops")),
                Fault.of("resets", role, Effect.PASSES, "100 connections, each ended by the client's RST").lasting(0)
                        .begin(unit -> unit.site().client().call(() -> {
                            for (int i = 0; i < 100; i++) {
                                unit.connections().exchange(true);
                            }
                            return null;
                        })));
    }

    // ---- the process

    private static List<Fault> process(Role role) {
        return List.of(
                Fault.of("stopped", role, Effect.STOPS, "SIGSTOP, then SIGCONT").lasting(4)
                        .begin(unit -> unit.process().signal("STOP")).end(unit -> unit.process().signal("CONT"))
                        .seen(Evidence.stoppedFor(3)),
                Fault.of("descriptor-limit", role, Effect.PASSES, "no descriptor left (prlimit) while flows come from 200 new ports").lasting(4)
                        .begin(unit -> {
                            long open = unit.process().figures().descriptors();
                            Commands.run("prlimit", "--pid", Long.toString(unit.process().pid()), "--nofile=" + open + ":");
                            unit.flood().send(3_200, 2_000, 100, unit.site().endpointId());
                        })
                        .end(unit -> Commands.run("prlimit", "--pid", Long.toString(unit.process().pid()), "--nofile=" + FILES + ":"))
                        .seen(Evidence.logged("Too many open files")));
    }

    /** Real system calls made to fail under a tracer: what cannot be brought about from outside. */
    private static List<Fault> systemCalls(Role role) {
        if (!Commands.isInstalled("strace")) {
            return List.of();
        }
        return List.of(
                SystemCallFault.of("enobufs", role, "ENOBUFS", "SEND_BUFFER_FULL"),
                SystemCallFault.of("eagain", role, "EAGAIN", "SEND_BUFFER_FULL"));
    }

    // ---- callbacks

    private static Fault strike(String name, Role role, Effect effect, Place place, Kind kind, int times, String what) {
        return Fault.of(name, role, effect, what).begin(unit -> unit.strike(place, kind, times)).seen(Evidence.struck());
    }

    private static List<Fault> handler() {
        return List.of(
                strike("handler-exceptions", Role.INLINE, Effect.STOPS, Place.HANDLER, Kind.EXCEPTION, 500, "the handler throws 500 times")
                        .seen(Evidence.dropped("HANDLER_FAILED")),
                strike("handler-out-of-memory", Role.INLINE, Effect.STOPS, Place.HANDLER, Kind.OUT_OF_MEMORY, 5, "OutOfMemoryError in the handler")
                        .seen(Evidence.dropped("HANDLER_FAILED")),
                strike("timer-exceptions", Role.INLINE, Effect.PASSES, Place.TIMER, Kind.EXCEPTION, 20, "a handler's timer throws")
                        .seen(Evidence.counted("callbackFailures")),
                strike("timer-out-of-memory", Role.INLINE, Effect.PASSES, Place.TIMER, Kind.OUT_OF_MEMORY, 3, "OutOfMemoryError in a timer")
                        .seen(Evidence.counted("callbackFailures")),
                strike("flow-end-exceptions", Role.INLINE, Effect.PASSES, Place.FLOW_END, Kind.EXCEPTION, 50, "onFlowEnd throws")
                        .lasting(12).seen(Evidence.counted("callbackFailures")));
    }

    private static List<Fault> listener() {
        return List.of(
                newTunnels("listener-exceptions", Kind.EXCEPTION, 4, "onCreated throws"),
                newTunnels("listener-out-of-memory", Kind.OUT_OF_MEMORY, 3, "OutOfMemoryError in onCreated"),
                newTunnels("listener-slow", Kind.SLOW, 4, "onCreated takes 3 s"),
                Fault.of("hook-hangs", Role.TUN, Effect.PASSES, "the create script hangs; it is killed at its limit of "
                        + SoakAppliance.HOOK_LIMIT.toSeconds() + " s").lasting(9)
                        .begin(unit -> {
                            Files.createFile(unit.files().hangFile());
                            unit.flood().send(4, 0, 100, null);
                        })
                        .end(unit -> Files.deleteIfExists(unit.files().hangFile())).seen(Evidence.counted("tunnelCreationFailures")));
    }

    private static Fault newTunnels(String name, Kind kind, int times, String what) {
        return Fault.of(name, Role.TUN, Effect.PASSES, what).lasting(5).begin(unit -> {
            unit.strike(Place.LISTENER, kind, times);
            unit.flood().send(times, 0, 100, null);
        }).seen(kind == Kind.SLOW ? Evidence.struck() : Evidence.counted("tunnelCreationFailures"));
    }

    // ---- health port, disk, clock

    private static List<Fault> health() {
        return List.of(
                strike("contributor-out-of-memory", Role.INLINE, Effect.PASSES, Place.CONTRIBUTOR, Kind.OUT_OF_MEMORY, 2,
                        "OutOfMemoryError in a health contributor").lasting(7),
                Fault.of("page-out-of-memory", Role.INLINE, Effect.PASSES, "OutOfMemoryError in a page of the health port").begin(unit -> {
                    unit.strike(Place.PAGE, Kind.OUT_OF_MEMORY, 1);
                    HealthFlood.askForPage(unit);
                }).seen(Evidence.struck()),
                Fault.of("health-flood", Role.INLINE, Effect.PASSES,
                        "400 connections to the health port: held open, reading slowly, sending garbage; checks go on being answered")
                        .lasting(0).begin(HealthFlood::run).seen(HealthFlood::answeredMeanwhile));
    }

    private static List<Fault> disk() {
        List<Fault> faults = new ArrayList<>();
        faults.add(Fault.of("disk-full", Role.INLINE, Effect.PASSES, "no room for the capture and the log").lasting(5)
                .begin(unit -> unit.files().fillDisk()).end(unit -> Files.deleteIfExists(unit.files().filler())).seen(Faults::captureGoesOn));
        if (FakeClock.isInstalled()) {
            faults.add(Fault.of("clock-jump", Role.INLINE, Effect.PASSES, "the wall clock jumps an hour ahead, then two back, then is right again (preloaded clock)")
                    .lasting(0).begin(Faults::jump).end(unit -> unit.clock().jump(0)).seen(Evidence.done("clock an hour ahead and behind seen")));
        }
        return faults;
    }

    /** What the disk did not take is counted, and after it the capture grows again. */
    private static String captureGoesOn(SoakUnit unit, Counters before, Counters after) throws Exception {
        long lost = unit.figures().path("captureLost").asLong();
        long written = unit.figures().path("captureWritten").asLong();
        long endNs = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (System.nanoTime() - endNs < 0) {
            if (lost > 0 && unit.figures().path("captureWritten").asLong() > written) {
                return "capture lost " + lost + " packets so far, and goes on";
            }
            Thread.sleep(100);
        }
        return null;
    }

    private static void jump(SoakUnit unit) throws Exception {
        for (int hours : new int[] {1, -1}) {
            unit.clock().jump(hours * 3_600L);
            Thread.sleep(3_000);
            long aheadMs = unit.figures().path("wallClockMs").asLong() - System.currentTimeMillis();
            if (Math.abs(aheadMs - hours * 3_600_000L) > 60_000) {
                throw new IllegalStateException("the appliance's clock is " + aheadMs + " ms ahead, not " + hours + " h");
            }
        }
    }

    // ---- interfaces of tunnels

    private static List<Fault> interfaces() {
        return List.of(
                Fault.of("gwi-deleted", Role.TUN, Effect.STOPS, "ip link del gwi-X").lasting(0)
                        .begin(unit -> unit.run("ip link del " + device(unit, "gwi-"))).seen(Evidence.counted("tunnelsDestroyed")),
                Fault.of("gwo-deleted", Role.TUN, Effect.STOPS, "ip link del gwo-X").lasting(0)
                        .begin(unit -> unit.run("ip link del " + device(unit, "gwo-"))).seen(Evidence.counted("tunnelsDestroyed")),
                Fault.of("gwi-down", Role.TUN, Effect.STOPS, "ip link set gwi-X down, then up")
                        .begin(unit -> unit.run("ip link set " + device(unit, "gwi-") + " down"))
                        .end(unit -> unit.run("ip link set " + device(unit, "gwi-") + " up")).seen(Evidence.dropped("INTERFACE_WRITE_FAILED")));
    }

    private static String device(SoakUnit unit, String prefix) {
        return prefix + EndpointId.toBase60(unit.site().endpointId());
    }

    // ---- upgrade

    private static List<Fault> upgrade() {
        List<Fault> faults = new ArrayList<>();
        faults.add(Fault.of("upgrade", Role.UPGRADED, Effect.WAITS, "a new process takes over, the old one ends").lasting(0)
                .begin(SoakUnit::upgrade).seen((unit, before, after) -> after.other(Counters.FLOWS_ADOPTED) == 0 ? null : "process "
                        + unit.process().pid() + " has " + after.other(Counters.TUNNELS_ADOPTED) + " tunnels and "
                        + after.other(Counters.FLOWS_ADOPTED) + " flows of the one before"));
        if (Commands.isInstalled("strace")) {
            faults.add(SystemCallFault.offloadRefused(Role.UPGRADED));
        }
        return faults;
    }

    // ---- death

    private static List<Fault> death() {
        Evidence restarted = (unit, before, after) -> "started again, " + unit.restarts() + " times so far";
        return List.of(
                Fault.of("worker-death", Role.MORTAL, Effect.KILLS, "an error of the library ends a worker: the appliance closes, the program "
                        + "ends, its supervisor starts it again").lasting(0).within(30).begin(unit -> {
                            unit.expectEnd();
                            ApplianceProcess process = unit.process();
                            unit.strike(Place.WORKER, Kind.EXCEPTION, 1);
                            int exitCode = process.awaitEnd(Duration.ofSeconds(20));
                            if (exitCode != SoakAppliance.CLOSED_BY_ITSELF) {
                                throw new IllegalStateException("the appliance did not close when its worker died: exit code " + exitCode);
                            }
                        }).seen(restarted),
                Fault.of("killed", Role.MORTAL, Effect.KILLS, "SIGKILL; its supervisor starts it again").lasting(0).within(30).begin(unit -> {
                    unit.expectEnd();
                    ApplianceProcess process = unit.process();
                    process.signal("KILL");
                    process.awaitEnd(Duration.ofSeconds(5));
                }).seen(restarted));
    }
}
