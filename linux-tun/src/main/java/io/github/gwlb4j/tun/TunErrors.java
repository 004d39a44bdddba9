package io.github.gwlb4j.tun;

import io.github.gwlb4j.linux.Errno;

/** What the kernel's error numbers mean when a TUN device is opened, and what to do about them. */
final class TunErrors {

    static final String NO_CLONE_DEVICE = "There is no /dev/net/tun. Load the kernel module (modprobe tun), and in a container "
            + "pass the device in (docker run --device /dev/net/tun)";
    static final String NO_ACCESS = "The permissions of /dev/net/tun keep this user out. 'chmod 666 /dev/net/tun' is what udev does by default: "
            + "the kernel asks for CAP_NET_ADMIN, or who owns a device, afterwards";
    static final String NO_NET_ADMIN = "It needs the capability CAP_NET_ADMIN: run as root, or give the capability "
            + "(systemd: AmbientCapabilities=CAP_NET_ADMIN; docker: --cap-add NET_ADMIN)";
    static final String NO_MULTI_QUEUE = "This kernel has no multi-queue TUN devices (it needs 3.8 or later): use one queue";
    private static final String PROCESS_FILES = "This process has too many open files: raise its limit (ulimit -n, systemd LimitNOFILE=)";

    private TunErrors() {
    }

    /** Opening /dev/net/tun failed. */
    static LinuxException cloneDevice(int errno) {
        return new LinuxException("open " + LinuxTun.CLONE_DEVICE, errno, switch (known(errno)) {
            case ENOENT, ENODEV, ENXIO -> NO_CLONE_DEVICE;
            case EACCES, EPERM -> NO_ACCESS + "; in a container the device must be allowed too (docker run --device /dev/net/tun)";
            case EMFILE -> PROCESS_FILES;
            case ENFILE -> "The system has too many open files: raise fs.file-max";
            default -> "";
        });
    }

    /** TUNSETIFF failed. */
    static LinuxException attach(String name, int queue, TunMode mode, int errno) {
        String what = (mode == TunMode.ATTACH ? "attach to" : "open") + " TUN device " + name + (queue > 0 ? ", queue " + queue : "");
        return new LinuxException(what, errno, switch (known(errno)) {
            case EPERM, EACCES -> NO_NET_ADMIN + ", or use a persistent device that root has made for this user (ip tuntap add … user NAME)";
            case EBUSY, EEXIST -> mode == TunMode.CREATE
                    ? "The name is in use: close the program that has it, choose another name, or take a persistent device "
                            + "with TunMode.ATTACH (ip link show " + name + ")"
                    : "Another program has this device open, or it was made for one queue (ip -d link show " + name + ")";
            case EINVAL -> "An interface of this name is not a TUN device or was made in another way "
                    + "(one queue and several do not mix): see ip -d link show " + name;
            case E2BIG -> "The device has " + TunConfig.MAX_QUEUES + " queues already: use fewer";
            case ENFILE -> "No number is free for this name pattern: delete unused devices";
            case ENODEV -> "There is no such device: make it first, or use TunMode.CREATE_OR_ATTACH";
            case ENOMEM, ENOBUFS -> "The kernel is out of memory";
            default -> "";
        });
    }

    /** A setting of a device was refused. */
    static LinuxException setting(String name, String setting, int errno) {
        return new LinuxException("set " + setting + " of TUN device " + name, errno,
                known(errno) == Errno.EPERM ? NO_NET_ADMIN + ", or make the device with this setting beforehand" : "");
    }

    /** Descriptors for sockets or wake-ups ran out. */
    static LinuxException descriptors(String what, int errno) {
        return new LinuxException(what, errno, known(errno) == Errno.EMFILE ? PROCESS_FILES : "");
    }

    private static Errno known(int errno) {
        return Errno.of(errno);
    }
}
