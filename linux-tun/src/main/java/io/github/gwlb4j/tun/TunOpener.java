package io.github.gwlb4j.tun;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.github.gwlb4j.linux.CConstants;
import io.github.gwlb4j.linux.Errno;
import io.github.gwlb4j.linux.EventFd;
import io.github.gwlb4j.linux.FdGuard;
import io.github.gwlb4j.linux.InterfaceRequest;
import io.github.gwlb4j.linux.NativeMemory;
import io.github.gwlb4j.linux.Syscalls;

/** One opening of a TUN device, step by step; on any failure what was opened is closed again. Used once, by one thread. */
final class TunOpener {

    private static final int CHECKSUM_AND_TCP = CConstants.TUN_F_CSUM | CConstants.TUN_F_TSO4 | CConstants.TUN_F_TSO6;
    private static final int UDP = CConstants.TUN_F_USO4 | CConstants.TUN_F_USO6;

    private final TunConfig config;
    private final List<Integer> fds = new ArrayList<>();
    private String name;
    private int features;
    private TunOffload offload = TunOffload.NONE;

    TunOpener(TunConfig config) {
        this.config = config;
        this.name = config.name();
    }

    TunDevice open() throws LinuxException {
        int control = Syscalls.socket(CConstants.AF_INET, CConstants.SOCK_DGRAM, 0);
        if (control < 0) {
            throw TunErrors.descriptors("open a socket to configure " + name, control);
        }
        boolean done = false;
        try {
            checkMode(control);
            for (int queue = 0; queue < config.queues(); queue++) {
                attachQueue(queue);
            }
            offload = negotiateOffload();
            configure(control);
            TunDevice device = new LinuxTunDevice(name, index(control), offload, makeQueues());
            done = true;
            return device;
        } finally {
            Syscalls.close(control);
            if (!done) {
                fds.forEach(Syscalls::close);
            }
        }
    }

    /** Takes queues that another process has opened, whatever it was that made the device. They are ours from now on, also on failure. */
    TunDevice adopt(int[] queues) throws LinuxException {
        for (int fd : queues) {
            fds.add(fd);
        }
        boolean done = false;
        int control = -1;
        try {
            for (int fd : queues) {
                checkQueue(fd);
            }
            control = Syscalls.socket(CConstants.AF_INET, CConstants.SOCK_DGRAM, 0);
            if (control < 0) {
                throw TunErrors.descriptors("open a socket to look at " + name, control);
            }
            offload = negotiateOffload();
            TunDevice device = new LinuxTunDevice(name, index(control), offload, makeQueues());
            done = true;
            return device;
        } finally {
            if (control >= 0) {
                Syscalls.close(control);
            }
            if (!done) {
                fds.forEach(Syscalls::close);
            }
        }
    }

    private void checkQueue(int fd) throws LinuxException {
        InterfaceRequest request = new InterfaceRequest("");
        int result = request.send(fd, CConstants.TUNGETIFF);
        if (result < 0) {
            throw new LinuxException("take over a queue of TUN device " + name, result, "Has the device been deleted?");
        }
        boolean hasVnetHeader = (request.flags() & CConstants.IFF_VNET_HDR) != 0;
        if (!request.name().equals(name) || (request.flags() & CConstants.IFF_TUN) == 0
                || hasVnetHeader && config.offload() == OffloadPolicy.OFF) {
            throw new LinuxException("cannot take over TUN device " + name + ": what was passed on is a queue of " + request.name()
                    + (hasVnetHeader ? " with" : " without") + " offloads; both processes must have the same offload setting");
        }
        features = hasVnetHeader ? CConstants.IFF_VNET_HDR : 0;
    }

    private void checkMode(int control) throws LinuxException {
        if (config.mode() == TunMode.ATTACH) {
            int result = new InterfaceRequest(name).send(control, CConstants.SIOCGIFINDEX);
            if (result < 0) {
                throw TunErrors.attach(name, 0, config.mode(), result);
            }
        }
    }

    private void attachQueue(int queue) throws LinuxException {
        int fd = Syscalls.open(LinuxTun.CLONE_DEVICE, CConstants.O_RDWR | CConstants.O_NONBLOCK);
        if (fd < 0) {
            throw TunErrors.cloneDevice(fd);
        }
        fds.add(fd);
        if (queue == 0) {
            readFeatures(fd);
        }
        InterfaceRequest request = new InterfaceRequest(name).flags(attachFlags(queue));
        int result = request.send(fd, CConstants.TUNSETIFF);
        if (result < 0) {
            throw TunErrors.attach(name, queue, config.mode(), result);
        }
        name = request.name();
    }

    private void readFeatures(int fd) throws LinuxException {
        ByteBuffer word = NativeMemory.allocate(Integer.BYTES);
        int result = Syscalls.ioctl(fd, Integer.toUnsignedLong(CConstants.TUNGETFEATURES), NativeMemory.addressOf(word));
        features = result < 0 ? 0 : word.getInt(0);
        if (config.queues() > 1 && (features & CConstants.IFF_MULTI_QUEUE) == 0) {
            throw new LinuxException("open TUN device " + name + " with " + config.queues() + " queues",
                    Errno.EOPNOTSUPP.number(), TunErrors.NO_MULTI_QUEUE);
        }
    }

