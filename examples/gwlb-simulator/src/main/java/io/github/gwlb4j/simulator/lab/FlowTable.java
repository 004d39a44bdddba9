package io.github.gwlb4j.simulator.lab;

import io.github.gwlb4j.packet.FlowKey;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The flows that the load balancer knows; the longest unused makes room for a new one. Not thread-safe. */
final class FlowTable {
    /** Odd, so that counting up in steps of it meets every 32-bit cookie once. */
    private static final int COOKIE_STEP = 0x9e37_79b1;

    private record Unreadable(LabSite site, int ipVersion) {
    }

    private final int maxFlows;
    private final Map<FlowKey, Flow> byKey = new LinkedHashMap<>(1024, 0.75f, true);
    private final Map<Integer, Flow> byCookie = new HashMap<>();
    private final Map<Unreadable, Flow> unreadable = new HashMap<>();
    private int lastCookie = new SecureRandom().nextInt();
    private volatile int size;
    private volatile long forgotten;

    FlowTable(int maxFlows) {
        this.maxFlows = maxFlows;
    }

    /** The flow, or null if it is unknown. */
    Flow find(FlowKey key) {
        return byKey.get(key);
    }

    /** The flow that has or had this cookie, or null. */
    Flow findByCookie(int cookie) {
        return byCookie.get(cookie);
    }

    Flow findOrAdd(FlowKey key, LabSite site, int ipVersion) {
        Flow known = byKey.get(key);
        if (known != null) {
            return known;
        }
        if (byKey.size() == maxFlows) {
            forgetEldest();
        }
        Flow flow = new Flow(site, ipVersion, site.sourcePort(key.hash64()), nextCookie());
        byKey.put(key.copy(), flow);
        byCookie.put(flow.cookie(), flow);
        size = byKey.size();
        return flow;
    }

    /** The flow of all packets of a site that are no IP: there is nothing to tell them apart. */
    Flow ofUnreadable(LabSite site, int ipVersion) {
        return unreadable.computeIfAbsent(new Unreadable(site, ipVersion), key -> {
            Flow flow = new Flow(site, ipVersion, site.sourcePort(0), nextCookie());
            byCookie.put(flow.cookie(), flow);
            return flow;
        });
    }

    private int nextCookie() {
        lastCookie += COOKIE_STEP;
        return lastCookie;
    }

    private void forgetEldest() {
        var eldest = byKey.entrySet().iterator();
        Flow flow = eldest.next().getValue();
        eldest.remove();
        byCookie.remove(flow.cookie());
        byCookie.remove(flow.oldCookie());
        forgotten = forgotten + 1;
    }

    /** Gives all flows new cookies. */
    void changeCookies(long nowNs) {
        for (Flow flow : byKey.values()) {
            byCookie.remove(flow.oldCookie());
            byCookie.put(flow.cookie(), flow);
            flow.changeCookie(nextCookie(), nowNs);
            byCookie.put(flow.cookie(), flow);
        }
    }

    /** Flows known now; for any thread. */
    int size() {
        return size;
    }

    /** Flows that made room for others; for any thread. */
    long forgotten() {
        return forgotten;
    }
}
