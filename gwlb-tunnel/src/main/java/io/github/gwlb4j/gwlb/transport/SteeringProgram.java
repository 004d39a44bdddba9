package io.github.gwlb4j.gwlb.transport;

import static io.github.gwlb4j.linux.SocketFilter.Builder.ADD;
import static io.github.gwlb4j.linux.SocketFilter.Builder.ADD_X;
import static io.github.gwlb4j.linux.SocketFilter.Builder.AND;
import static io.github.gwlb4j.linux.SocketFilter.Builder.FROM_X;
import static io.github.gwlb4j.linux.SocketFilter.Builder.JUMP_ANY_BIT;
import static io.github.gwlb4j.linux.SocketFilter.Builder.JUMP_EQUAL;
import static io.github.gwlb4j.linux.SocketFilter.Builder.JUMP_GREATER;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_BYTE;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_BYTE_AT_X;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_INT;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_INT_AT_X;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_SCRATCH;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_SHORT;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_SHORT_AT_X;
import static io.github.gwlb4j.linux.SocketFilter.Builder.LOAD_X_SCRATCH;
import static io.github.gwlb4j.linux.SocketFilter.Builder.MODULO;
import static io.github.gwlb4j.linux.SocketFilter.Builder.MULTIPLY;
import static io.github.gwlb4j.linux.SocketFilter.Builder.RETURN;
import static io.github.gwlb4j.linux.SocketFilter.Builder.RETURN_CONSTANT;
import static io.github.gwlb4j.linux.SocketFilter.Builder.SHIFT_LEFT;
import static io.github.gwlb4j.linux.SocketFilter.Builder.SHIFT_RIGHT;
import static io.github.gwlb4j.linux.SocketFilter.Builder.STORE;
import static io.github.gwlb4j.linux.SocketFilter.Builder.TO_X;
import static io.github.gwlb4j.linux.SocketFilter.Builder.XOR_X;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.geneve.aws.Gwlb;
import io.github.gwlb4j.linux.SocketFilter;
import io.github.gwlb4j.packet.IcmpHeader;
import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.IpProtocol;
import java.util.Random;

/**
 * Writes the classic BPF program that chooses a datagram's worker by its inner packet, see {@link Steering}. It runs in the kernel for each
 * datagram; its data begins with the UDP payload, and its answer is a socket's place in the group, or one that is not there to leave the
 * choice to the kernel.
 *
 * <p>In three steps: find the IP header that counts, the inner one or the one that an ICMP error quotes; make a number of each end, of its
 * address and port; add the mixed numbers, so that source and destination may change places. The factors are random, and odd so that no
 * bit is lost: who does not know them cannot aim at one worker. For a new builder each.
 */
final class SteeringProgram {
    private static final int OPTION_WORDS_MASK = 0x3f;
    private static final int NO_SUCH_SOCKET = -1;

    /** Version 0 and the length of AWS's three options. */
    private static final int USUAL_FIRST_BYTE = (Gwlb.HEADER_LENGTH - Geneve.BASE_HEADER_LENGTH) / 4;

    private static final int IPV4_WITHOUT_OPTIONS = 0x45;
    private static final int IPV4_FRAGMENT = 6;
    /** More fragments, or an offset. */
    private static final int IPV4_FRAGMENT_MASK = 0x3fff;
    private static final int IPV4_PROTOCOL = 9;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV4_DESTINATION = 16;
    private static final int IPV6_NEXT_HEADER = 6;
    private static final int IPV6_SOURCE = 8;
    private static final int IPV6_DESTINATION = 24;
    private static final int IPV6_HEADER = 40;
    private static final int ICMPV6_LAST_ERROR = 127;

    /** Scratch: where the IP header is, what is known of each end, something for a moment. */
    private static final int IP = 0;
    private static final int SOURCE = 1;
    private static final int DESTINATION = 2;
    private static final int MOMENT = 3;

    private final SocketFilter.Builder program = new SocketFilter.Builder();
    private final int addressFactor;
    private final int portFactor;
    private final int endFactor;
    private final int flowFactor;

    private SteeringProgram(Random random) {
        addressFactor = random.nextInt() | 1;
        portFactor = random.nextInt() | 1;
        endFactor = random.nextInt() | 1;
        flowFactor = random.nextInt() | 1;
    }

    /**
     * Writes a program.
     *
     * @param hasPorts whether ports count
     * @param workers  2 or more
     * @param random   where the factors come from
     */
    static SocketFilter of(boolean hasPorts, int workers, Random random) {
        return new SteeringProgram(random).write(hasPorts, workers);
    }

