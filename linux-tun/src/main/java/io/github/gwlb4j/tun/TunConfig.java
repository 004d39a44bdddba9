package io.github.gwlb4j.tun;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a TUN device shall be like. Immutable; made by {@link #builder(String)}, which checks every rule.
 *
 * <p>There is no switch for the point-to-point flag: the kernel sets it on every TUN device and keeps it, whatever an
 * application asks for (SIOCSIFFLAGS with the flag cleared succeeds and changes nothing; IFF_VOLATILE in linux/if.h). It
 * does no harm: an address with a prefix makes a subnet, and routes without a gateway work, as on a broadcast link.
 */
public final class TunConfig {

    /** Most queues the kernel gives a TUN device (MAX_TAP_QUEUES in drivers/net/tun.c). */
    public static final int MAX_QUEUES = 256;

    /** Smallest MTU: what every IPv4 host must forward (RFC 791). IPv6 needs 1,280 (RFC 8200). */
    public static final int MIN_MTU = 68;

    /** Largest MTU of a TUN device. */
    public static final int MAX_MTU = 65_535;

    private final Builder values;

    private TunConfig(Builder values) {
        this.values = values;
    }

    /**
     * Starts with the defaults: a new device, MTU 1,500, one queue, up, not persistent, offload {@link OffloadPolicy#AUTO},
     * in the calling thread's network namespace.
     *
     * @param name interface name of 1 to 15 bytes, or a pattern such as {@code "tun%d"} that the kernel completes with the
     *             first free number
     * @return a builder
     * @throws IllegalArgumentException if the kernel would not take the name
     */
    public static Builder builder(String name) {
        return new Builder(InterfaceNames.check(name, true));
    }

    /**
     * Interface name or pattern.
     *
     * @return as given
     */
    public String name() {
        return values.name;
    }

    /**
     * Largest packet the kernel sends into the device.
     *
     * @return bytes
     */
    public int mtu() {
        return values.mtu;
    }

    /**
     * Number of queues.
     *
     * @return at least 1
     */
    public int queues() {
        return values.queues;
    }

    /**
     * Whether the interface is set up.
     *
     * @return true by default
     */
    public boolean up() {
        return values.up;
    }

    /**
     * Packets the kernel keeps for a slow reader before it drops, for each queue.
     *
     * @return number of packets, -1 for the kernel's default (500)
     */
    public int txQueueLength() {
        return values.txQueueLength;
    }

    /**
     * Make or take a device.
     *
     * @return {@link TunMode#CREATE} by default
     */
    public TunMode mode() {
        return values.mode;
    }

    /**
     * Whether the interface stays when the last queue is closed.
     *
     * @return false by default
     */
    public boolean persistent() {
        return values.persistent;
    }

    /**
     * User who may attach without CAP_NET_ADMIN.
     *
     * @return user id, -1 if nobody is set
     */
    public int owner() {
        return values.owner;
    }

    /**
     * Group that may attach without CAP_NET_ADMIN.
     *
     * @return group id, -1 if none is set
     */
    public int group() {
        return values.group;
    }

    /**
     * Use of super-packets.
     *
     * @return {@link OffloadPolicy#AUTO} by default
     */
    public OffloadPolicy offload() {
        return values.offload;
    }

    /**
     * Where the interface shall be.
     *
     * @return the namespace, or null for the calling thread's
     */
    public NetworkNamespace namespace() {
        return values.namespace;
    }

    /**
     * Addresses the interface gets before it is set up.
     *
     * @return unmodifiable, empty by default
     */
    public List<LinkAddress> addresses() {
        return List.copyOf(values.addresses);
    }

    /** Collects settings. Not safe for several threads. */
    public static final class Builder {

        private final String name;
        private final List<LinkAddress> addresses = new ArrayList<>();
        private int mtu = 1500;
        private int queues = 1;
        private boolean up = true;
        private int txQueueLength = -1;
        private TunMode mode = TunMode.CREATE;
        private boolean persistent;
        private int owner = -1;
        private int group = -1;
        private OffloadPolicy offload = OffloadPolicy.AUTO;
        private NetworkNamespace namespace;

        private Builder(String name) {
            this.name = name;
        }

        private Builder(Builder other) {
            name = other.name;
            addresses.addAll(other.addresses);
            mtu = other.mtu;
            queues = other.queues;
            up = other.up;
            txQueueLength = other.txQueueLength;
            mode = other.mode;
            persistent = other.persistent;
            owner = other.owner;
            group = other.group;
            offload = other.offload;
            namespace = other.namespace;
        }

        /**
         * Sets the largest packet the kernel sends into the device.
         *
         * @param bytes {@value #MIN_MTU} to {@value #MAX_MTU}; 8,500 behind a Gateway Load Balancer
         * @return this
         * @throws IllegalArgumentException if out of range
         */
        public Builder mtu(int bytes) {
            mtu = checkRange("MTU", bytes, MIN_MTU, MAX_MTU);
            return this;
        }

        /**
         * Sets the number of queues; more than one makes a multi-queue device.
         *
         * @param count 1 to {@value #MAX_QUEUES}
         * @return this
         * @throws IllegalArgumentException if out of range
         */
        public Builder queues(int count) {
            queues = checkRange("number of queues", count, 1, MAX_QUEUES);
            return this;
        }

        /**
         * Sets whether the interface is set up.
         *
         * @param value false to leave it down
         * @return this
         */
        public Builder up(boolean value) {
            up = value;
            return this;
        }

        /**
         * Sets how many packets the kernel keeps for a slow reader before it drops.
         *
         * @param packets 1 to 1,000,000 for each queue
         * @return this
         * @throws IllegalArgumentException if out of range
         */
        public Builder txQueueLength(int packets) {
            txQueueLength = checkRange("transmit queue length", packets, 1, 1_000_000);
            return this;
        }

        /**
         * Sets whether a device is made or taken.
         *
         * @param value the mode
         * @return this
         */
        public Builder mode(TunMode value) {
            mode = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Sets whether the interface stays when the last queue is closed. A device that is taken and was persistent becomes
         * what is set here.
         *
         * @param value true to leave it
         * @return this
         */
        public Builder persistent(boolean value) {
            persistent = value;
            return this;
        }

        /**
         * Sets the user who may attach to the persistent device without CAP_NET_ADMIN.
         *
         * @param userId numeric user id
         * @return this
         * @throws IllegalArgumentException if negative
         */
        public Builder owner(int userId) {
            owner = checkRange("owner", userId, 0, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Sets the group that may attach to the persistent device without CAP_NET_ADMIN.
         *
         * @param groupId numeric group id
         * @return this
         * @throws IllegalArgumentException if negative
         */
        public Builder group(int groupId) {
            group = checkRange("group", groupId, 0, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Sets the use of super-packets.
         *
         * @param policy the policy
         * @return this
         */
        public Builder offload(OffloadPolicy policy) {
            offload = Objects.requireNonNull(policy);
            return this;
        }

        /**
         * Makes the interface in another network namespace; its queues are used from here.
         *
         * @param target the namespace
         * @return this
         */
        public Builder namespace(NetworkNamespace target) {
            namespace = Objects.requireNonNull(target);
            return this;
        }

        /**
         * Adds an address, given to the interface before it is set up.
         *
         * @param text such as {@code "10.0.0.1/24"} or {@code "fd00::1/64"}
         * @return this
         * @throws IllegalArgumentException if it is no address
         */
        public Builder address(String text) {
            addresses.add(LinkAddress.parse(text));
            return this;
        }

        /**
         * Ends the building.
         *
         * @return the configuration; later changes to this builder do not show in it
         * @throws IllegalArgumentException if two settings contradict each other
         */
        public TunConfig build() {
            if (mode == TunMode.ATTACH && name.contains("%d")) {
                throw new IllegalArgumentException("TunMode.ATTACH needs the full name of a device, not the pattern '" + name + "'");
            }
            return new TunConfig(new Builder(this));
        }

        private static int checkRange(String what, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(what + " must be " + min + " to " + max + ", got " + value);
            }
            return value;
        }
    }
}
