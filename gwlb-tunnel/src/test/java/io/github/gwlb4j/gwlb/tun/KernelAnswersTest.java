package io.github.gwlb4j.gwlb.tun;

import static io.github.gwlb4j.gwlb.tun.TunModeLab.await;
import static io.github.gwlb4j.gwlb.tun.TunModeLab.ping;
import static io.github.gwlb4j.gwlb.tun.TunModeLab.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.geneve.Geneve;
import io.github.gwlb4j.gwlb.DropReason;
import io.github.gwlb4j.simulator.lab.LabReport;
import io.github.gwlb4j.simulator.lab.LabSite;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import io.github.gwlb4j.simulator.packet.PacketBuilder;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the appliance's own kernel makes of clients' packets, and what no kernel would send: all of it belongs to a flow, or is
 * counted, and does no harm.
 */
@Timeout(60)
@SuppressWarnings("try") // servers work without being mentioned
class KernelAnswersTest {
    @BeforeEach
    void needLab() {
        TunModeLab.require("ping", "iputils-ping");
    }

    private TunModeLab lab() throws Exception {
        return new TunModeLab(LiveLab.builder().site(SiteConfig.of(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {TunModeLab.KERNEL_ADDRESS, TunModeLab.KERNEL_ADDRESS_6})
    void shouldReturnAllFragmentsOfALocalServersReply(String address) throws Exception {
        try (TunModeLab lab = lab();
                DatagramSocket server = lab.kernel().call(() -> new DatagramSocket(7000, InetAddress.getByName(address)));
                DatagramSocket client = lab.client().call(() -> new DatagramSocket())) {
            lab.start(TunModeLab.tunMode().workers(2).listener(lab.routes().withMtu(1500)));
            client.send(new DatagramPacket(new byte[] {1}, 1, new InetSocketAddress(address, 7000)));
            DatagramPacket request = new DatagramPacket(new byte[100], 100);
            server.setSoTimeout(10_000);
            server.receive(request);
            byte[] reply = new byte[20_000];
            new Random(1).nextBytes(reply);
            server.send(new DatagramPacket(reply, reply.length, request.getSocketAddress()));
            DatagramPacket arrived = new DatagramPacket(new byte[65_536], 65_536);
            client.setSoTimeout(10_000);
            client.receive(arrived);
            assertThat(Arrays.copyOf(arrived.getData(), arrived.getLength())).isEqualTo(reply);
            assertThat(lab.siteReport().toClient().returnedPackets()).isEqualTo(14);
        }
    }

    @ParameterizedTest
    @CsvSource({"10.30.0.2, Time to live exceeded", "fd30::2, Time exceeded: Hop limit"})
    void shouldReturnTimeExceededOfTheAppliancesKernel(String address, String error) throws Exception {
        try (TunModeLab lab = lab()) {
            lab.start(TunModeLab.tunMode().listener(lab.routes()));
            assertThat(pingOnce(lab, "-t", "1", address)).contains(error);
            assertThat(lab.siteReport().toClient().icmpErrors()).isEqualTo(1);
            assertThat(lab.siteReport().toServer().returnedPackets()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"10.30.0.2, Frag needed and DF set (mtu = 1280)", "fd30::2, Packet too big: mtu=1280"})
    void shouldReturnPacketTooBigOfTheAppliancesKernel(String address, String error) throws Exception {
        try (TunModeLab lab = lab()) {
            lab.start(TunModeLab.tunMode().listener(lab.routes().withMtu(1280)));
            assertThat(pingOnce(lab, "-M", "do", "-s", "1400", address)).contains(error);
            assertThat(lab.siteReport().toClient().icmpErrors()).isEqualTo(1);
            ping(lab.client(), 1, "-s", "1000", address);
        }
    }

    private static String pingOnce(TunModeLab lab, String... arguments) throws Exception {
        String[] command = Arrays.copyOf(new String[] {"ping", "-n", "-c", "1", "-W", "5"}, arguments.length + 6);
        System.arraycopy(arguments, 0, command, 6, arguments.length);
        return lab.client().run(TunModeLab.LIMIT, command).output();
    }

    @Test
    void shouldReturnPacketsSentBackThroughTheIngressInterface() throws Exception {
        try (TunModeLab lab = lab()) {
            lab.start(TunModeLab.tunMode().workers(2).listener(lab.routes().byIngress()));
            ping(lab.client(), 5, "10.30.0.2");
            ping(lab.client(), 5, "-6", "fd30::2");
            LabReport.Counts toServer = lab.siteReport().toServer();
            // The kernel also tells both ends of the shorter way that there seems to be, by redirects, which return as well.
            assertThat(toServer.returnedPackets() - toServer.icmpErrors()).isEqualTo(10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16_000, 65_000})
    void shouldSurvivePacketsLongerThanTheTunnelMtu(int length) throws Exception {
        try (TunModeLab lab = lab(); DatagramSocket server = lab.server().call(() -> new DatagramSocket(9))) {
            lab.start(TunModeLab.tunMode().workers(2).listener(lab.routes()));
            ping(lab.client(), 1, "10.30.0.2"); // so that the tunnel is there: few packets of that size are held for it
            PacketBuilder packet = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").udp(5000, 9).totalLength(length);
            for (int i = 0; i < 20; i++) {
                lab.site().injectFromClient(packet.identification(i).build());
                lab.site().injectFromClient(packet.dontFragment(true).build());
                packet.dontFragment(false);
            }
            await("20 errors returned", () -> lab.siteReport().toClient().icmpErrors() == 20);
            ping(lab.client(), 3, "10.30.0.2");
            // The kernel fragments what may be fragmented, and says "fragmentation needed" about the rest.
            assertThat(lab.siteReport().toServer().returnedPackets()).isEqualTo(20 * ((length + 8499) / 8500) + 4);
            assertThat(lab.stats().deliveredPackets()).isEqualTo(48);
            assertThat(lab.drops()).isEmpty();
        }
    }

    @Test
    void shouldCarryThePacketThatIsNothingButAHeader() throws Exception {
        try (TunModeLab lab = lab()) {
            lab.start(TunModeLab.tunMode().listener(lab.routes()));
            byte[] header = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").protocol(253).build();
            assertThat(header).hasSize(20);
            lab.site().injectFromClient(header);
            await("it has come through", () -> lab.siteReport().toServer().returnedPackets() == 1);
        }
    }

    @Test
    void shouldCarryALastFragmentOfFourBytes() throws Exception {
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(SiteConfig.of(1).withMtu(1500)));
                DatagramSocket server = lab.server().call(() -> new DatagramSocket(9));
                DatagramSocket client = lab.client().call(() -> new DatagramSocket())) {
            lab.start(TunModeLab.tunMode().workers(2).listener(lab.routes()));
            client.send(new DatagramPacket(new byte[1476], 1476, new InetSocketAddress("10.30.0.2", 9)));
            DatagramPacket arrived = new DatagramPacket(new byte[2000], 2000);
            server.setSoTimeout(10_000);
            server.receive(arrived);
            assertThat(arrived.getLength()).isEqualTo(1476);
            assertThat(lab.siteReport().toServer().returnedBytes()).isEqualTo(1500 + 24);
        }
    }

    /** The kernel's own packets have no interface of arrival to be routed by; a mark that it reflects tells the tunnel. */
    @Test
    void shouldReturnErrorsToTheRightOneOfTwoClientsWithTheSameAddress() throws Exception {
        TunModeLab.require("iptables", "iptables");
        try (TunModeLab lab = new TunModeLab(LiveLab.builder().site(1).site(2))) {
            run(lab.kernel(), "sysctl", "-q", "-w", "net.ipv4.fwmark_reflect=1");
            lab.start(TunModeLab.tunMode().workers(2).listener(new RuledRoutes(lab.kernel()).withMarks()));
            for (LabSite site : lab.lab().sites()) {
                String output = site.client().run(TunModeLab.LIMIT, "ping", "-n", "-c", "1", "-W", "5", "-t", "1", "10.30.0.2").output();
                assertThat(output).contains("From " + TunModeLab.KERNEL_ADDRESS, "Time to live exceeded");
            }
            assertThat(lab.lab().report().sites()).allMatch(site -> site.toClient().icmpErrors() == 1);
        }
    }

    @Test
    void shouldNotMistakeADatagramWithoutOptionsForTheOneBefore() throws Exception {
        try (TunModeLab lab = lab()) {
            lab.start(TunModeLab.tunMode().listener(lab.routes()));
            ping(lab.client(), 1, "10.30.0.2");
            byte[] inner = PacketBuilder.ipv4("10.20.0.2", "10.30.0.2").icmpEchoRequest(7, 1).payload(56).build();
            byte[] datagram = ByteBuffer.allocate(8 + inner.length).putShort(2, (short) Geneve.PROTOCOL_IPV4).put(8, inner).array();
            lab.lab().site(0).injectDatagram(datagram, 60_001);
            await("datagram counted", () -> lab.stats().dropped(DropReason.OPTION_MISSING) == 1);
            assertThat(lab.siteReport().toServer().returnedPackets()).isEqualTo(1);
            ping(lab.client(), 1, "10.30.0.2");
        }
    }
}