    private SocketFilter write(boolean hasPorts, int workers) {
        takeUsual(hasPorts);
        findInner();
        findQuotedByIcmpv4();
        findQuotedByIcmpv6();
        takeIpv4(hasPorts);
        takeIpv6(hasPorts);
        if (hasPorts) {
            takePorts();
        }
        choose(workers);
        program.label("notIp").add(RETURN_CONSTANT, NO_SUCH_SOCKET);
        return program.build();
    }

    // ---- what nearly every packet is

    /**
     * AWS's options, and in them IPv4 without options; with ports, TCP or UDP. Loads at places known beforehand make the kernel's work half as
     * long, see {@link Steering#AUTO}. Anything else goes the long way, to the same result.
     */
    private void takeUsual(boolean hasPorts) {
        program.add(LOAD_BYTE, 0).jumpUnless(JUMP_EQUAL, USUAL_FIRST_BYTE, "any");
        program.add(LOAD_BYTE, Gwlb.HEADER_LENGTH).jumpUnless(JUMP_EQUAL, IPV4_WITHOUT_OPTIONS, "any");
        if (hasPorts) {
            program.add(LOAD_SHORT, Gwlb.HEADER_LENGTH + IPV4_FRAGMENT).jumpIf(JUMP_ANY_BIT, IPV4_FRAGMENT_MASK, "any");
            program.add(LOAD_BYTE, Gwlb.HEADER_LENGTH + IPV4_PROTOCOL).jumpIf(JUMP_EQUAL, IpProtocol.TCP, "usual");
            program.jumpUnless(JUMP_EQUAL, IpProtocol.UDP, "any").label("usual");
        } else {
            program.add(LOAD_BYTE, Gwlb.HEADER_LENGTH + IPV4_PROTOCOL).jumpIf(JUMP_EQUAL, IpProtocol.ICMP, "any");
        }
        takeUsualEnd(IPV4_SOURCE, hasPorts, 0, SOURCE);
        takeUsualEnd(IPV4_DESTINATION, hasPorts, Short.BYTES, DESTINATION);
        program.jump("choose").label("any");
    }

    private void takeUsualEnd(int address, boolean hasPorts, int port, int end) {
        program.add(LOAD_INT, Gwlb.HEADER_LENGTH + address).add(MULTIPLY, addressFactor);
        if (hasPorts) {
            program.add(STORE, end).add(LOAD_SHORT, Gwlb.HEADER_LENGTH + IpPacket.IPV4_HEADER_LENGTH + port).add(MULTIPLY, portFactor);
            program.add(LOAD_X_SCRATCH, end).add(ADD_X);
        }
        program.add(STORE, end);
    }

    // ---- the IP header that counts

    private void findInner() {
        program.add(LOAD_BYTE, 0).add(AND, OPTION_WORDS_MASK).add(SHIFT_LEFT, 2).add(ADD, Geneve.BASE_HEADER_LENGTH).add(STORE, IP).add(TO_X);
        branchByVersion("inner4", "inner6");
    }

    private void branchByVersion(String ipv4, String ipv6) {
        program.add(LOAD_BYTE_AT_X, 0).add(SHIFT_RIGHT, 4).jumpIf(JUMP_EQUAL, 4, ipv4).jumpIf(JUMP_EQUAL, 6, ipv6).jump("notIp");
    }

    private void findQuotedByIcmpv4() {
        program.label("inner4").add(LOAD_BYTE_AT_X, IPV4_PROTOCOL).jumpUnless(JUMP_EQUAL, IpProtocol.ICMP, "ipv4");
        program.add(LOAD_SHORT_AT_X, IPV4_FRAGMENT).jumpIf(JUMP_ANY_BIT, IPV4_FRAGMENT_MASK, "ipv4");
        goBehindIpv4Header();
        program.add(LOAD_BYTE_AT_X, 0);
        for (int error : new int[] {IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.SOURCE_QUENCH, IcmpHeader.REDIRECT,
            IcmpHeader.TIME_EXCEEDED, IcmpHeader.PARAMETER_PROBLEM}) {
            program.jumpIf(JUMP_EQUAL, error, "quoted");
        }
        program.jump("ipv4");
    }

