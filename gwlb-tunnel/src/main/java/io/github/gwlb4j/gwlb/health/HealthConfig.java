package io.github.gwlb4j.gwlb.health;

import io.github.gwlb4j.gwlb.internal.Limits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Settings of the HTTP health page. Immutable; usable from any thread.
 *
 * <pre>{@code
 * GwlbAppliance appliance = GwlbAppliance.builder()
 *         .health(HealthConfig.builder(new InetSocketAddress("10.0.1.7", 8080)).format(HealthConfig.Format.JSON).build())
 *         .healthContributor("rules", () -> Files.isReadable(Path.of("rules.txt"))
 *                 ? HealthStatus.healthy() : HealthStatus.unhealthy("rules.txt cannot be read"))
 *         .handler(worker -> packet -> Verdict.FORWARD)
 *         .build();
 * }</pre>
 *
 * @param address          where to listen, TCP; a wildcard stands for every local address, IPv4 and IPv6
 * @param format           what {@code /} answers with unless the request's Accept header asks for another
 * @param maxConnections   most connections at a time
 * @param maxHeaderBytes   longest request, its headers included
 * @param requestTimeout   time for a whole request, and again for its answer
 * @param keepAlive        how long a connection may wait for its next request
 * @param maxTunnelsListed most tunnels that an answer lists one by one
 * @param pages            further pages by path
 * @param maxPageBytes     longest of them
 */
public record HealthConfig(InetSocketAddress address, Format format, int maxConnections, int maxHeaderBytes,
                           Duration requestTimeout, Duration keepAlive, int maxTunnelsListed, Map<String, HealthPage> pages,
                           int maxPageBytes) {
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._~/-]+");
    private static final Duration LONGEST = Duration.ofHours(1);

    /** What {@code /} answers with. */
    public enum Format {
        /** Lines for people. */
        TEXT,
        /** JSON, as the package documentation shows it. */
        JSON,
        /** Nothing but the status code, whatever the request accepts. */
        STATUS_ONLY
    }

    /**
     * Checks the settings; {@link #builder} is the convenient way.
     *
     * @param address          where to listen
     * @param format           of {@code /}
     * @param maxConnections   1 to 65,536
     * @param maxHeaderBytes   256 to 65,536
     * @param requestTimeout   10 ms to 1 h
     * @param keepAlive        10 ms to 1 h
     * @param maxTunnelsListed 0 to 2^20
     * @param pages            by path, which is not one of the health page's own; copied
     * @param maxPageBytes     1024 to 2^26
     * @throws IllegalArgumentException if a setting is out of range; the message names it
     */
    public HealthConfig {
        Objects.requireNonNull(address, "health address");
        Objects.requireNonNull(format, "health format");
        Limits.requireRange("health maxConnections", maxConnections, 1, 65_536);
        Limits.requireRange("health maxHeaderBytes", maxHeaderBytes, 256, 65_536);
        requireDuration("requestTimeout", requestTimeout);
        requireDuration("keepAlive", keepAlive);
        Limits.requireRange("health maxTunnelsListed", maxTunnelsListed, 0, 1 << 20);
        pages = Collections.unmodifiableMap(new LinkedHashMap<>(pages));
        pages.keySet().forEach(HealthConfig::requirePath);
        Limits.requireRange("health maxPageBytes", maxPageBytes, 1024, 1 << 26);
    }

    private static void requirePath(String path) {
        if (!PATH.matcher(path).matches() || path.equals("/metrics")) {
            throw new IllegalArgumentException("health page path '" + path + "' must start with / and go on with letters, digits and -._~/, "
                    + "and not be /metrics");
        }
    }

    private static void requireDuration(String name, Duration value) {
        if (value.toMillis() < 10 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("health " + name + " is " + value + ", must be 10 ms to 1 h");
        }
    }

    /**
     * The defaults on every local address, IPv4 and IPv6.
     *
     * @param port TCP port to listen on
     * @return settings
     * @throws IllegalArgumentException if the port is out of range
     */
    public static HealthConfig onPort(int port) {
        return builder(new InetSocketAddress(port)).build();
    }

    /**
     * Starts from the defaults.
     *
     * @param address local address and TCP port to listen on; a wildcard stands for every local address, IPv4 and IPv6
     * @return a new builder
     */
    public static Builder builder(InetSocketAddress address) {
        return new Builder(address);
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {
        private final InetSocketAddress address;
        private Format format = Format.TEXT;
        private int maxConnections = 256;
        private int maxHeaderBytes = 8192;
        private Duration requestTimeout = Duration.ofSeconds(5);
        private Duration keepAlive = Duration.ofSeconds(15);
        private int maxTunnelsListed = 256;
        private final Map<String, HealthPage> pages = new LinkedHashMap<>();
        private int maxPageBytes = 1 << 20;

        private Builder(InetSocketAddress address) {
            this.address = address;
        }

        /**
         * What {@code /} answers with.
         *
         * @param format default {@link Format#TEXT}
         * @return this
         */
        public Builder format(Format format) {
            this.format = format;
            return this;
        }

        /**
         * Most connections at a time. When all are in use, the one whose time is over soonest gives way, once it has had a
         * tenth of a second.
         *
         * @param count 1 to 65,536, default 256
         * @return this
         */
        public Builder maxConnections(int count) {
            maxConnections = count;
            return this;
        }

        /**
         * Longest request, its headers included; a longer one is answered with 431.
         *
         * @param bytes 256 to 65,536, default 8192
         * @return this
         */
        public Builder maxHeaderBytes(int bytes) {
            maxHeaderBytes = bytes;
            return this;
        }

        /**
         * Time that a client has for its whole first request, and again for taking the answer.
         *
         * @param timeout 10 ms to 1 h, default 5 s
         * @return this
         */
        public Builder requestTimeout(Duration timeout) {
            requestTimeout = timeout;
            return this;
        }

        /**
         * How long a connection may stay open for the next request to be complete.
         *
         * @param time 10 ms to 1 h, default 15 s
         * @return this
         */
        public Builder keepAlive(Duration time) {
            keepAlive = time;
            return this;
        }

        /**
         * Most tunnels that an answer lists one by one; it bounds the size of answers.
         *
         * @param count 0 to 2^20, default 256
         * @return this
         */
        public Builder maxTunnelsListed(int count) {
            maxTunnelsListed = count;
            return this;
        }

        /**
         * Serves one more page, for this machine only unless the page says otherwise. Call it for each.
         *
         * @param path such as {@code /live}; the same path again replaces the earlier page
         * @param page makes the content, for each request
         * @return this
         */
        public Builder page(String path, HealthPage page) {
            pages.put(Objects.requireNonNull(path, "path"), Objects.requireNonNull(page, "page"));
            return this;
        }

        /**
         * Longest of the further pages; a longer one is answered with 500.
         *
         * @param bytes 1024 to 2^26, default 2^20
         * @return this
         */
        public Builder maxPageBytes(int bytes) {
            maxPageBytes = bytes;
            return this;
        }

        /**
         * Checks and seals the settings.
         *
         * @return settings
         * @throws IllegalArgumentException if one is out of range; the message names it
         */
        public HealthConfig build() {
            return new HealthConfig(address, format, maxConnections, maxHeaderBytes, requestTimeout, keepAlive, maxTunnelsListed, pages,
                    maxPageBytes);
        }
    }
}
