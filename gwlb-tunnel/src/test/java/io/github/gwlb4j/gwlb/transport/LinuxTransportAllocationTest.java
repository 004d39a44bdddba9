package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinuxTransportAllocationTest extends TransportLab {
    private static final int ROUNDS = 500;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private ReturnPathMode mode;

    @Override
    DatagramTransport create(InetSocketAddress listen, int receiveBufferBytes, int maxReturnSockets, long returnSocketIdleNs) {
        return new LinuxTransport(listen, receiveBufferBytes, maxReturnSockets, returnSocketIdleNs, mode);
    }

    @ParameterizedTest
    @EnumSource(ReturnPathMode.class)
    void shouldAllocateNothingForAPacketInSteadyState(ReturnPathMode returnPath) throws IOException {
        LinuxRequirements.rawSockets();
        mode = returnPath;
        // Two appliances send what they got to one another's port for ever: the second is the first one's node and flow.
        DatagramTransport first = transport(APPLIANCE, 10);
        DatagramTransport second = closing(create(new InetSocketAddress(NODE, listenPort), 1 << 20, 10, IDLE_NS));
        DatagramPort ours = first.open(0, 1);
        DatagramPort theirs = second.open(0, 1);
        DatagramSocket flow = socket(NODE, 0);
        batch = new DatagramBatch(8, 65_536 + 64); // with room for headers in front, as a worker has it; the other one has none
        DatagramBatch atNode = new DatagramBatch(8, 2048);
        for (int i = 0; i < 4; i++) {
            flow.send(new DatagramPacket(new byte[101], 101, APPLIANCE, listenPort));
        }
        flow.close(); // the second one replies from its port
        long allocated = Long.MAX_VALUE;
        for (int warmUp = 0; warmUp < 3 && allocated != 0; warmUp++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                bounce(ours, batch);
                bounce(theirs, atNode);
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isZero();
        assertThat(batch.size()).as("datagrams still on their way").isPositive();
    }

    private static void bounce(DatagramPort port, DatagramBatch batch) {
        port.await(SECOND_NS / 100);
        int count = port.receive(batch);
        for (int i = 0; i < count; i++) {
            batch.setTrafficClass(i, 1);
            batch.markReply(i);
        }
        port.reply(batch, 1);
    }

    @Test
    void shouldMeasureAllocationAtAll() {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        byte[] some = new byte[1000];
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isGreaterThanOrEqualTo(some.length);
    }
}
