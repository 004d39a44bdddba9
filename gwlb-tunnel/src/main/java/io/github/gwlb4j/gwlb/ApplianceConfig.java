package io.github.gwlb4j.gwlb;

import io.github.gwlb4j.gwlb.internal.Admission;
import io.github.gwlb4j.gwlb.health.HealthConfig;
import io.github.gwlb4j.gwlb.health.HealthContributor;
import io.github.gwlb4j.gwlb.transport.DatagramTransport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The settings of an appliance, checked here and nowhere else, sealed by {@link GwlbAppliance.Builder#build()}. Immutable. */
final class ApplianceConfig {
    private static final AtomicInteger UNNAMED = new AtomicInteger();

    final InetSocketAddress listen;
    final int workers;
    final int receiveBufferBytes;
    final int maxReturnSockets;
    final Duration returnSocketIdle;
    final int maxTunnels;
    final Duration tunnelIdleTimeout;
    final int optionClass;
    final Admission admission;
    final boolean isFailOpen;
    final boolean isPoisoning;
    final PacketHandler.Factory handlers;
    final TunnelListener listener;
    final Supplier<DatagramTransport> transport;
    final String name;
    final boolean isInJmx;
    final HealthConfig health;
    final Map<String, HealthContributor> healthContributors;

    ApplianceConfig(GwlbAppliance.Builder from) {
        listen = Objects.requireNonNull(from.listen, "listen address");
        workers = requireRange("workers", from.workers, 1, 256);
        receiveBufferBytes = requireRange("receiveBufferBytes", from.receiveBufferBytes, 4096, 1 << 30);
        maxReturnSockets = requireRange("maxReturnSockets", from.maxReturnSockets, 1, 65_536);
        returnSocketIdle = requireDuration("returnSocketIdle", from.returnSocketIdle, false);
        maxTunnels = requireRange("maxTunnels", from.maxTunnels, 1, 65_536);
        tunnelIdleTimeout = requireDuration("tunnelIdleTimeout", from.tunnelIdleTimeout, true);
        optionClass = requireRange("optionClass", from.optionClass, 0, 0xffff);
        admission = new Admission(from.allowedSources, from.allowedEndpoints);
        isFailOpen = from.isFailOpen;
        isPoisoning = from.isPoisoning;
        listener = Objects.requireNonNull(from.listener, "listener");
        transport = from.transport;
        name = from.name != null ? requireName(from.name) : "gwlb4j-" + UNNAMED.incrementAndGet();
        isInJmx = from.isInJmx;
        health = from.health;
        healthContributors = Collections.unmodifiableMap(new LinkedHashMap<>(from.healthContributors));
        if (from.handlers == null) {
            throw new IllegalArgumentException("no packet handler: call handler(worker -> packet -> Verdict.FORWARD) or the like");
        }
        handlers = from.handlers;
    }

    private static String requireName(String name) {
        if (name.isBlank() || name.length() > 100 || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("name is '" + name + "', must be 1 to 100 characters, not blank, without control characters");
        }
        return name;
    }

    private static int requireRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
        }
        return value;
    }

    private static Duration requireDuration(String name, Duration value, boolean isZeroAllowed) {
        Objects.requireNonNull(value, name);
        if (value.isNegative() || value.isZero() && !isZeroAllowed || value.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", must be "
                    + (isZeroAllowed ? "zero (never) or positive" : "positive") + " and at most 365 days");
        }
        return value;
    }
}
