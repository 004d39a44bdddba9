package io.github.gwlb4j.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
        return new Builder().add(Builder.RETURN_CONSTANT).build();
    }

    int attach(int fd, int option) {
        ByteBuffer program = NativeMemory.allocate(CStructs.SOCK_FPROG);
        program.putShort(CStructs.SOCK_FPROG_LEN, (short) length);
        program.putLong(CStructs.SOCK_FPROG_FILTER, NativeMemory.addressOf(instructions));
        int result = Syscalls.setSockOpt(fd, CConstants.SOL_SOCKET, option, NativeMemory.addressOf(program), CStructs.SOCK_FPROG);
        Reference.reachabilityFence(program);
        return result;
    }

    /**
     * Collects instructions. Not safe for several threads.
     *
     * <p>A program has an accumulator A, an index register X and scratch memory M. Loads are big-endian, from where the socket's data
     * begins; one beyond the end of the packet ends the program with 0. Loads relative to X cost several times as much as others.
     */
    public static final class Builder {

        /** A = byte k of the packet. */
        public static final int LOAD_BYTE = 0x30;
        /** A = two bytes at k of the packet. */
        public static final int LOAD_SHORT = 0x28;
        /** A = four bytes at k of the packet. */
        public static final int LOAD_INT = 0x20;
        /** A = byte X + k of the packet. */
        public static final int LOAD_BYTE_AT_X = 0x50;
        /** A = two bytes at X + k of the packet. */
        public static final int LOAD_SHORT_AT_X = 0x48;
        /** A = four bytes at X + k of the packet. */
        public static final int LOAD_INT_AT_X = 0x40;
        /** A = M[k]. */
        public static final int LOAD_SCRATCH = 0x60;
        /** X = M[k]. */
        public static final int LOAD_X_SCRATCH = 0x61;
        /** M[k] = A. */
        public static final int STORE = 0x02;
        /** X = A. */
        public static final int TO_X = 0x07;
        /** A = X. */
        public static final int FROM_X = 0x87;
        /** A = A + k. */
        public static final int ADD = 0x04;
        /** A = A + X. */
        public static final int ADD_X = 0x0c;
        /** A = A * k. */
        public static final int MULTIPLY = 0x24;
        /** A = A mod k, both unsigned; k is not 0. */
        public static final int MODULO = 0x94;
        /** A = A and k, bit by bit. */
        public static final int AND = 0x54;
        /** A = A xor X. */
        public static final int XOR_X = 0xac;
        /** A = A shifted left by k bits. */
        public static final int SHIFT_LEFT = 0x64;
        /** A = A shifted right by k bits, without sign. */
        public static final int SHIFT_RIGHT = 0x74;
        /** Jumps, always. */
        public static final int JUMP = 0x05;
        /** Jumps by whether A = k. */
        public static final int JUMP_EQUAL = 0x15;
        /** Jumps by whether A &gt; k, both unsigned. */
        public static final int JUMP_GREATER = 0x25;
        /** Jumps by whether A and k have a bit in common. */
        public static final int JUMP_ANY_BIT = 0x45;
        /** Ends with the constant. */
        public static final int RETURN_CONSTANT = 0x06;
        /** Ends with A. */
        public static final int RETURN = 0x16;

        private static final int LONGEST_JUMP = 255;

        private final List<long[]> program = new ArrayList<>();
        private final Map<String, Integer> labels = new HashMap<>();
        /** For each instruction where it jumps, null for the next one. */
        private final List<String[]> targets = new ArrayList<>();

        /** Starts an empty program. */
        public Builder() {
            // Instructions come one by one.
        }

        /**
         * Adds an instruction without operand.
         *
         * @param code operation, such as {@link #TO_X}
         * @return this
         */
        public Builder add(int code) {
            return add(code, 0);
        }

        /**
         * Adds an instruction.
         *
         * @param code     operation, such as {@link #LOAD_BYTE}
         * @param constant its operand k, 32 bits
         * @return this
         */
        public Builder add(int code, int constant) {
            return add(code, constant, null, null);
        }

        /**
         * Adds a jump to a label if a condition holds; else the next instruction follows.
         *
         * @param code     condition, such as {@link #JUMP_EQUAL}
         * @param constant its operand k, 32 bits
         * @param label    where to, see {@link #label}
         * @return this
         */
        public Builder jumpIf(int code, int constant, String label) {
            return add(code, constant, label, null);
        }

        /**
         * Adds a jump to a label unless a condition holds; then the next instruction follows.
         *
         * @param code     condition, such as {@link #JUMP_EQUAL}
         * @param constant its operand k, 32 bits
         * @param label    where to, see {@link #label}
         * @return this
         */
        public Builder jumpUnless(int code, int constant, String label) {
            return add(code, constant, null, label);
        }

        /**
         * Adds a jump to a label.
         *
         * @param label where to, see {@link #label}
         * @return this
         */
        public Builder jump(String label) {
            return add(JUMP, 0, label, null);
        }

        private Builder add(int code, int constant, String ifTrue, String ifFalse) {
            program.add(new long[] {code, 0, 0, constant});
            targets.add(new String[] {ifTrue, ifFalse});
            return this;
        }

        /**
         * Names the next instruction, for jumps that come before it: a program has no loops.
         *
         * @param name any text
         * @return this
         */
        public Builder label(String name) {
            if (labels.put(name, program.size()) != null) {
                throw new IllegalArgumentException("label '" + name + "' is there already");
            }
            return this;
        }

        /**
         * Ends the building; the kernel checks the program when it is attached.
         *
         * @return the program
         * @throws IllegalStateException if a jump has no such label behind it, or one that is too far away
         */
        public SocketFilter build() {
            for (int i = 0; i < program.size(); i++) {
                long[] step = program.get(i);
                boolean isAlways = step[0] == JUMP;
                for (int way = 0; way < 2; way++) {
                    String label = targets.get(i)[way];
                    if (label != null) {
                        step[isAlways ? 3 : 1 + way] = distance(i, label, isAlways ? Integer.MAX_VALUE : LONGEST_JUMP);
                    }
                }
            }
            return new SocketFilter(program);
        }

        private int distance(int from, String label, int longest) {
            int distance = labels.getOrDefault(label, from) - from - 1;
            if (distance < 0 || distance > longest) {
                throw new IllegalStateException("instruction " + from + " cannot jump to '" + label + "': not there, before it, or too far");
            }
            return distance;
        }
    }
}
