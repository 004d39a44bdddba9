package io.github.gwlb4j.tun;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;

import io.github.gwlb4j.linux.Syscalls;

/**
 * Opens TUN devices on Linux (Documentation/networking/tuntap.rst of the kernel). Safe for any thread; the class loads on
 * every system and says where it cannot work.
 *
 * <pre>{@code
 * try (TunDevice tun = LinuxTun.open(TunConfig.builder("tun%d").address("10.9.0.1/24").build())) {
 *     PacketQueue queue = new PacketQueue(tun.queue(0));
 *     PacketBatch batch = new PacketBatch(64, 256 * 1024);
 *     while (queue.await(-1) >= 0) {
 *         batch.clear();
 *         queue.read(batch);
 *         // each packet: batch.buffer(), batch.offset(i), batch.length(i)
 *     }
 * }
 * }</pre>
 */
public final class LinuxTun {

    /** The device file that every TUN device is opened through. */
    static final String CLONE_DEVICE = "/dev/net/tun";

    private LinuxTun() {
    }

    /**
     * Whether this process can make TUN devices.
     *
     * @return true if {@link #unsupportedCause()} is null
     */
    public static boolean isSupported() {
        return unsupportedCause() == null;
    }

    /**
     * Why this process cannot make TUN devices, and what to do about it. A process without CAP_NET_ADMIN may still attach
     * to a persistent device whose owner it is, see {@link #attachUnsupportedCause}.
     *
     * @return sentences for humans, or null if nothing is in the way
     */
    public static String unsupportedCause() {
        String cause = attachUnsupportedCause();
        return cause != null ? cause : Privileges.effective().contains(Capability.NET_ADMIN) ? null : TunErrors.NO_NET_ADMIN;
    }

    /**
     * Why this process cannot even attach to a persistent device of which it is the owner, and what to do about it.
     *
     * @return sentences for humans, or null if nothing is in the way
     */
    public static String attachUnsupportedCause() {
        if (Syscalls.unavailableCause() != null) {
            return Syscalls.unavailableCause();
        }
        Path device = Path.of(CLONE_DEVICE);
        return !Files.exists(device) ? TunErrors.NO_CLONE_DEVICE : Files.isReadable(device) && Files.isWritable(device) ? null : TunErrors.NO_ACCESS;
    }

    /**
     * Opens a device: makes or takes it, sets it up as the configuration says, and asks for offloads. Either all of it
     * happens, or nothing stays behind.
     *
     * @param config what it shall be like
     * @return the device, to be closed
     * @throws LinuxException if something is refused; the message names the fix
     */
    public static TunDevice open(TunConfig config) throws LinuxException {
        if (Syscalls.unavailableCause() != null) {
            throw new LinuxException("cannot open TUN device " + config.name() + ": " + Syscalls.unavailableCause());
        }
        if (config.namespace() == null) {
            return new TunOpener(config).open();
        }
        try {
            return config.namespace().call(() -> new TunOpener(config).open());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LinuxException refusal) {
                throw refusal;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * Takes over a device whose queues another process has opened and passed on (unix(7), SCM_RIGHTS): it never closes in between, and
     * keeps its addresses and routes. Nothing about it is changed. Needs no privilege.
     *
     * @param config      name and offload policy, which must fit the device; the rest does not count
     * @param descriptors one for each queue, in their order; owned by the result from now on, and closed if this fails
     * @return the device, to be closed
     * @throws LinuxException if they are not queues of this device, or it has been deleted
     */
    public static TunDevice adopt(TunConfig config, int... descriptors) throws LinuxException {
        return new TunOpener(config).adopt(descriptors);
    }
}
