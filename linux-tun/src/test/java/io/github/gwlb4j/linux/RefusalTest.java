package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.github.gwlb4j.tun.Requirements;

/** Each thing that can be missing, really missing: the classes load, say what it is and what to do. */
class RefusalTest {

    /** Runs the probe in a JVM that is started by a command, with options. */
    private static String probe(List<String> starter, String... jvmOptions) throws Exception {
        List<String> command = new ArrayList<>(starter);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(jvmOptions));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), RefusalProbe.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void shouldSayThatThisIsNotLinux() throws Exception {
        assertThat(probe(List.of(), "-Dos.name=Mac OS X")).contains("supported: false",
                "cause: TUN devices and these system calls exist on Linux only; this is Mac OS X",
                "cannot open TUN device refused0: TUN devices", "cannot open a UDP socket: TUN devices",
                "cannot administer network interfaces: TUN devices", "cannot use network namespaces: TUN devices");
    }

    @Test
    void shouldSayThatTheMachineHasNoJnaLibrary() throws Exception {
        assertThat(probe(List.of(), "-Djna.boot.library.name=absent", "-Djna.nounpack=true", "-Djna.noclasspath=true", "-Djna.nosys=true"))
                .contains("supported: false", "cause: JNA cannot load its native library");
    }

    @Test
    void shouldNameTheCapabilityThatIsMissing() throws Exception {
        Requirements.tun();
        String setpriv = Requirements.tool("setpriv", "util-linux").toString();
        assertThat(probe(List.of(setpriv, "--bounding-set", "-net_admin,-net_raw,-sys_admin", "--inh-caps", "-net_admin,-net_raw,-sys_admin")))
                .contains("supported: false", "cause: It needs the capability CAP_NET_ADMIN",
                        "cannot open TUN device refused0: operation not permitted (EPERM). It needs the capability CAP_NET_ADMIN",
                        "cannot open a raw socket: operation not permitted (EPERM). It needs the capability CAP_NET_RAW",
                        "cannot make a network namespace: operation not permitted (EPERM). It needs CAP_SYS_ADMIN");
    }

    @Test
    void shouldSayThatTheDeviceFileIsMissing() throws Exception {
        Requirements.tun();
        String unshare = Requirements.tool("unshare", "util-linux").toString();
        assertThat(probe(List.of(unshare, "-m", "sh", "-c", "mount -t tmpfs none /dev/net && exec \"$@\"", "sh")))
                .contains("supported: false", "cause: There is no /dev/net/tun. Load the kernel module (modprobe tun)",
                        "cannot open /dev/net/tun: no such file or directory (ENOENT). There is no /dev/net/tun");
    }

    @Test
    void shouldNameTheLimitThatIsReached() throws Exception {
        Requirements.tun();
        String unshare = Requirements.tool("unshare", "util-linux").toString();
        assertThat(probe(List.of(unshare, "-n", "sh", "-c", "ulimit -n 100 && exec \"$@\"", "sh"), "-XX:-MaxFDLimit"))
                .contains("supported: true", "cannot open /dev/net/tun: too many open files (EMFILE). This process has too many open files: "
                        + "raise its limit (ulimit -n, systemd LimitNOFILE=)");
    }
}
