package io.github.gwlb4j.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** struct sockaddr_in in memory, port and address in network order whatever the buffer's order is. Stateless. */
final class SocketAddresses {

    private static final VarHandle U16 = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U32 = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private SocketAddresses() {
    }

    /** Writes an address; the buffer must be in the machine's order. */
    static void put(ByteBuffer buffer, int at, int host, int port) {
        buffer.putShort(at + CStructs.SOCKADDR_FAMILY, (short) CConstants.AF_INET);
        U16.set(buffer, at + CStructs.SOCKADDR_IN_PORT, (short) port);
        U32.set(buffer, at + CStructs.SOCKADDR_IN_ADDR, host);
    }

    static int port(ByteBuffer buffer, int at) {
        return Short.toUnsignedInt((short) U16.get(buffer, at + CStructs.SOCKADDR_IN_PORT));
    }

    static int host(ByteBuffer buffer, int at) {
        return (int) U32.get(buffer, at + CStructs.SOCKADDR_IN_ADDR);
    }

    /** A 32-bit address anywhere, such as in struct in_pktinfo. */
    static int address(ByteBuffer buffer, int at) {
        return (int) U32.get(buffer, at);
    }

    static void putAddress(ByteBuffer buffer, int at, int host) {
        U32.set(buffer, at, host);
    }
}
