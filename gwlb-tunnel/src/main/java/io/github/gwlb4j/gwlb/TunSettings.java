package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.gwlb.internal.Limits;
import io.github.gwlb4j.gwlb.internal.flow.FlowTableConfig;
import io.github.gwlb4j.gwlb.internal.flow.FragmentRecords;
import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.OffloadPolicy;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * Settings of the modes with TUN interfaces: the interfaces, and the flow table of {@link TunnelMode#TUN}. Immutable; usable
 * from any thread.
 */
public final class TunSettings {
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

    private final int interfaceQueueLength;
    private final boolean isReversePathFiltered;
    private final OffloadPolicy offload;
    private final DeviceOpener deviceOpener;
    private final int fragmentRecords;
    private final FlowTableConfig flows;
    private final Path flowTableFile;
    private final Duration flowTableInterval;

    /** Opens TUN devices: {@link LinuxTun#open}, or for tests one in memory. */
    @FunctionalInterface
    public interface DeviceOpener {
        /**
         * Opens a device. On a callback thread.
         *
         * @param config name, MTU and number of queues that it must have
         * @return an open device
         * @throws IOException if the system refuses; the message names the fix
         */
        TunDevice open(TunConfig config) throws IOException;

        /**
         * Takes a device that a process before this one had open, see {@link GwlbApplianceBuilder#takeover}.
         *
         * @param config      name, offload policy and number of queues
         * @param descriptors of its queues, in their order; owned by the result, and closed if this fails
         * @return an open device, by default that of {@link LinuxTun#adopt}
         * @throws IOException if they are not queues of this device
         */
        default TunDevice adopt(TunConfig config, int... descriptors) throws IOException {
            return LinuxTun.adopt(config, descriptors);
        }
    }

    private TunSettings(Builder from) {
        interfaceQueueLength = Limits.requireRange("interfaceQueueLength", from.interfaceQueueLength, 1, 1_000_000);
        isReversePathFiltered = from.isReversePathFiltered;
        offload = Objects.requireNonNull(from.offload, "offload");
        deviceOpener = Objects.requireNonNull(from.deviceOpener, "deviceOpener");
        fragmentRecords = Limits.requireRange("fragmentRecords", from.fragmentRecords, 1, FragmentRecords.MAX_CAPACITY);
        long tcpNs = timeoutNs("tcpFlowTimeout", from.tcpFlowTimeout);
        long otherNs = timeoutNs("otherFlowTimeout", from.otherFlowTimeout);
        long closedNs = Math.min(tcpNs, timeoutNs("closedFlowTimeout", from.closedFlowTimeout));
        Limits.requireRange("maxFlows", from.maxFlows, 1, FlowTableConfig.MAX_FLOWS);
        FlowTableConfig usual = FlowTableConfig.defaults(from.maxFlows).withTimeouts(tcpNs, otherNs, closedNs, Math.min(tcpNs, otherNs));
        int headerBytes = Limits.requireRange("flowHeaderBytes", from.flowHeaderBytes, 8, 260);
        flows = usual.withHeaderRoom(headerBytes, usual.overflowPaths());
        flowTableFile = from.flowTableFile;
        flowTableInterval = from.flowTableFile == null ? null : Limits.requirePositive("flowTableFile interval", from.flowTableInterval);
        if (flowTableInterval != null && flowTableInterval.compareTo(SHORTEST_INTERVAL) < 0) {
            throw new IllegalArgumentException("flowTableFile interval is " + flowTableInterval + ", must be 100 ms or more");
        }
    }

    private static long timeoutNs(String name, Duration value) {
        Objects.requireNonNull(value, name);
        if (value.compareTo(Duration.ofMillis(10)) < 0 || value.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", must be 10 ms to 1 day");
        }
        return value.toNanos();
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Packets that the kernel keeps for a busy worker.
     *
     * @return for each queue of an interface
     */
    public int interfaceQueueLength() {
        return interfaceQueueLength;
    }

    /**
     * Whether the machine's reverse path filter is left as it is on the interfaces.
     *
     * @return false by default
     */
    public boolean isReversePathFiltered() {
        return isReversePathFiltered;
    }

    /**
     * Use of super-packets in {@link TunnelMode#TUN}.
     *
     * @return {@link OffloadPolicy#AUTO} by default
     */
    public OffloadPolicy offload() {
        return offload;
    }

    /**
     * Who opens the interfaces.
     *
     * @return by default the kernel
     */
    public DeviceOpener deviceOpener() {
        return deviceOpener;
    }

    /**
     * Fragmented packets that can be followed at a time.
     *
     * @return 1 or more
     */
    public int fragmentRecords() {
        return fragmentRecords;
    }

    /**
     * Where the flow table is saved now and then.
     *
     * @return null, by default, if it is not
     */
    public Path flowTableFile() {
        return flowTableFile;
    }

    /**
     * How often the flow table is saved.
     *
     * @return null if it is not
     */
    public Duration flowTableInterval() {
        return flowTableInterval;
    }

    /** The sizes and times of the flow table. Internal type, so not public. */
    FlowTableConfig flows() {
        return flows;
    }

    /** Collects the settings. Not thread-safe. */
    public static final class Builder {
        private int interfaceQueueLength = 1000;
        private boolean isReversePathFiltered;
        private OffloadPolicy offload = OffloadPolicy.AUTO;
        private DeviceOpener deviceOpener = LinuxTun::open;
        private int fragmentRecords = FragmentRecords.DEFAULT_CAPACITY;
        private int maxFlows = 131_072;
        private int flowHeaderBytes = 40;
        private Duration tcpFlowTimeout = Duration.ofSeconds(350);
        private Duration otherFlowTimeout = Duration.ofSeconds(120);
        private Duration closedFlowTimeout = Duration.ofSeconds(30);
        private Path flowTableFile;
        private Duration flowTableInterval;

        private Builder() {
        }

        /**
         * How many packets the kernel keeps for a worker that is busy, before it drops them. What it has dropped,
         * {@code ip -s link} tells as TX dropped.
         *
         * @param packets 1 to 1,000,000 for each queue, default 1000
         * @return this
         */
        public Builder interfaceQueueLength(int packets) {
            interfaceQueueLength = packets;
            return this;
        }

        /**
         * Whether to leave the kernel's reverse path filter on for the interfaces, as the machine's default says. With it the
         * kernel drops clients' packets, since their addresses are not routed to the interface that they arrive on.
         *
         * @param isReversePathFiltered default false: switched off for the interfaces; the log warns if the machine's setting
         *                              for "all" interfaces keeps it on
         * @return this
         */
        public Builder reversePathFilter(boolean isReversePathFiltered) {
            this.isReversePathFiltered = isReversePathFiltered;
            return this;
        }

        /**
         * Use of super-packets in {@link TunnelMode#TUN}: packets of a TCP connection are merged before the kernel gets them, and
         * its own are taken whole and cut here, which costs far less than each alone. Whoever listens at an interface sees packets
         * longer than its MTU then, as with the offloads of a network card. In the other modes, where listening is the
         * purpose, there are never any.
         *
         * @param policy default {@link OffloadPolicy#AUTO}
         * @return this
         */
        public Builder offload(OffloadPolicy policy) {
            offload = policy;
            return this;
        }

        /**
         * Opens devices in another way, for tests without privileges: see {@code io.github.gwlb4j.tun.testkit.MemoryTunPair}.
         *
         * @param opener default {@link LinuxTun#open}
         * @return this
         */
        public Builder deviceOpener(DeviceOpener opener) {
            deviceOpener = opener;
            return this;
        }

        /**
         * How many fragmented packets can be followed at a time, so that their later fragments find the flow of the first.
         *
         * @param records 1 to 2^24, default 4096; 64 bytes each
         * @return this
         */
        public Builder fragmentRecords(int records) {
            fragmentRecords = records;
            return this;
        }

        /**
         * How many flows the table has room for. When it is full of flows that live, packets of new ones are dropped as
         * {@link DropReason#FLOW_TABLE_FULL}, and those that it knows go on. All of its memory is taken at the start.
         *
         * @param flows 1 to 12,000,000, default 131,072; 182 bytes of direct memory each
         * @return this
         */
        public Builder maxFlows(int flows) {
            maxFlows = flows;
            return this;
        }

        /**
         * Length of the GENEVE headers that fit into a flow's own room; longer ones take one of a smaller number of rooms.
         *
         * @param bytes 8 to 260, default 40, the load balancer's header
         * @return this
         */
        public Builder flowHeaderBytes(int bytes) {
            flowHeaderBytes = bytes;
            return this;
        }

        /**
         * Silence after which a TCP flow is forgotten. Must not be shorter than the load balancer's own timeout.
         *
         * @param timeout 10 ms to 1 day, default 350 s, as the load balancer's
         * @return this
         */
        public Builder tcpFlowTimeout(Duration timeout) {
            tcpFlowTimeout = timeout;
            return this;
        }

        /**
         * Silence after which a flow other than TCP is forgotten. Must not be shorter than the load balancer's own timeout.
         *
         * @param timeout 10 ms to 1 day, default 120 s, as the load balancer's
         * @return this
         */
        public Builder otherFlowTimeout(Duration timeout) {
            otherFlowTimeout = timeout;
            return this;
        }

        /**
         * Silence after which a TCP flow is forgotten that was reset, or closed by both sides.
         *
         * @param timeout 10 ms to 1 day, default 30 s; no longer than {@link #tcpFlowTimeout} counts
         * @return this
         */
        public Builder closedFlowTimeout(Duration timeout) {
            closedFlowTimeout = timeout;
            return this;
        }

        /**
         * Saves the flow table of {@link TunnelMode#TUN} to a file now and then and at the end, on a thread of its own, and fills the table from it
         * at the start: after a crash packets that the kernel sends find their way back at once, not only after the load balancer's next
         * packet of their flow, and the tunnels of these flows are created at once. Flows that have been silent for their timeout by then are left
         * out. A file that is missing, damaged, or writable by another user is told in the log and makes no flow. Linux only.
         *
         * @param file     in a folder that only this user may write; made with mode 0600; about 110 bytes a flow
         * @param interval 100 ms or more; what is new since is lost in a crash
         * @return this
         */
        public Builder flowTableFile(Path file, Duration interval) {
            flowTableFile = Objects.requireNonNull(file, "file");
            flowTableInterval = interval;
            return this;
        }

        /**
         * Checks and seals the settings.
         *
         * @return the settings
         * @throws IllegalArgumentException if one is out of range; the message names it
         */
        public TunSettings build() {
            return new TunSettings(this);
        }
    }
}
