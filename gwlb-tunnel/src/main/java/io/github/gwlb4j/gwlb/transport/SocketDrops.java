package io.github.gwlb4j.gwlb.transport;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Datagrams that the kernel dropped because a socket's receive buffer was full, from column "drops" of
 * /proc/thread-self/net/udp and udp6 (proc(5)): Java cannot ask a socket for them. Not /proc/self, which tells of the main
 * thread's network namespace.
 *
 * <p>{@link #poll} belongs to one thread, {@link #total} to any. The files list every UDP socket of the network namespace,
 * thousands with a reply socket for each port; so after a look that took long the next one waits a hundred times as long.
 */
final class SocketDrops {
    private static final long MIN_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int PAUSE_FACTOR = 100;
    private static final int LOCAL_ADDRESS = 1;
    private static final int INODE = 9;
    private static final int DROPS = 12;

    private final Path folder;
    private final Map<Long, Long> dropsByInode = new HashMap<>();
    private long dropsOfClosedSockets;
    private long nextLookNs;
    private boolean hasLooked;
    private volatile long total = -1;

    /**
     * Prepares to look.
     *
     * @param folder with files udp and udp6, normally /proc/thread-self/net
     */
    SocketDrops(Path folder) {
        this.folder = folder;
    }

    /** Looks at the sockets bound to these addresses, unless it is too early to look again. */
    void poll(Set<InetSocketAddress> listening, long nowNs) {
        if (hasLooked && nowNs - nextLookNs < 0) {
            return;
        }
        long startNs = System.nanoTime();
        look(listening);
        hasLooked = true;
        nextLookNs = nowNs + Math.max(MIN_INTERVAL_NS, PAUSE_FACTOR * (System.nanoTime() - startNs));
    }

    private void look(Set<InetSocketAddress> listening) {
        Map<Long, Long> seen = new HashMap<>();
        boolean isKnown = read("udp", listening, seen) | read("udp6", listening, seen);
        if (!isKnown) {
            return;
        }
        dropsByInode.forEach((inode, drops) -> {
            if (!seen.containsKey(inode)) {
                dropsOfClosedSockets += drops;
            }
        });
        dropsByInode.clear();
        dropsByInode.putAll(seen);
        total = dropsOfClosedSockets + seen.values().stream().mapToLong(Long::longValue).sum();
    }

    private boolean read(String file, Set<InetSocketAddress> listening, Map<Long, Long> seen) {
        try (BufferedReader reader = Files.newBufferedReader(folder.resolve(file), StandardCharsets.ISO_8859_1)) {
            reader.readLine(); // column names
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] columns = line.trim().split("\\s+");
                if (columns.length > DROPS && listening.contains(address(columns[LOCAL_ADDRESS]))) {
                    seen.put(Long.parseLong(columns[INODE]), Long.parseLong(columns[DROPS]));
                }
            }
            return true;
        } catch (IOException | RuntimeException e) {
            return false; // not Linux, IPv6 switched off, or a format of the future: then the number is not known
        }
    }

    /** "0100007F:17C1": the address in 32-bit words of host byte order, then the port. */
    private static InetSocketAddress address(String text) throws UnknownHostException {
        int colon = text.indexOf(':');
        ByteBuffer bytes = ByteBuffer.allocate(colon / 2).order(ByteOrder.nativeOrder());
        for (int i = 0; i < colon; i += 8) {
            bytes.putInt(Integer.parseUnsignedInt(text, i, i + 8, 16));
        }
        return new InetSocketAddress(InetAddress.getByAddress(bytes.array()), Integer.parseInt(text, colon + 1, text.length(), 16));
    }

    /** Drops since the sockets were opened, closed ones included; -1 if the system does not tell. */
    long total() {
        return total;
    }
}
