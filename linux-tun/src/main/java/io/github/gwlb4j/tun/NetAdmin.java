package io.github.gwlb4j.tun;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.NetlinkMessage;
import io.github.gwlb4j.linux.NetlinkReply;
import io.github.gwlb4j.linux.NetlinkSocket;
import io.github.gwlb4j.linux.Syscalls;

/**
 * Interfaces, addresses, routes and sysctls of one network namespace, over rtnetlink(7). Safe for any thread. Changes need
 * CAP_NET_ADMIN. Meant for the control side: each call is one or a few round trips to the kernel.
 */
public final class NetAdmin implements AutoCloseable {

    private final NetworkNamespace namespace;
    private final NetlinkSocket socket;

    private NetAdmin(NetworkNamespace namespace, NetlinkSocket socket) {
        this.namespace = namespace;
        this.socket = socket;
    }

    /**
     * For the calling thread's network namespace.
     *
     * @return the administrator, to be closed
     * @throws LinuxException if this is not Linux or no socket can be opened
     */
    public static NetAdmin open() throws LinuxException {
        return new NetAdmin(null, openSocket());
    }

    /**
     * For another network namespace.
     *
     * @param namespace which; must stay open as long as sysctls are used
     * @return the administrator, to be closed
     * @throws LinuxException if the namespace cannot be entered or no socket can be opened
     */
    public static NetAdmin open(NetworkNamespace namespace) throws LinuxException {
        return new NetAdmin(namespace, inside(namespace, NetAdmin::openSocket));
    }

    private static NetlinkSocket openSocket() throws LinuxException {
        if (Syscalls.unavailableCause() != null) {
            throw new LinuxException("cannot administer network interfaces: " + Syscalls.unavailableCause());
        }
        NetlinkSocket socket = NetlinkSocket.open();
        if (socket == null) {
            throw TunErrors.descriptors("open a netlink socket", Errno.EMFILE.number());
        }
        return socket;
    }

