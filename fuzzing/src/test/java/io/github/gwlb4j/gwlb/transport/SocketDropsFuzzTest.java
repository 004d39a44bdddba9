package io.github.gwlb4j.gwlb.transport;

import io.github.gwlb4j.fuzzing.Fuzzer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any text as the kernel's list of sockets: no exception. The kernel is believed in what it counts. */
class SocketDropsFuzzTest {
    private static final Set<InetSocketAddress> LISTENING = Set.of(new InetSocketAddress("127.0.0.1", 6081));

    @TempDir
    Path folder;

    @Test
    void shouldKnowTheDropsOrSayThatTheyAreNotKnown() throws IOException {
        String names = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
        Fuzzer.of("socket-drops", this::look)
                .seeds(names + "  100: 0100007F:17C1 00000000:0000 07 00000000:00000000 00:00000000 00000000  0  0 4711 2 00000000a 12\n",
                        names + "  7: 00000000000000000000000001000000:17C1 00000000000000000000000000000000:0000 07 0:0 00:0 0 0 0 99 2 0 3\n",
                        Files.exists(Path.of("/proc/net/udp")) ? Files.readString(Path.of("/proc/net/udp")) : names)
                .words("0100007F:17C1", ":", "17C1", "18446744073709551615").run(300);
    }

    private void look(byte[] input) throws IOException {
        Files.write(folder.resolve("udp"), input);
        SocketDrops drops = new SocketDrops(folder);
        drops.poll(LISTENING, 0);
    }
}
