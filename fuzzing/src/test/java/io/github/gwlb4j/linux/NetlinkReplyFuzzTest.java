package io.github.gwlb4j.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.fuzzing.Fuzzer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Damaged answers of the kernel: nothing outside of a message is read, and what does not fit into it is not there. */
public class NetlinkReplyFuzzTest {
    private static final int MOST_BYTES = 32 << 10;
    /** The longest fixed part of the messages: ifinfomsg. A kernel that leaves out a part of it does not exist. */
    private static final int HEADERS = CStructs.NLMSGHDR + CStructs.IFINFOMSG;

    @Test
    void shouldReadNothingOutsideOfAMessage() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "netlink is Linux's");
        Fuzzer.of("netlink", NetlinkReplyFuzzTest::fuzzerTestOneInput)
                .seed(answer(NetlinkMessage.listLinks())).seed(answer(NetlinkMessage.listAddresses())).seed(answer(NetlinkMessage.listRoutes(CConstants.AF_INET)))
                .seed(answer(NetlinkMessage.deleteLink(Integer.MAX_VALUE))).run(8_000);
    }

    /** What the kernel says now. */
    private static byte[] answer(NetlinkMessage request) {
        int fd = Syscalls.socket(CConstants.AF_NETLINK, CConstants.SOCK_RAW, CConstants.NETLINK_ROUTE);
        try {
            ByteBuffer option = NativeMemory.allocate(Integer.BYTES).putInt(0, 1);
            Syscalls.setSockOpt(fd, CConstants.SOL_NETLINK, CConstants.NETLINK_EXT_ACK, NativeMemory.addressOf(option), Integer.BYTES);
            ByteBuffer bytes = request.seal(1);
            Syscalls.write(fd, NativeMemory.addressOf(bytes), bytes.capacity());
            ByteBuffer received = NativeMemory.allocate(MOST_BYTES);
            byte[] answer = new byte[Math.max(0, (int) Syscalls.recv(fd, NativeMemory.addressOf(received), MOST_BYTES, 0))];
            received.get(0, answer);
            return answer;
        } finally {
            Syscalls.close(fd);
        }
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer received = ByteBuffer.wrap(input).order(ByteOrder.nativeOrder());
        NetlinkReply reply = new NetlinkReply();
        int at = 0;
        while (at + HEADERS <= input.length) {
            reply.wrap(received, at, input.length);
            askAll(reply);
            at += Math.max(HEADERS, NetlinkReply.padded(received.getInt(at + CStructs.NLMSGHDR_LEN)));
            if (at < 0) {
                return;
            }
        }
    }

    private static void askAll(NetlinkReply reply) {
        reply.type();
        reply.error();
        reply.errorText();
        reply.linkName();
        reply.linkIndex();
        reply.linkFlags();
        reply.linkMtu();
        reply.linkTxQueueLength();
        reply.address();
        reply.addressLinkIndex();
        reply.addressPrefixLength();
        reply.routeDestination();
        reply.routePrefixLength();
        reply.routeGateway();
        reply.routeLinkIndex();
        reply.routeTable();
        reply.routeMetric();
        reply.routeIsUnicast();
    }
}
