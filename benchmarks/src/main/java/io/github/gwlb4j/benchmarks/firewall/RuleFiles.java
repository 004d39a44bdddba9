package io.github.gwlb4j.benchmarks.firewall;

import io.github.gwlb4j.packet.IpPacket;
import io.github.gwlb4j.packet.PacketStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rule files of a given length, and packets for them: always the same ones. */
final class RuleFiles {
    private static final int[] SERVICES = {22, 25, 53, 80, 123, 389, 443, 636, 1433, 3306, 5432, 6379, 8080, 8443, 9092, 27017};
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final Random random = new Random(1);
    private final List<String> lines = new ArrayList<>();
    /** What a packet that each rule matches is like: source, destination, destination port, protocol. */
    private final List<int[]> matching = new ArrayList<>();

    private RuleFiles() {
    }

    /**
     * What companies have: one network or host may reach one host or network at one service; a tenth of the rules is about a service
     * of anyone or about hosts that are shut out. A rule is as likely to be hit as any other, and every fifth packet meets none.
     */
    static RuleFiles realistic(int count) {
        RuleFiles files = new RuleFiles();
        for (int i = 0; i < count; i++) {
            files.addUsualRule(i);
        }
        for (int i = 0; i < count / 4 + 1; i++) {
            files.matching.add(new int[] {files.random.nextInt(), files.random.nextInt(), 40_000 + files.random.nextInt(9999), TCP});
        }
        return files;
    }

    private void addUsualRule(int number) {
        int from = 10 << 24 | random.nextInt(1 << 16) << 8;
        int to = 10 << 24 | random.nextInt(1 << 24);
        int port = SERVICES[random.nextInt(SERVICES.length)];
        boolean isTcp = port != 53 && port != 123;
        String protocol = isTcp ? "tcp" : "udp";
        switch (number % 10) {
            case 0:
                to = 172 << 24 | 16 << 16 | random.nextInt(1 << 16);
                lines.add("allow " + protocol + " to " + text(to) + " port " + port);
                break;
            case 1:
                from = 198 << 24 | random.nextInt(1 << 24);
                lines.add("deny from " + text(from));
                break;
            case 2:
            case 3:
                lines.add("allow " + protocol + " from " + text(from | 7) + " to " + text(to & ~0xff) + "/24 port " + port);
                from |= 7;
                break;
            case 4:
                lines.add("reject " + protocol + " from " + text(from & ~0xffff) + "/16 to " + text(to) + " port 1024-65535");
                port = 2000;
                break;
            default:
                lines.add("allow " + protocol + " from " + text(from) + "/24 to " + text(to) + " port " + port);
        }
        matching.add(new int[] {from, to, port, isTcp ? TCP : UDP});
    }

    /**
     * The worst for sets of rules: each packet meets half of all rules' sources and the other half's destinations, and no rule; with port
     * ranges that all overlap.
     */
    static RuleFiles adversarial(int count) {
        RuleFiles files = new RuleFiles();
        for (int i = 0; i < count; i++) {
            int host = 10 << 24 | i;
            files.lines.add((i % 2 == 0 ? "allow tcp from " + text(host) : "allow tcp to " + text(host)) + " port " + i % 1000 + "-65535");
        }
        for (int i = 0; i < 1000; i++) {
            files.matching.add(new int[] {192 << 24 | files.random.nextInt(1 << 24), 172 << 24 | files.random.nextInt(1 << 24),
                1000 + files.random.nextInt(60_000), TCP});
        }
        return files;
    }

    private static String text(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xff) + "." + (address >>> 8 & 0xff) + "." + (address & 0xff);
    }

    List<String> lines() {
        return lines;
    }

    /** Packets in random order. */
    IpPacket[] packets(int count) {
        IpPacket[] packets = new IpPacket[count];
        for (int i = 0; i < count; i++) {
            int[] like = matching.get(random.nextInt(matching.size()));
            ByteBuffer buffer = ByteBuffer.allocateDirect(40);
            buffer.putInt(0x4500_0028).putInt(0).putShort((short) (64 << 8 | like[3])).putShort((short) 0).putInt(like[0]).putInt(like[1])
                    .putShort((short) (32_768 + random.nextInt(20_000))).putShort((short) like[2]).putLong(20L << 48).putShort((short) 0x5002);
            packets[i] = new IpPacket();
            if (packets[i].wrap(buffer, 0, buffer.capacity()) != PacketStatus.OK) {
                throw new IllegalStateException(packets[i].status().label());
            }
        }
        return packets;
    }
}
