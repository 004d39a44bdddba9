package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class TunQueueTest {

    private static final int CLOSED = -9;

    private TunLab lab;

    @BeforeEach
    void openLab() throws LinuxException {
        Requirements.tun();
        lab = new TunLab();
    }

    @AfterEach
    void closeLab() {
        if (lab != null) {
            lab.close();
        }
    }

    private TunConfig.Builder config() {
        return lab.tun("echo0").address("10.9.0.1/24").address("fd09::1/64");
    }

    @ParameterizedTest(name = "{0}, offload {1}")
    @CsvSource({"10.9.0.2,OFF", "10.9.0.2,AUTO", "fd09::2,OFF", "fd09::2,AUTO"})
    void shouldAnswerAPingFromJava(String target, OffloadPolicy offload) throws Exception {
        TunDevice tun = LinuxTun.open(config().offload(offload).build());
        EchoResponder responder = new EchoResponder(tun.queue(0));
        // As root, Java sends a real ICMP echo request.
        boolean reachable = lab.inside(() -> InetAddress.getByName(target).isReachable(10_000));
        tun.close();
        responder.join();
        assertThat(reachable).isTrue();
        assertThat(responder.answered.get()).isPositive();
    }

    @ParameterizedTest(name = "{0}, offload {1}")
    @CsvSource({"10.9.0.2,OFF", "10.9.0.2,AUTO", "fd09::2,OFF", "fd09::2,AUTO"})
    void shouldEchoUdpFromJava(String target, OffloadPolicy offload) throws Exception {
        TunDevice tun = LinuxTun.open(config().mtu(9000).offload(offload).build());
        EchoResponder responder = new EchoResponder(tun.queue(0));
        try (DatagramChannel channel = lab.inside(DatagramChannel::open)) {
            channel.connect(new InetSocketAddress(target, 7));
            channel.socket().setSoTimeout(300);
            for (int size : new int[] {1, 2, 999, 1400, 5000}) {
                byte[] request = new byte[size];
                new Random(size).nextBytes(request);
                DatagramPacket reply = exchange(channel, request);
                assertThat(Arrays.copyOf(reply.getData(), reply.getLength())).isEqualTo(request);
            }
        } finally {
            tun.close();
            responder.join();
        }
    }

    /** IPv6 is ready on a new interface only when the kernel's link watch has run, which can take a second: so try again. */
    private static DatagramPacket exchange(DatagramChannel channel, byte[] request) throws IOException {
        DatagramPacket reply = new DatagramPacket(new byte[9000], 9000);
        for (int attempt = 0;; attempt++) {
            channel.write(ByteBuffer.wrap(request));
            try {
                channel.socket().receive(reply);
                return reply;
            } catch (SocketTimeoutException e) {
                assertThat(attempt).as("attempts").isLessThan(20);
            }
        }
    }

    @Test
    void shouldServeEachQueueByAThreadOfItsOwn() throws Exception {
        int queues = 4;
        TunDevice tun = LinuxTun.open(config().queues(queues).build());
        List<EchoResponder> responders = new ArrayList<>();
        for (int i = 0; i < queues; i++) {
            responders.add(new EchoResponder(tun.queue(i)));
        }
        int flows = 64;
        int packets = 20;
        for (int flow = 0; flow < flows; flow++) {
            try (DatagramChannel channel = lab.inside(DatagramChannel::open)) {
                channel.connect(new InetSocketAddress("10.9.0.2", 1000 + flow));
                channel.socket().setSoTimeout(3000);
                ByteBuffer reply = ByteBuffer.allocate(4);
                for (int i = 0; i < packets; i++) {
                    channel.write(ByteBuffer.allocate(4).putInt(0, flow * 1000 + i));
                    assertThat(channel.read(reply.clear())).isEqualTo(4);
                    assertThat(reply.getInt(0)).isEqualTo(flow * 1000 + i);
                }
            }
        }
        tun.close();
        for (EchoResponder responder : responders) {
            responder.join();
        }
        assertThat(responders.stream().mapToLong(r -> r.answered.get()).sum()).isEqualTo(flows * packets);
        assertThat(responders.stream().filter(r -> r.answered.get() > 0).count()).as("queues with traffic").isGreaterThan(1);
    }

    @Test
    void shouldReadSeveralPacketsAtOnceUntilTheBatchIsFull() throws Exception {
        try (TunDevice tun = LinuxTun.open(config().offload(OffloadPolicy.OFF).build());
                DatagramChannel channel = lab.inside(DatagramChannel::open)) {
            drain(tun.queue(0));
            for (int i = 0; i < 10; i++) {
                channel.send(ByteBuffer.allocate(100 + i), new InetSocketAddress("10.9.0.2", 7));
            }
            PacketBatch batch = new PacketBatch(6, 256 * 1024);
            assertThat(tun.queue(0).read(batch)).isEqualTo(6);
            assertThat(batch.length(5)).isEqualTo(28 + 105);
            assertThat(tun.queue(0).read(batch)).as("full").isEqualTo(-105);
            batch.clear();
            assertThat(tun.queue(0).read(batch)).isEqualTo(4);
            batch.clear();
            assertThat(tun.queue(0).read(batch)).as("nothing is waiting").isZero();
        }
    }

    /** IPv6 speaks first on a new interface. */
    private static void drain(TunQueue queue) {
        PacketBatch batch = new PacketBatch(64, 256 * 1024);
        while (queue.await(50) == 1) {
            batch.clear();
            queue.read(batch);
        }
    }

    @Test
    void shouldTellTheErrorOfTheFirstFrameThatIsRefused() throws Exception {
        try (TunDevice tun = LinuxTun.open(config().offload(OffloadPolicy.OFF).build())) {
            PacketBatch batch = new PacketBatch(3, 4096);
            batch.addCopy(ByteBuffer.wrap(new byte[] {0x45, 0}), 0, 2);
            batch.addCopy(ByteBuffer.wrap(new byte[] {(byte) 0xf5, 0}), 0, 2);
            assertThat(tun.queue(0).write(batch, 1, 2)).as("not IP: EINVAL").isEqualTo(-22);
            assertThat(tun.queue(0).write(batch, 0, 2)).as("stops behind the first").isEqualTo(1);
            assertThat(tun.queue(0).write(batch, 0, 0)).isZero();
        }
    }

    @Test
    void shouldWakeABlockedReader() throws Exception {
        try (TunDevice tun = LinuxTun.open(config().build())) {
            TunQueue queue = tun.queue(0);
            drain(queue);
            AtomicInteger result = new AtomicInteger(-1);
            Thread reader = new Thread(() -> result.set(queue.await(-1)));
            reader.start();
            Thread.sleep(20);
            assertThat(reader.isAlive()).isTrue();
            queue.wakeup();
            reader.join(5_000);
            assertThat(reader.isAlive()).isFalse();
            assertThat(result).hasValue(0);
            queue.wakeup();
            assertThat(queue.await(-1)).as("a wake-up before the wait counts").isZero();
            assertThat(queue.await(1)).as("once").isZero();
        }
    }

    @Test
    void shouldReleaseEveryBlockedReaderWhenClosed() throws Exception {
        int queues = 50;
        int rounds = 20;
        List<String> before = TunLab.openDescriptors();
        for (int round = 0; round < rounds; round++) {
            TunDevice tun = LinuxTun.open(lab.tun("block0").queues(queues).up(false).build());
            CountDownLatch blocked = new CountDownLatch(queues);
            CountDownLatch released = new CountDownLatch(queues);
            for (int i = 0; i < queues; i++) {
                TunQueue queue = tun.queue(i);
                Thread reader = new Thread(() -> {
                    blocked.countDown();
                    if (queue.await(-1) == CLOSED && queue.read(new PacketBatch(1, 70_000)) == CLOSED) {
                        released.countDown();
                    }
                });
                reader.setDaemon(true);
                reader.start();
            }
            blocked.await();
            tun.close();
            assertThat(released.await(10, TimeUnit.SECONDS)).as("round %d: all %d readers return", round, queues).isTrue();
            assertThat(lab.admin.link("block0")).as("the device is gone when close returns").isEmpty();
        }
        assertThat(TunLab.openDescriptors()).isEqualTo(before);
    }

    @Test
    void shouldSayClosedEverAfter() throws Exception {
        TunDevice tun = LinuxTun.open(config().build());
        TunQueue queue = tun.queue(0);
        tun.close();
        tun.close();
        queue.close();
        queue.wakeup();
        PacketBatch batch = new PacketBatch(1, 70_000);
        GatherBatch gather = new GatherBatch(1, 1, 1);
        gather.begin(batch);
        assertThat(queue.read(batch)).isEqualTo(CLOSED);
        assertThat(queue.write(batch, 0, 0)).isEqualTo(CLOSED);
        assertThat(queue.write(gather, 0, 0)).isEqualTo(CLOSED);
        assertThat(queue.await(-1)).isEqualTo(CLOSED);
    }
}
