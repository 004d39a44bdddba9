package io.github.gwlb4j.handler.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.gwlb4j.handler.machine.Finding.Level;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of a made-up machine. */
class MachineChecksTest {
    @TempDir
    private Path root;

    private MachineChecks checks() {
        return new MachineChecks(root, () -> null);
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    @ParameterizedTest
    @CsvSource({"0, OK", "1, WRONG", "2, WRONG"})
    void shouldFindAReversePathFilterForAllInterfaces(String value, Level level) throws IOException {
        file("proc/sys/net/ipv4/conf/all/rp_filter", value);
        assertThat(checks().reversePathFilter().level()).isEqualTo(level);
        if (level == Level.WRONG) {
            assertThat(checks().reversePathFilter().fix()).startsWith("sysctl -w net.ipv4.conf.all.rp_filter=0");
        }
    }

    @ParameterizedTest
    @CsvSource({"0, WRONG", "1, OK", "'', NOTE"})
    void shouldFindThatForwardingIsOff(String value, Level level) throws IOException {
        file("proc/sys/net/ipv4/ip_forward", value);
        Finding finding = checks().forwarding("ipv4/ip_forward", "net.ipv4.ip_forward", "IPv4");
        assertThat(finding.level()).isEqualTo(level);
        if (level == Level.WRONG) {
            assertThat(finding.fix()).startsWith("sysctl -w net.ipv4.ip_forward=1");
        }
    }

    @ParameterizedTest
    @CsvSource({"1500, WRONG", "8567, WRONG", "8568, OK", "9001, OK"})
    void shouldWantRoomForTheLongestPacketAndItsHeaders(String mtu, Level level) throws IOException {
        file("sys/class/net/ens5/mtu", mtu);
        assertThat(checks().mtu("ens5").level()).isEqualTo(level);
        assertThat(checks().mtu("eth9").level()).isEqualTo(Level.WRONG);
        assertThat(checks().mtu(null).level()).isEqualTo(Level.NOTE);
    }

    @ParameterizedTest
    @CsvSource({"212992, NOTE", "4194304, OK"})
    void shouldJudgeTheLimitOfReceiveBuffers(String bytes, Level level) throws IOException {
        file("proc/sys/net/core/rmem_max", bytes);
        assertThat(checks().receiveBuffer().level()).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({"212992, NOTE", "2097152, OK"})
    void shouldJudgeTheLimitOfSendBuffers(String bytes, Level level) throws IOException {
        file("proc/sys/net/core/wmem_max", bytes);
        assertThat(checks().sendBuffer().level()).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({"1024, NOTE", "262144, OK", "unlimited, OK", "18446744073709551615, OK"})
    void shouldJudgeTheLimitOfOpenFiles(String limit, Level level) throws IOException {
        file("proc/self/limits", "Limit                     Soft Limit           Hard Limit           Units\nMax open files            "
                + limit + "                 524288               files");
        assertThat(checks().openFiles().level()).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({"0000000000003000, OK", "0000000000001000, NOTE", "000001ffffffffff, OK", "ffffffffffffffffff, NOTE"})
    void shouldSayWhenRawSocketsCannotBeMade(String capabilities, Level level) throws IOException {
        file("proc/self/status", "Name:\tjava\nCapEff:\t" + capabilities);
        assertThat(checks().rawSockets().level()).isEqualTo(level);
    }

    @Test
    void shouldHintAtTheSourceDestinationCheckOnEc2Only() throws IOException {
        assertThat(checks().sourceDestinationCheck().level()).isEqualTo(Level.OK);
        file("sys/class/dmi/id/sys_vendor", "Amazon EC2");
        assertThat(checks().sourceDestinationCheck().fix()).contains("--no-source-dest-check");
    }

    @Test
    void shouldFindTheInterfaceOfTheDefaultRoute() throws IOException {
        assertThat(checks().defaultLink()).isNull();
        file("proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
                + "ens6\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\nens5\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0");
        assertThat(checks().defaultLink()).isEqualTo("ens5");
    }

    @Test
    void shouldTellWhatIsMissingForTunDevices() {
        assertThat(new MachineChecks(root, () -> "There is no /dev/net/tun.").tunDevices()).isEqualTo(
                Finding.wrong("TUN devices cannot be made", "There is no /dev/net/tun."));
    }

    @Test
    void shouldSayWhenThePortIsInUse() throws IOException {
        try (DatagramSocket taken = new DatagramSocket(0)) {
            assertThat(MachineChecks.udpPort(taken.getLocalPort()).level()).isEqualTo(Level.NOTE);
        }
    }
}