    private static <T> T inside(NetworkNamespace namespace, Callable<T> task) throws LinuxException {
        try {
            return namespace.call(task);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LinuxException refusal) {
                throw refusal;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * All interfaces.
     *
     * @return a new list
     * @throws LinuxException if the kernel refuses
     */
    public List<Link> links() throws LinuxException {
        List<Link> links = new ArrayList<>();
        request("list interfaces", NetlinkMessage.listLinks(), reply -> links.add(new Link(reply.linkIndex(), reply.linkName(),
                reply.linkFlags(), reply.linkMtu(), reply.linkTxQueueLength())));
        return links;
    }

    /**
     * One interface.
     *
     * @param name its name
     * @return the interface, or empty if there is none
     * @throws LinuxException if the kernel refuses
     */
    public Optional<Link> link(String name) throws LinuxException {
        return links().stream().filter(link -> link.name().equals(name)).findFirst();
    }

    /**
     * Whether an interface is a persistent TUN device that no program has open: one that was made beforehand, or left behind, and can be
     * taken with {@link TunMode#ATTACH}.
     *
     * @param name interface
     * @return false for other interfaces and if there is none, and on kernels that do not tell (before 4.18)
     * @throws LinuxException if the kernel refuses
     */
    public boolean isUnusedTun(String name) throws LinuxException {
        boolean[] isUnused = {false};
        request("list interfaces", NetlinkMessage.listLinks(), reply -> isUnused[0] |= reply.linkName().equals(name) && reply.linkIsUnusedTun());
        return isUnused[0];
    }

    /**
     * Sets the MTU.
     *
     * @param name interface
     * @param mtu  bytes
     * @throws LinuxException if there is no such interface or the kernel refuses
     */
    public void setMtu(String name, int mtu) throws LinuxException {
        request("set MTU " + mtu + " of " + name, NetlinkMessage.changeLink(index(name)).mtu(mtu));
    }

    /**
     * Sets the transmit queue length.
     *
     * @param name    interface
     * @param packets length
     * @throws LinuxException if there is no such interface or the kernel refuses
     */
    public void setTxQueueLength(String name, int packets) throws LinuxException {
        request("set queue length " + packets + " of " + name, NetlinkMessage.changeLink(index(name)).txQueueLength(packets));
    }

    /**
     * Sets an interface up or down.
     *
     * @param name interface
     * @param up   true for up
     * @throws LinuxException if there is no such interface or the kernel refuses
     */
    public void setUp(String name, boolean up) throws LinuxException {
        request("set " + name + (up ? " up" : " down"), NetlinkMessage.setUp(index(name), up));
    }

    /**
     * Renames an interface. Older kernels (before 6.2) want it down.
     *
     * @param name    present name
     * @param newName new name of 1 to 15 bytes
     * @throws LinuxException           if there is no such interface, the new name is taken or the kernel refuses
     * @throws IllegalArgumentException if the kernel would not take the new name
     */
    public void rename(String name, String newName) throws LinuxException {
        InterfaceNames.check(newName, false);
        request("rename " + name + " to " + newName, NetlinkMessage.changeLink(index(name)).name(newName));
    }

    /**
     * Deletes an interface, also a persistent TUN device.
     *
     * @param name interface
     * @throws LinuxException if there is no such interface or the kernel refuses
     */
    public void delete(String name) throws LinuxException {
        request("delete " + name, NetlinkMessage.deleteLink(index(name)));
    }

    /**
     * The addresses of an interface, both IP versions.
     *
     * @param name interface
     * @return a new list
     * @throws LinuxException if there is no such interface or the kernel refuses
     */
    public List<LinkAddress> addresses(String name) throws LinuxException {
        int index = index(name);
        List<LinkAddress> addresses = new ArrayList<>();
        request("list addresses", NetlinkMessage.listAddresses(), reply -> {
            if (reply.addressLinkIndex() == index) {
                addresses.add(new LinkAddress(inetAddress(reply.address()), reply.addressPrefixLength()));
            }
        });
        return addresses;
    }

    /**
     * Adds an address. An IPv6 address can be used at once, without duplicate address detection.
     *
     * @param name    interface
     * @param address address and prefix
     * @throws LinuxException if there is no such interface, it has the address already, or the kernel refuses
     */
    public void addAddress(String name, LinkAddress address) throws LinuxException {
        request("add address " + address + " to " + name, address(true, name, address));
    }

    /**
     * Makes sure an interface has an address: as {@link #addAddress}, but no error if it has it already.
     *
     * @param name    interface
     * @param address address and prefix
     * @throws LinuxException if there is no such interface or the kernel refuses
     */
    public void setAddress(String name, LinkAddress address) throws LinuxException {
        try {
            addAddress(name, address);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EEXIST.number()) {
                throw e;
            }
        }
    }

    /**
     * Removes an address.
     *
     * @param name    interface
     * @param address address and prefix
     * @throws LinuxException if there is no such interface or address, or the kernel refuses
     */
    public void deleteAddress(String name, LinkAddress address) throws LinuxException {
        request("delete address " + address + " of " + name, address(false, name, address));
    }

    private NetlinkMessage address(boolean add, String name, LinkAddress address) throws LinuxException {
        return NetlinkMessage.address(add, index(name), address.address().getAddress(), address.prefixLength());
    }

    /**
     * All unicast routes into interfaces, both IP versions, all tables; routes with several next hops are left out.
     *
     * @return a new list
     * @throws LinuxException if the kernel refuses
     */
    public List<Route> routes() throws LinuxException {
        List<Link> links = links();
        List<Route> routes = new ArrayList<>();
        for (int family : new int[] {CConstants.AF_INET, CConstants.AF_INET6}) {
            request("list routes", NetlinkMessage.listRoutes(family), reply -> {
                if (reply.routeIsUnicast() && reply.routeLinkIndex() > 0) {
                    routes.add(route(reply, family, links));
                }
            });
        }
        return routes;
    }

    private static Route route(NetlinkReply reply, int family, List<Link> links) {
        byte[] any = new byte[family == CConstants.AF_INET ? 4 : 16];
        byte[] destination = reply.routeDestination();
        byte[] gateway = reply.routeGateway();
        String name = links.stream().filter(link -> link.index() == reply.routeLinkIndex()).map(Link::name).findFirst()
                .orElse("#" + reply.routeLinkIndex());
        return new Route(new LinkAddress(inetAddress(destination == null ? any : destination), reply.routePrefixLength()),
                gateway == null ? null : inetAddress(gateway), name, reply.routeTable(), reply.routeMetric());
    }

    /**
     * Adds a route.
     *
     * @param route the route
     * @throws LinuxException if it exists already, its interface is missing or down, or the kernel refuses
     */
    public void addRoute(Route route) throws LinuxException {
        request("add route to " + route.destination() + " into " + route.linkName(), route(true, route));
    }

    /**
     * Removes a route.
     *
     * @param route the route
     * @throws LinuxException if there is no such route or the kernel refuses
     */
    public void deleteRoute(Route route) throws LinuxException {
        request("delete route to " + route.destination() + " into " + route.linkName(), route(false, route));
    }

    private NetlinkMessage route(boolean add, Route route) throws LinuxException {
        byte[] gateway = route.gateway() == null ? null : route.gateway().getAddress();
        return NetlinkMessage.route(add, route.destination().address().getAddress(), route.destination().prefixLength(), gateway,
                index(route.linkName()), route.table(), route.metric());
    }

    /**
     * Reads a setting of an interface.
     *
     * @param name   interface, or {@code "all"} or {@code "default"}
     * @param sysctl which
     * @return its value
     * @throws LinuxException if there is no such interface or setting
     */
    public int sysctl(String name, LinkSysctl sysctl) throws LinuxException {
        InterfaceNames.check(name, false);
        return inNamespace(() -> SysctlFile.of(sysctl, name).read());
    }

    /**
     * Makes sure a setting has a value, and reads it back. Other programs (NetworkManager, systemd-networkd, sysctl --system)
     * may reset it later: call this again from time to time.
     *
     * @param name   interface, or {@code "all"} or {@code "default"}
     * @param sysctl which
     * @param value  the value it shall have
     * @return true if it had another value before
     * @throws LinuxException if there is no such interface or setting, or it does not keep the value
     */
    public boolean ensureSysctl(String name, LinkSysctl sysctl, int value) throws LinuxException {
        InterfaceNames.check(name, false);
        return inNamespace(() -> SysctlFile.of(sysctl, name).ensure(value));
    }

    private <T> T inNamespace(Callable<T> task) throws LinuxException {
        if (namespace != null) {
            return inside(namespace, task);
        }
        try {
            return task.call();
        } catch (LinuxException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private int index(String name) throws LinuxException {
        return link(name).orElseThrow(() -> new LinuxException("find the interface " + name, Errno.ENODEV.number(),
                "See the list: ip link")).index();
    }

    private void request(String what, NetlinkMessage message) throws LinuxException {
        request(what, message, reply -> { });
    }

    private void request(String what, NetlinkMessage message, Consumer<NetlinkReply> replies) throws LinuxException {
        int result = socket.request(message, replies);
        if (result < 0) {
            throw new LinuxException(what, result, fixFor(result));
        }
    }

    private String fixFor(int result) {
        String text = socket.errorText().isEmpty() ? "" : "The kernel says: " + socket.errorText();
        return switch (Errno.of(result)) {
            case EPERM -> TunErrors.NO_NET_ADMIN;
            case ENETDOWN, ENETUNREACH -> "Set the interface up first, and give it an address. " + text;
            case EBUSY -> "Set the interface down first. " + text;
            default -> text;
        };
    }

    private static InetAddress inetAddress(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("kernel told an address of " + bytes.length + " bytes", e);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