    private int attachFlags(int queue) {
        int flags = CConstants.IFF_TUN | CConstants.IFF_NO_PI;
        if (wantsVnetHeader()) {
            flags |= CConstants.IFF_VNET_HDR;
        }
        if (config.queues() > 1) {
            flags |= CConstants.IFF_MULTI_QUEUE;
        }
        if (config.mode() == TunMode.CREATE && queue == 0) {
            flags |= CConstants.IFF_TUN_EXCL;
        }
        return flags;
    }

    private boolean wantsVnetHeader() {
        return config.offload() != OffloadPolicy.OFF && (features & CConstants.IFF_VNET_HDR) != 0;
    }

    /** Offloads are a property of the device, so that asking on one queue is enough; the header's size likewise. */
    private TunOffload negotiateOffload() throws LinuxException {
        int fd = fds.get(0);
        if (!wantsVnetHeader()) {
            // A persistent device may have offloads from its last user, whose super-packets a plain reader cannot take.
            Syscalls.ioctl(fd, Integer.toUnsignedLong(CConstants.TUNSETOFFLOAD), 0);
            return requireIfAsked(TunOffload.NONE);
        }
        ByteBuffer size = NativeMemory.allocate(Integer.BYTES).putInt(0, TunOffload.VNET_HEADER_BYTES);
        int result = Syscalls.ioctl(fd, Integer.toUnsignedLong(CConstants.TUNSETVNETHDRSZ), NativeMemory.addressOf(size));
        if (result < 0) {
            throw TunErrors.setting(name, "the virtio_net header size", result);
        }
        if (grants(fd, CHECKSUM_AND_TCP | UDP)) {
            return TunOffload.ALL;
        }
        if (grants(fd, CHECKSUM_AND_TCP)) {
            return new TunOffload(true, true, true, true, false, false);
        }
        boolean checksum = grants(fd, CConstants.TUN_F_CSUM);
        if (!checksum) {
            grants(fd, 0);
        }
        return requireIfAsked(new TunOffload(true, checksum, false, false, false, false));
    }

    private static boolean grants(int fd, int offloads) {
        return Syscalls.ioctl(fd, Integer.toUnsignedLong(CConstants.TUNSETOFFLOAD), offloads) >= 0;
    }

    private TunOffload requireIfAsked(TunOffload granted) throws LinuxException {
        if (config.offload() == OffloadPolicy.REQUIRE) {
            throw new LinuxException("open TUN device " + name + " with offloads", Errno.EOPNOTSUPP.number(),
                    "The kernel grants: " + granted.describe() + ". Use OffloadPolicy.AUTO to go on with less");
        }
        return granted;
    }

    private void configure(int control) throws LinuxException {
        int fd = fds.get(0);
        if (config.owner() >= 0) {
            check("owner", Syscalls.ioctl(fd, CConstants.TUNSETOWNER, config.owner()));
        }
        if (config.group() >= 0) {
            check("group", Syscalls.ioctl(fd, CConstants.TUNSETGROUP, config.group()));
        }
        ensure(control, "MTU", CConstants.SIOCGIFMTU, CConstants.SIOCSIFMTU, config.mtu());
        if (config.txQueueLength() >= 0) {
            ensure(control, "transmit queue length", CConstants.SIOCGIFTXQLEN, CConstants.SIOCSIFTXQLEN, config.txQueueLength());
        }
        if (!config.addresses().isEmpty()) {
            try (NetAdmin admin = NetAdmin.open()) {
                for (LinkAddress address : config.addresses()) {
                    admin.setAddress(name, address);
                }
            }
        }
        setUp(control);
        // Last, so that a failure before it leaves no device behind.
        check("persistence", Syscalls.ioctl(fd, CConstants.TUNSETPERSIST, config.persistent() ? 1 : 0));
    }

    /** Changes nothing that is right already: the owner of a device that was made for him may use it, but not change it. */
    private void ensure(int control, String setting, int getRequest, int setRequest, int value) throws LinuxException {
        InterfaceRequest request = new InterfaceRequest(name);
        check(setting, request.send(control, getRequest));
        if (request.value() != value) {
            check(setting + " " + value, request.value(value).send(control, setRequest));
        }
    }

    private void setUp(int control) throws LinuxException {
        InterfaceRequest request = new InterfaceRequest(name);
        check("flags", request.send(control, CConstants.SIOCGIFFLAGS));
        if ((request.flags() & CConstants.IFF_UP) != 0 != config.up()) {
            check(config.up() ? "up" : "down", request.flags(request.flags() ^ CConstants.IFF_UP).send(control, CConstants.SIOCSIFFLAGS));
        }
    }

    private int index(int control) throws LinuxException {
        InterfaceRequest request = new InterfaceRequest(name);
        check("index", request.send(control, CConstants.SIOCGIFINDEX));
        return request.value();
    }

    private void check(String setting, int result) throws LinuxException {
        if (result < 0) {
            throw TunErrors.setting(name, setting, result);
        }
    }

    private TunQueue[] makeQueues() throws LinuxException {
        TunQueue[] queues = new TunQueue[fds.size()];
        EventFd[] wakeups = new EventFd[queues.length];
        for (int i = 0; i < queues.length; i++) {
            wakeups[i] = EventFd.open();
            if (wakeups[i] == null) {
                for (int opened = 0; opened < i; opened++) {
                    wakeups[opened].close();
                }
                throw TunErrors.descriptors("open an eventfd for TUN device " + name, Errno.EMFILE.number());
            }
        }
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new LinuxTunQueue(new FdGuard(fds.get(i), wakeups[i]), wakeups[i], offload);
        }
        return queues;
    }
}