    private void findQuotedByIcmpv6() {
        program.label("inner6").add(LOAD_BYTE_AT_X, IPV6_NEXT_HEADER).jumpUnless(JUMP_EQUAL, IpProtocol.ICMPV6, "ipv6");
        program.add(LOAD_BYTE_AT_X, IPV6_HEADER).jumpIf(JUMP_GREATER, ICMPV6_LAST_ERROR, "ipv6");
        program.add(FROM_X).add(ADD, IPV6_HEADER).add(TO_X);
        program.label("quoted").add(FROM_X).add(ADD, IcmpHeader.LENGTH).add(STORE, IP).add(TO_X);
        branchByVersion("ipv4", "ipv6");
    }

    private void goBehindIpv4Header() {
        program.add(LOAD_BYTE_AT_X, 0).add(AND, 0x0f).add(SHIFT_LEFT, 2).add(ADD_X).add(TO_X);
    }

    // ---- the ends

    private void takeIpv4(boolean hasPorts) {
        program.label("ipv4").add(LOAD_X_SCRATCH, IP);
        program.add(LOAD_INT_AT_X, IPV4_SOURCE).add(MULTIPLY, addressFactor).add(STORE, SOURCE);
        program.add(LOAD_INT_AT_X, IPV4_DESTINATION).add(MULTIPLY, addressFactor).add(STORE, DESTINATION);
        if (hasPorts) {
            program.add(LOAD_SHORT_AT_X, IPV4_FRAGMENT).jumpIf(JUMP_ANY_BIT, IPV4_FRAGMENT_MASK, "choose");
            program.add(LOAD_BYTE_AT_X, IPV4_PROTOCOL).add(STORE, MOMENT);
            goBehindIpv4Header();
            program.jump("transport");
        } else {
            program.jump("choose");
        }
    }

    private void takeIpv6(boolean hasPorts) {
        program.label("ipv6");
        takeIpv6Address(IPV6_SOURCE, SOURCE);
        takeIpv6Address(IPV6_DESTINATION, DESTINATION);
        if (hasPorts) {
            program.add(LOAD_X_SCRATCH, IP).add(LOAD_BYTE_AT_X, IPV6_NEXT_HEADER).add(STORE, MOMENT);
            program.add(FROM_X).add(ADD, IPV6_HEADER).add(TO_X);
        } else {
            program.jump("choose");
        }
    }

    /** ((a * f + b) * f + c) * f + d, times f. */
    private void takeIpv6Address(int offset, int end) {
        program.add(LOAD_X_SCRATCH, IP).add(LOAD_INT_AT_X, offset).add(MULTIPLY, addressFactor).add(STORE, end);
        for (int word = 1; word < 4; word++) {
            program.add(LOAD_X_SCRATCH, IP).add(LOAD_INT_AT_X, offset + word * Integer.BYTES).add(LOAD_X_SCRATCH, end).add(ADD_X);
            program.add(MULTIPLY, addressFactor).add(STORE, end);
        }
    }

    private void takePorts() {
        program.label("transport").add(LOAD_SCRATCH, MOMENT);
        for (int protocol : new int[] {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP, IpProtocol.DCCP}) {
            program.jumpIf(JUMP_EQUAL, protocol, "ports");
        }
        program.jumpUnless(JUMP_EQUAL, IpProtocol.UDP_LITE, "choose");
        program.label("ports").add(LOAD_SHORT_AT_X, Short.BYTES).add(MULTIPLY, portFactor).add(STORE, MOMENT);
        program.add(LOAD_SHORT_AT_X, 0).add(MULTIPLY, portFactor).add(LOAD_X_SCRATCH, SOURCE).add(ADD_X).add(STORE, SOURCE);
        program.add(LOAD_SCRATCH, MOMENT).add(LOAD_X_SCRATCH, DESTINATION).add(ADD_X).add(STORE, DESTINATION);
    }

    // ---- the worker

    private void choose(int workers) {
        program.label("choose").add(LOAD_SCRATCH, SOURCE);
        mix(endFactor);
        program.add(STORE, SOURCE).add(LOAD_SCRATCH, DESTINATION);
        mix(endFactor);
        program.add(LOAD_X_SCRATCH, SOURCE).add(ADD_X);
        mix(flowFactor);
        program.add(MODULO, workers).add(RETURN);
    }

    /** A product mixes upwards, so its upper half is what the lower needs; once more, for what comes after. */
    private void mix(int factor) {
        for (int turn = 0; turn < 2; turn++) {
            program.add(MULTIPLY, factor).add(STORE, MOMENT).add(SHIFT_RIGHT, Short.SIZE).add(LOAD_X_SCRATCH, MOMENT).add(XOR_X);
        }
    }
}
