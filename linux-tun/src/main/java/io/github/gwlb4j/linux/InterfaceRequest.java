package io.github.gwlb4j.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A struct ifreq (netdevice(7)): names an interface and carries one value to or from an ioctl. Owned by one thread. */
public final class InterfaceRequest {

    private final ByteBuffer struct = NativeMemory.allocate(CStructs.IFREQ);
    private final long address = NativeMemory.addressOf(struct);

    /**
     * A request about an interface.
     *
     * @param name at most 15 bytes; the caller has checked it
     */
    public InterfaceRequest(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= CConstants.IFNAMSIZ) {
            throw new IllegalArgumentException("interface name longer than 15 bytes: " + name);
        }
        struct.put(CStructs.IFREQ_NAME, bytes);
    }

    /**
     * The name, as the kernel has filled it in.
     *
     * @return the name without the 0 at its end
     */
    public String name() {
        byte[] bytes = new byte[CConstants.IFNAMSIZ];
        struct.get(CStructs.IFREQ_NAME, bytes);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /**
     * Sets the flags field.
     *
     * @param flags 16 bits
     * @return this
     */
    public InterfaceRequest flags(int flags) {
        struct.putShort(CStructs.IFREQ_FLAGS, (short) flags);
        return this;
    }

    /**
     * The flags field.
     *
     * @return 16 bits
     */
    public int flags() {
        return Short.toUnsignedInt(struct.getShort(CStructs.IFREQ_FLAGS));
    }

    /**
     * Sets the field that is the index, the MTU or the queue length.
     *
     * @param value the number
     * @return this
     */
    public InterfaceRequest value(int value) {
        struct.putInt(CStructs.IFREQ_INT, value);
        return this;
    }

    /**
     * The field that is the index, the MTU or the queue length.
     *
     * @return the number
     */
    public int value() {
        return struct.getInt(CStructs.IFREQ_INT);
    }

    /**
     * Makes the request.
     *
     * @param fd      a socket, or a TUN descriptor for TUN requests
     * @param request {@link CConstants} SIOC… or TUNSETIFF, TUNGETIFF
     * @return 0 or −errno
     */
    public int send(int fd, int request) {
        return Syscalls.ioctl(fd, Integer.toUnsignedLong(request), address);
    }
}
