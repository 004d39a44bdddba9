package io.github.gwlb4j.simulator.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.github.gwlb4j.simulator.ReplyFault;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a right appliance sees, and what the lab says about it. */
@Timeout(60)
@SuppressWarnings("try") // an appliance works without being mentioned
class LiveLabTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @BeforeEach
    void needLab() {
        Requirements.lab("ping", "iputils-ping", "curl", "curl");
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
            Thread.sleep(5);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private static void ping(LabSite site, String... arguments) throws Exception {
        String[] command = new String[arguments.length + 7];
        System.arraycopy(new String[] {"ping", "-c", "3", "-i", "0.1", "-W", "5"}, 0, command, 0, 7);
        System.arraycopy(arguments, 0, command, 7, arguments.length);
        CommandResult result = site.client().run(LIMIT, command);
        assertThat(result.isSuccess()).as(result.toString()).isTrue();
        assertThat(result.output()).contains("3 received");
    }

    @Test
    void shouldCarryPingsOfBothIpVersionsAndCountThem() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).start(); EchoAppliance echo = new EchoAppliance(lab)) {
            ping(lab.site(0), "10.30.0.2");
            ping(lab.site(0), "-6", "fd30::2");
            LabReport report = lab.report();
            assertThat(report.isClean()).as(report.toString()).isTrue();
            LabReport.SiteReport site = report.site(lab.site(0));
            assertThat(site.toServer().sentPackets()).isEqualTo(6);
            assertThat(site.toServer().returnedPackets()).isEqualTo(6);
            assertThat(site.toClient().sentPackets()).isEqualTo(6);
            assertThat(site.toClient().returnedPackets()).isEqualTo(6);
            assertThat(site.toServer().sentBytes()).isEqualTo(3 * 84 + 3 * 104);
            assertThat(report.flows()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.30.0.2", "fd30::2"})
    void shouldCarryFragmentsOfAnUdpDatagramInOneFlow(String server) throws Exception {
        try (LiveLab lab = LiveLab.builder().site(SiteConfig.of(1).withMtu(1500)).start();
                EchoAppliance echo = new EchoAppliance(lab);
                DatagramSocket receiver = lab.site(0).server().call(() -> new DatagramSocket(7, InetAddress.getByName(server)));
                DatagramSocket sender = lab.site(0).client().call(() -> new DatagramSocket())) {
            byte[] payload = new byte[20_000];
            new Random(1).nextBytes(payload);
            receiver.setSoTimeout(5_000);
            sender.send(new DatagramPacket(payload, payload.length, new InetSocketAddress(server, 7)));
            DatagramPacket arrived = new DatagramPacket(new byte[65_536], 65_536);
            receiver.receive(arrived);
            assertThat(arrived.getLength()).isEqualTo(20_000);
            assertThat(Arrays.copyOf(arrived.getData(), 20_000)).isEqualTo(payload);
            LabReport report = lab.report();
            assertThat(report.isClean()).as(report.toString()).isTrue();
            assertThat(report.flows()).isEqualTo(1);
            assertThat(report.sites().get(0).toServer().returnedPackets()).isEqualTo(14);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1500, 8500})
    void shouldCarryAnHttpDownloadUnchanged(int mtu, @TempDir Path directory) throws Exception {
        byte[] content = new byte[50_000_000];
        new Random(mtu).nextBytes(content);
        try (LiveLab lab = LiveLab.builder().site(SiteConfig.of(1).withMtu(mtu)).start(); EchoAppliance echo = new EchoAppliance(lab)) {
            HttpServer server = serve(lab.site(0).server(), content);
            try {
                Path file = directory.resolve("download");
                CommandResult curl = lab.site(0).client().run(LIMIT, "curl", "-sS", "-o", file.toString(), "http://10.30.0.2:8080/");
                assertThat(curl.isSuccess()).as(curl.toString()).isTrue();
                assertThat(hash(Files.readAllBytes(file))).isEqualTo(hash(content));
            } finally {
                server.stop(0);
            }
            LabReport report = lab.report();
            assertThat(report.isClean()).as(report.toString()).isTrue();
            assertThat(report.sites().get(0).toClient().returnedBytes()).isGreaterThan(content.length);
        }
    }

    private static HttpServer serve(LabNamespace namespace, byte[] content) throws Exception {
        return namespace.call(() -> {
            HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, content.length);
                exchange.getResponseBody().write(content);
                exchange.close();
            });
            server.start();
            return server;
        });
    }

    private static String hash(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    @Test
    void shouldKeepSitesWithIdenticalAddressesApart() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).site(2).start(); EchoAppliance echo = new EchoAppliance(lab)) {
            HttpServer first = serve(lab.site(0).server(), "first".getBytes(StandardCharsets.US_ASCII));
            HttpServer second = serve(lab.site(1).server(), "second".getBytes(StandardCharsets.US_ASCII));
            try {
                String[] curl = {"curl", "-sS", "--local-port", "40000", "http://10.30.0.2:8080/"};
                assertThat(lab.site(0).client().run(LIMIT, curl).output()).isEqualTo("first");
                assertThat(lab.site(1).client().run(LIMIT, curl).output()).isEqualTo("second");
            } finally {
                first.stop(0);
                second.stop(0);
            }
            assertThat(lab.report().isClean()).as(lab.report().toString()).isTrue();
            assertThat(lab.report().sites()).allMatch(site -> site.toClient().returnedPackets() > 3);
        }
    }

    @Test
    void shouldReachTheInternetOnlyThroughTheAppliance() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(SiteConfig.of(1).withoutServer()).internet().start()) {
            CommandResult fromAppliance = lab.appliance().run(LIMIT, "ping", "-c", "1", "-W", "2", "198.51.100.2");
            assertThat(fromAppliance.isSuccess()).as(fromAppliance.toString()).isTrue();
            assertThat(lab.site(0).client().run(LIMIT, "ping", "-c", "1", "-W", "1", "198.51.100.2").isSuccess()).isFalse();
            assertThat(lab.report().sites().get(0).toServer().sentPackets()).isEqualTo(1);
        }
    }

    @Test
    void shouldAcceptNewCookiesAndSendThemWhenRotated() throws Exception {
        Set<Integer> cookies = ConcurrentHashMap.newKeySet();
        try (LiveLab lab = LiveLab.builder().site(1).start();
                EchoAppliance echo = new EchoAppliance(lab, (buffer, offset, length, port) -> {
                    cookies.add(buffer.getInt(offset + 36));
                    return port;
                })) {
            byte[] packet = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 9).payload(10).build();
            lab.site(0).injectFromClient(packet);
            lab.rotateCookies();
            lab.site(0).injectFromClient(packet);
            await(() -> lab.report().sites().get(0).toServer().returnedPackets() == 2);
            assertThat(lab.report().isClean()).as(lab.report().toString()).isTrue();
            // The server answers "port unreachable", which belongs to the same flow.
            assertThat(cookies).hasSize(2);
            assertThat(lab.report().flows()).isEqualTo(1);
        }
    }

    @Test
    void shouldInjectWhatNoClientWouldSend() throws Exception {
        try (LiveLab lab = LiveLab.builder().site(1).start(); EchoAppliance echo = new EchoAppliance(lab)) {
            lab.site(0).injectFromClient(PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").protocol(253).build());
            lab.site(0).injectFromClient(PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 9).payload(64_000).build());
            lab.site(0).injectFromClient(new byte[] {1, 2, 3});
            lab.site(0).injectDatagram(new byte[] {4, 5, 6}, 4711);
            await(() -> lab.report().faults().values().stream().mapToLong(Long::longValue).sum() == 3);
            LabReport report = lab.report();
            assertThat(report.injectedDatagrams()).isEqualTo(1);
            assertThat(report.sites().get(0).toServer().sentPackets()).isEqualTo(3);
            assertThat(report.sites().get(0).toServer().returnedPackets()).isEqualTo(1);
            assertThat(report.sites().get(0).toServer().notSent()).isZero();
            assertThat(report.faults()).as(report.toString()).containsOnlyKeys(ReplyFault.INNER_TOO_LONG,
                    ReplyFault.NOT_GENEVE);
        }
    }
}
