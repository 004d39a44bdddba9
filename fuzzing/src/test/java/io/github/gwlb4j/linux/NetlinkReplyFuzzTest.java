package io.github.gwlb4j.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.gwlb4j.fuzzing.Fuzzer;
import java.io.ByteArrayOutputStream;
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
                .seed(answer(NetlinkMessage.deleteLink(Integer.MAX_VALUE))).seed(unusedTun()).run(8_000);
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

    /** Such a device need not be here. */
    private static byte[] unusedTun() {
        byte[] data = attributes(attribute(CConstants.IFLA_TUN_PERSIST, new byte[] {1}), attribute(CConstants.IFLA_TUN_NUM_QUEUES, new byte[4]));
        byte[] info = attributes(attribute(CConstants.IFLA_INFO_KIND, new byte[] {'t', 'u', 'n', 0}), attribute(CConstants.IFLA_INFO_DATA, data));
        byte[] link = attribute(CConstants.IFLA_LINKINFO, info);
        ByteBuffer message = ByteBuffer.allocate(HEADERS + link.length).order(ByteOrder.nativeOrder()).putInt(CStructs.NLMSGHDR_LEN, HEADERS + link.length);
        return message.position(HEADERS).put(link).array();
    }

    private static byte[] attribute(int type, byte[] value) {
        int length = CStructs.RTATTR + value.length;
        ByteBuffer attribute = ByteBuffer.allocate(NetlinkReply.padded(length)).order(ByteOrder.nativeOrder());
        attribute.putShort(CStructs.RTATTR_LEN, (short) length).putShort(CStructs.RTATTR_TYPE, (short) type);
        return attribute.put(CStructs.RTATTR, value).array();
    }

    private static byte[] attributes(byte[]... attributes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] attribute : attributes) {
            all.writeBytes(attribute);
        }
        return all.toByteArray();
    }

    /** Also Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer received = ByteBuffer.wrap(input).order(ByteOrder.nativeOrder());
        NetlinkReply reply = new NetlinkReply();
        int at = 0;
        while (at >= 0 && at <= input.length - HEADERS) { // as NetlinkSocket walks
            reply.wrap(received, at, input.length);
            askAll(reply);
            at += Math.max(HEADERS, NetlinkReply.padded(received.getInt(at + CStructs.NLMSGHDR_LEN)));
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
        reply.linkIsUnusedTun();
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
