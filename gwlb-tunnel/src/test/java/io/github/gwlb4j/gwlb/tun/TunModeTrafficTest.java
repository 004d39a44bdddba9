package io.github.gwlb4j.gwlb.tun;

import static io.github.gwlb4j.gwlb.tun.TunModeLab.ping;
import static io.github.gwlb4j.gwlb.tun.TunModeLab.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.gwlb4j.gwlb.TunSettings;
import io.github.gwlb4j.simulator.lab.CommandResult;
import io.github.gwlb4j.simulator.lab.LabProcess;
import io.github.gwlb4j.simulator.lab.LabReport;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import io.github.gwlb4j.tun.OffloadPolicy;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real programs talk through an appliance in TUN mode: client, load balancer, {@code gwi-<X>}, the kernel's routing, {@code gwo-<X>},
 * load balancer, server, and the same way back.
 */
@Timeout(60)
@SuppressWarnings("try") // servers work without being mentioned
class TunModeTrafficTest {
    private static final byte[] SMALL = "a small page".getBytes(StandardCharsets.US_ASCII);

    @BeforeEach
    void needLab() {
        TunModeLab.require("ping", "iputils-ping", "curl", "curl");
    }

    private static TunModeLab lab(int mtu, int workers) throws Exception {
        TunModeLab lab = new TunModeLab(LiveLab.builder().site(SiteConfig.of(1).withMtu(mtu)));
        lab.start(TunModeLab.tunMode().workers(workers).listener(lab.routes()));
        return lab;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldCarryPingsOfBothIpVersionsAndLoseNone(int workers) throws Exception {
        try (TunModeLab lab = lab(8500, workers)) {
            ping(lab.client(), 5, "10.30.0.2");
            ping(lab.client(), 5, "-6", "fd30::2");
            ping(lab.client(), 3, "-M", "do", "-s", "8472", "10.30.0.2"); // 8500 bytes
            LabReport.SiteReport site = lab.siteReport();
            assertThat(site.toServer().sentPackets()).isEqualTo(13);
            assertThat(site.toServer().returnedPackets()).isEqualTo(13);
            assertThat(site.toClient().returnedPackets()).isEqualTo(13);
            assertThat(lab.stats().deliveredPackets()).isEqualTo(26);
            assertThat(lab.stats().forwardedPackets()).isEqualTo(26);
            assertThat(lab.drops()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"1500, 1, AUTO, 10.30.0.2", "1500, 2, AUTO, 10.30.0.2", "1500, 2, OFF, 10.30.0.2", "8500, 1, OFF, 10.30.0.2",
            "8500, 2, AUTO, 10.30.0.2", "1500, 2, AUTO, [fd30::2]", "1500, 2, OFF, [fd30::2]",
            "1500, 2, AUTO, " + TunModeLab.KERNEL_ADDRESS, "1500, 2, AUTO, [" + TunModeLab.KERNEL_ADDRESS_6 + "]"})
    void shouldCarryADownloadUnchanged(int mtu, int workers, OffloadPolicy offload, String address, @TempDir Path directory)
            throws Exception {
        byte[] content = new byte[Integer.getInteger("gwlb4j.transferBytes", 50_000_000)]; // fewer on an emulated machine
        new Random(mtu).nextBytes(content);
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(SiteConfig.of(1).withMtu(mtu)));
                WebServer server = new WebServer(lab.server(), content);
                WebServer proxy = new WebServer(lab.kernel(), content)) { // local to the appliance, as a proxy is
            lab.start(TunModeLab.tunMode().workers(workers).tun(TunSettings.builder().offload(offload).build()).listener(lab.routes()));
            Path file = directory.resolve("download");
            String time = run(lab.client(), "curl", "-gsS", "-m", "25", "-o", file.toString(), "-w", "%{time_total}",
                    "http://" + address + ":8080/");
            System.out.printf("%d bytes through TUN mode from %s, MTU %d, %d worker(s), offload %s: %s s%n", content.length, address, mtu,
                    workers, offload, time);
            assertThat(hash(Files.readAllBytes(file))).isEqualTo(hash(content));
            assertThat(lab.siteReport().toClient().returnedBytes()).isGreaterThan(content.length);
        }
    }

