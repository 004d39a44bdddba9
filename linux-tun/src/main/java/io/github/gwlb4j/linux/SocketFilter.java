package io.github.gwlb4j.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A classic BPF program for a socket (linux/filter.h, Documentation/networking/filter.rst). Immutable once built. */
public final class SocketFilter {

    private final ByteBuffer instructions;
    private final int length;

    private SocketFilter(List<long[]> program) {
        length = program.size();
        instructions = NativeMemory.allocate(length * CStructs.SOCK_FILTER);
        for (int i = 0; i < length; i++) {
            long[] step = program.get(i);
            int at = i * CStructs.SOCK_FILTER;
            instructions.putShort(at + CStructs.SOCK_FILTER_CODE, (short) step[0]);
            instructions.put(at + CStructs.SOCK_FILTER_JT, (byte) step[1]);
            instructions.put(at + CStructs.SOCK_FILTER_JF, (byte) step[2]);
            instructions.putInt(at + CStructs.SOCK_FILTER_K, (int) step[3]);
        }
    }

    /**
     * A filter that lets nothing in: for sockets that only send.
     *
     * @return the program
     */
    public static SocketFilter dropAll() {
        return new Builder().add(Builder.RETURN_CONSTANT, 0, 0, 0).build();
    }

    int attach(int fd, int option) {
        ByteBuffer program = NativeMemory.allocate(CStructs.SOCK_FPROG);
        program.putShort(CStructs.SOCK_FPROG_LEN, (short) length);
        program.putLong(CStructs.SOCK_FPROG_FILTER, NativeMemory.addressOf(instructions));
        int result = Syscalls.setSockOpt(fd, CConstants.SOL_SOCKET, option, NativeMemory.addressOf(program), CStructs.SOCK_FPROG);
        Reference.reachabilityFence(program);
        return result;
    }

    /** Collects instructions. Not safe for several threads. */
    public static final class Builder {

        /** BPF_RET | BPF_K: ends with the constant. */
        public static final int RETURN_CONSTANT = 0x06;

        private final List<long[]> program = new ArrayList<>();

        /** Starts an empty program. */
        public Builder() {
            // Instructions come by add().
        }

        /**
         * Adds an instruction.
         *
         * @param code      operation, such as {@link #RETURN_CONSTANT}
         * @param jumpTrue  instructions to skip if a condition holds
         * @param jumpFalse instructions to skip if it does not
         * @param constant  operand, 32 bits
         * @return this
         */
        public Builder add(int code, int jumpTrue, int jumpFalse, int constant) {
            program.add(new long[] {code, jumpTrue, jumpFalse, constant});
            return this;
        }

        /**
         * Ends the building; the kernel checks the program when it is attached.
         *
         * @return the program
         */
        public SocketFilter build() {
            return new SocketFilter(program);
        }
    }
}
