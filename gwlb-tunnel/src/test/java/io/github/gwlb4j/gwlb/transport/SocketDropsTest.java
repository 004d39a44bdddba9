package io.github.gwlb4j.gwlb.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketDropsTest {
    private static final String HEAD = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
    private static final long MINUTE_NS = Duration.ofMinutes(1).toNanos();
    private static final InetSocketAddress IPV4 = new InetSocketAddress("127.0.0.1", 6081);
    private static final InetSocketAddress IPV6 = new InetSocketAddress("2001:db8::5", 6081);

    @TempDir
    private Path folder;

    private static String row(String local, long inode, long drops) {
        return "  123: " + local + " 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 " + inode
                + " 2 00000000abcdef01 " + drops + "        \n";
    }

    private void write(String file, String... rows) throws IOException {
        Files.writeString(folder.resolve(file), HEAD + String.join("", rows));
    }

    private static void assumeLittleEndian() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the samples are of a little-endian machine");
    }

    @Test
    void shouldNotKnowWhereThereAreNoSuchFiles() {
        SocketDrops drops = new SocketDrops(folder);
        drops.poll(Set.of(IPV4), 0);
        assertThat(drops.total()).isEqualTo(-1);
    }

    @Test
    void shouldAddUpTheDropsOfOurSocketsAlone() throws IOException {
        assumeLittleEndian();
        write("udp", row("0100007F:17C1", 11, 5), row("0100007F:17C1", 12, 7), row("0100007F:17C2", 13, 100), row("0200007F:17C1", 14, 100));
        write("udp6", row("B80D0120000000000000000005000000:17C1", 15, 30), row("00000000000000000000000000000000:17C1", 16, 1000));
        SocketDrops drops = new SocketDrops(folder);
        drops.poll(Set.of(IPV4, IPV6), 0);
        assertThat(drops.total()).isEqualTo(42);
    }

    @Test
    void shouldKeepCountingDropsOfSocketsThatWereClosed() throws IOException {
        assumeLittleEndian();
        SocketDrops drops = new SocketDrops(folder);
        write("udp", row("0100007F:17C1", 11, 5));
        drops.poll(Set.of(IPV4), 0);
        write("udp", row("0100007F:17C1", 12, 3));
        drops.poll(Set.of(IPV4), MINUTE_NS);
        assertThat(drops.total()).isEqualTo(8);
        drops.poll(Set.of(IPV4), 2 * MINUTE_NS);
        assertThat(drops.total()).isEqualTo(8);
        write("udp");
        drops.poll(Set.of(IPV4), 3 * MINUTE_NS);
        assertThat(drops.total()).isEqualTo(8);
    }

    @Test
    void shouldNotLookAgainBeforeASecondIsOver() throws IOException {
        assumeLittleEndian();
        SocketDrops drops = new SocketDrops(folder);
        write("udp", row("0100007F:17C1", 11, 5));
        drops.poll(Set.of(IPV4), Long.MAX_VALUE - 10);
        write("udp", row("0100007F:17C1", 11, 6));
        drops.poll(Set.of(IPV4), Long.MAX_VALUE);
        assertThat(drops.total()).isEqualTo(5);
        drops.poll(Set.of(IPV4), Long.MAX_VALUE - 10 + MINUTE_NS);
        assertThat(drops.total()).isEqualTo(6);
    }

    @Test
    void shouldSeeWhatTheKernelReallyDrops() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/thread-self/net/udp")), "no /proc/thread-self/net/udp: not Linux");
        NioTransport transport = new NioTransport(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), freePort()), 4096, 1, 1);
        try (transport; DatagramChannel sender = DatagramChannel.open()) {
            NioPort port = (NioPort) transport.open(0, 1);
            transport.maintain();
            assertThat(transport.receiveBufferDrops()).isZero();

            Set<InetSocketAddress> listening = new java.util.HashSet<>();
            port.addLocalAddresses(listening);
            int sent = 200;
            for (int i = 0; i < sent; i++) {
                sender.send(ByteBuffer.allocate(1000), listening.iterator().next());
            }
            DatagramBatch batch = new DatagramBatch(256, 2048);
            int received = 0;
            for (int count = port.receive(batch); count > 0; count = port.receive(batch)) {
                received += count;
            }
            SocketDrops fresh = new SocketDrops(Path.of("/proc/thread-self/net"));
            fresh.poll(listening, 0);
            assertThat(received).isBetween(1, sent - 1);
            assertThat(fresh.total()).isEqualTo(sent - received);
        }
    }

    private static int freePort() throws IOException {
        try (DatagramChannel free = DatagramChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) {
            return ((InetSocketAddress) free.getLocalAddress()).getPort();
        }
    }
}