    private static String hash(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    @Test
    void shouldCarryADnsQueryAndItsAnswer() throws Exception {
        TunModeLab.require("dig", "bind9-dnsutils");
        try (TunModeLab lab = lab(1500, 2); DnsAnswerer server = new DnsAnswerer(lab.server(), "203.0.113.7")) {
            String answer = run(lab.client(), "dig", "+short", "+tries=1", "+time=5", "@10.30.0.2", "www.example.org", "A");
            assertThat(answer.trim()).isEqualTo("203.0.113.7");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.30.0.2", "fd30::2"})
    void shouldCarryAFragmentedDatagramBothWays(String address) throws Exception {
        byte[] payload = new byte[20_000];
        new Random(7).nextBytes(payload);
        try (TunModeLab lab = lab(1500, 2);
                DatagramSocket server = lab.server().call(() -> new DatagramSocket(7, InetAddress.getByName(address)));
                DatagramSocket client = lab.client().call(() -> new DatagramSocket())) {
            client.send(new DatagramPacket(payload, payload.length, new InetSocketAddress(address, 7)));
            SocketAddress sender = receive(server, payload);
            server.send(new DatagramPacket(payload, payload.length, sender));
            receive(client, payload);
            assertThat(lab.siteReport().toServer().returnedPackets()).isEqualTo(14);
            assertThat(lab.siteReport().toClient().returnedPackets()).isEqualTo(14);
        }
    }

    private static SocketAddress receive(DatagramSocket socket, byte[] expected) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.setSoTimeout(10_000);
        socket.receive(packet);
        assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(expected);
        return packet.getSocketAddress();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-I"})
    void shouldShowTheApplianceAndTheServerToTraceroute(String method) throws Exception {
        TunModeLab.require("traceroute", "traceroute");
        try (TunModeLab lab = lab(1500, 1)) {
            assertThat(traceroute(lab, method, "10.30.0.2")).containsSubsequence(" 1  " + TunModeLab.KERNEL_ADDRESS, " 2  10.30.0.2");
            assertThat(traceroute(lab, method, "fd30::2")).containsSubsequence(" 1  " + TunModeLab.KERNEL_ADDRESS_6, " 2  fd30::2");
            assertThat(lab.siteReport().toClient().icmpErrors()).isPositive();
        }
    }

    private static String traceroute(TunModeLab lab, String method, String address) throws Exception {
        String[] options = {"traceroute", "-n", "-w", "3", "-q", "1", "-N", "1", "-m", "4"};
        String[] command = Arrays.copyOf(options, options.length + (method.isEmpty() ? 1 : 2));
        command[options.length] = method;
        command[command.length - 1] = address;
        return run(lab.client(), command);
    }

    @Test
    void shouldKeepEndpointsWithIdenticalInnerAddressesApart() throws Exception {
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(1).site(2))) {
            lab.start(TunModeLab.tunMode().workers(2).listener(new RuledRoutes(lab.kernel())));
            byte[] other = "another page".getBytes(StandardCharsets.US_ASCII);
            try (WebServer first = new WebServer(lab.server(), SMALL); WebServer second = new WebServer(lab.lab().site(1).server(), other)) {
                String[] curl = {"curl", "-sS", "-m", "20", "--local-port", "40000", "http://10.30.0.2:8080/"};
                LabProcess both = lab.client().start(curl);
                CommandResult fromSecond = lab.lab().site(1).client().run(TunModeLab.LIMIT, curl);
                CommandResult fromFirst = both.waitFor(TunModeLab.LIMIT);
                assertThat(fromFirst.output()).isEqualTo("a small page");
                assertThat(fromSecond.output()).isEqualTo("another page");
                ping(lab.client(), 2, "10.30.0.2");
                ping(lab.lab().site(1).client(), 2, "-6", "fd30::2");
            }
            assertThat(lab.lab().report().sites()).allMatch(site -> site.toClient().returnedPackets() > 3);
            assertThat(lab.lab().report().sites()).allMatch(site -> site.toServer().returnedPackets() == site.toServer().sentPackets());
            assertThat(lab.drops()).isEmpty();
        }
    }

    @Test
    void shouldSendTheNewestCookieOfAFlow() throws Exception {
        try (TunModeLab lab = lab(1500, 2); OneWayUdp packets = new OneWayUdp(lab.client(), lab.server())) {
            packets.sendToServer(1, 0);
            packets.awaitAtServer(1);
            for (int round = 1; round <= 2; round++) {
                lab.lab().rotateCookies();
                Thread.sleep(1_200); // so long the load balancer takes the old cookie, too
                packets.sendToServer(1, 0);
                packets.awaitAtServer(1 + round);
                packets.sendToClient(1, 0);
                packets.awaitAtClient(round);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-4", "-R"})
    void shouldCarryABulkStreamWithoutAFault(String direction) throws Exception {
        TunModeLab.require("iperf3", "iperf3");
        try (TunModeLab lab = lab(8500, 2); LabProcess server = lab.server().start("iperf3", "-s", "-1")) {
            lab.server().awaitPort(5201, TunModeLab.LIMIT);
            String json = run(lab.client(), "iperf3", "-c", "10.30.0.2", "-t", "3", "-J", direction);
            JsonNode end = new ObjectMapper().readTree(json).path("end");
            System.out.printf("iperf3 through TUN mode, MTU 8500, 2 workers, %s: %.2f Gbit/s, %d retransmissions%n",
                    direction.equals("-R") ? "server to client" : "client to server",
                    end.path("sum_received").path("bits_per_second").asDouble() / 1e9, end.path("sum_sent").path("retransmits").asLong());
            assertThat(end.path("sum_received").path("bytes").asLong()).isPositive();
        }
    }
}
