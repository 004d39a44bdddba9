package io.github.gwlb4j.gwlb.internal;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.gwlb.TunnelMode;
import io.github.gwlb4j.gwlb.internal.handover.HandedTunnel;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.Syscalls;
import io.github.gwlb4j.tun.Link;
import io.github.gwlb4j.tun.LinkSysctl;
import io.github.gwlb4j.tun.LinuxException;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.OffloadPolicy;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunDevice;
import io.github.gwlb4j.tun.TunMode;
import java.io.IOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the interfaces of tunnels, named as existing hook scripts expect: {@code gwi-<X>} and {@code gwo-<X>}, X the endpoint id in
 * base 60; up, with the tunnel's MTU, one queue for each worker; made, or taken if they were made beforehand. Usable from any thread; they are made in the network
 * namespace of the thread that calls.
 */
final class InterfaceOpener implements TunnelInterfaces.Opener {
    private static final Logger LOG = LoggerFactory.getLogger(InterfaceOpener.class);

    private final TunSettings settings;
    private final int mtu;
    private final int workers;
    private boolean hasWarned;

    InterfaceOpener(TunSettings settings, int mtu, int workers) {
        this.settings = settings;
        this.mtu = mtu;
        this.workers = workers;
    }

    @Override
    public TunnelInterfaces open(long endpointId, TunnelMode mode) throws IOException {
        String suffix = EndpointId.toBase60(endpointId);
        TunDevice ingress = open("gwi-" + suffix, mode);
        if (!mode.hasEgressInterface()) {
            return new TunnelInterfaces(ingress, null);
        }
        try {
            return new TunnelInterfaces(ingress, open("gwo-" + suffix, mode));
        } catch (Throwable e) { // whatever it is, the first must not stay behind
            ingress.close();
            throw e;
        }
    }

    @Override
    public TunnelInterfaces adopt(HandedTunnel handed) throws IOException {
        String suffix = EndpointId.toBase60(handed.endpointId());
        TunDevice ingress = null;
        boolean isEgressOurs = true;
        try {
            ingress = settings.deviceOpener().adopt(config("gwi-" + suffix, handed.mode()).build(), handed.ingress());
            if (!handed.mode().hasEgressInterface()) {
                return new TunnelInterfaces(ingress, null);
            }
            isEgressOurs = false;
            return new TunnelInterfaces(ingress, settings.deviceOpener().adopt(config("gwo-" + suffix, handed.mode()).build(), handed.egress()));
        } catch (Throwable e) { // whatever it is, nothing stays open here
            if (ingress != null) {
                ingress.close();
            }
            if (isEgressOurs) {
                Arrays.stream(handed.egress()).forEach(Syscalls::close);
            }
            throw e;
        }
    }

    private TunDevice open(String name, TunnelMode mode) throws IOException {
        TunDevice device = makeOrTake(name, mode);
        if (device.queueCount() < workers) {
            int queues = device.queueCount();
            device.close();
            throw new IOException("interface " + name + " has " + queues + " queue(s), each of " + workers + " worker(s) needs one: let the "
                    + "deviceOpener open as many as the TunConfig says, or lower workers");
        }
        LOG.info("interface {} opened, offload: {}", name, device.offload().describe());
        if (device.queue(0).fileDescriptor() >= 0) { // one in memory has no link in the kernel
            try (NetAdmin admin = NetAdmin.open()) {
                configure(admin, name);
            } catch (Throwable e) { // whatever it is, the interface must not stay behind
                device.close();
                throw e;
            }
        }
        return device;
    }

    /**
     * An interface that someone has made beforehand is taken, and left when the tunnel ends: with it this program may belong to a user
     * without any capability.
     */
    private TunDevice makeOrTake(String name, TunnelMode mode) throws IOException {
        try {
            return settings.deviceOpener().open(config(name, mode).txQueueLength(settings.interfaceQueueLength()).up(false).build());
        } catch (LinuxException e) {
            if (e.errno() != Errno.EBUSY.number()) {
                throw e;
            }
            boolean isUp;
            try (NetAdmin admin = NetAdmin.open()) {
                if (!admin.isUnusedTun(name)) {
                    throw e;
                }
                isUp = isUp(admin, name);
            }
            LOG.info("interface {} exists already and is taken; it will stay", name);
            return settings.deviceOpener().open(config(name, mode).mode(TunMode.ATTACH).persistent(true).up(isUp).build());
        }
    }

    private TunConfig.Builder config(String name, TunnelMode mode) {
        return TunConfig.builder(name).mtu(mtu).queues(workers).offload(mode == TunnelMode.TUN ? settings.offload() : OffloadPolicy.OFF);
    }

    private static boolean isUp(NetAdmin admin, String name) throws LinuxException {
        return admin.link(name).filter(Link::isUp).isPresent();
    }

    private void configure(NetAdmin admin, String name) throws LinuxException {
        if (!settings.isReversePathFiltered()) {
            switchOffReversePathFilter(admin, name);
        }
        try {
            // Or the kernel would send router solicitations and the like of its own into the tunnel.
            admin.ensureSysctl(name, LinkSysctl.IPV6_ADDR_GEN_MODE, 1);
        } catch (LinuxException e) {
            LOG.debug("{}: {}", name, e.getMessage()); // no IPv6 here, then there are none
        }
        if (!isUp(admin, name)) {
            admin.setUp(name, true);
        }
    }

    /**
     * Clients' addresses are routed elsewhere, so the filter would drop all that they send. The kernel takes the larger one of an
     * interface's own value and that for "all" (ip-sysctl.rst), so the latter may still be in the way.
     */
    private void switchOffReversePathFilter(NetAdmin admin, String name) {
        try {
            admin.ensureSysctl(name, LinkSysctl.IPV4_RP_FILTER, 0);
            if (admin.sysctl("all", LinkSysctl.IPV4_RP_FILTER) > 0) {
                warn("net.ipv4.conf.all.rp_filter is on: the kernel may drop what clients send without a word; "
                        + "'sysctl -w net.ipv4.conf.all.rp_filter=0' mends it");
            }
        } catch (LinuxException e) {
            warn("the reverse path filter of " + name + " could not be switched off, the kernel may drop what clients send: "
                    + e.getMessage());
        }
    }

    private synchronized void warn(String message) {
        if (!hasWarned) {
            hasWarned = true;
            LOG.warn(message);
        }
    }
}
