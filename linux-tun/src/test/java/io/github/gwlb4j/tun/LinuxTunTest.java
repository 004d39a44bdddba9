package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinuxTunTest {

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

    @Test
    void shouldBeSupportedWhereTheTestsRun() {
        assertThat(LinuxTun.isSupported()).isTrue();
        assertThat(LinuxTun.unsupportedCause()).isNull();
    }

    @Test
    void shouldCreateTheDeviceAsConfigured() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("gwi-0").mtu(8500).txQueueLength(2000).address("10.1.0.1/24")
                .address("fd01::1/64").build())) {
            Link link = lab.admin.link("gwi-0").orElseThrow();
            assertThat(tun.name()).isEqualTo("gwi-0");
            assertThat(tun.index()).isEqualTo(link.index());
            assertThat(link.isUp()).isTrue();
            assertThat(link.mtu()).isEqualTo(8500);
            assertThat(link.txQueueLength()).isEqualTo(2000);
            assertThat(lab.admin.addresses("gwi-0")).contains(LinkAddress.parse("10.1.0.1/24"), LinkAddress.parse("fd01::1/64"));
        }
        assertThat(lab.admin.link("gwi-0")).isEmpty();
    }

    @Test
    void shouldLeaveTheDeviceDownWhenAsked() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("down0").up(false).build())) {
            assertThat(lab.admin.link(tun.name()).orElseThrow().isUp()).isFalse();
        }
    }

    @Test
    void shouldCompleteANamePattern() throws Exception {
        try (TunDevice first = LinuxTun.open(lab.tun("pat%d").build());
                TunDevice second = LinuxTun.open(lab.tun("pat%d").build())) {
            assertThat(List.of(first.name(), second.name())).containsExactly("pat0", "pat1");
        }
    }

    @Test
    void shouldNotTouchTheCallersNamespace() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("elsewhere0").build()); NetAdmin here = NetAdmin.open()) {
            assertThat(here.link(tun.name())).isEmpty();
        }
    }

    @Test
    void shouldOpenInANamespaceKnownByPath() throws Exception {
        NetworkNamespace samePlace = NetworkNamespace.at(lab.namespace.path());
        try (TunDevice tun = LinuxTun.open(TunConfig.builder("bypath0").namespace(samePlace).build())) {
            assertThat(lab.admin.link(tun.name())).isPresent();
        }
    }

    @Test
    void shouldOpenInANamespaceKnownByName() throws Exception {
        String ip = Requirements.tool("ip", "iproute2").toString();
        String name = "gwlb4j-test-" + ProcessHandle.current().pid();
        assertThat(new ProcessBuilder(ip, "netns", "add", name).start().waitFor()).isZero();
        try (TunDevice tun = LinuxTun.open(TunConfig.builder("byname0").namespace(NetworkNamespace.named(name)).build());
                NetAdmin there = NetAdmin.open(NetworkNamespace.named(name))) {
            assertThat(there.link(tun.name())).isPresent();
        } finally {
            new ProcessBuilder(ip, "netns", "del", name).start().waitFor();
        }
    }

    /** The kernel's fact behind TunConfig having no switch for it: when this fails, the switch has become possible. */
    @Test
    void shouldStayPointToPointWhateverIsAsked() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("ptp0").address("10.1.0.1/24").build())) {
            assertThat(lab.admin.link(tun.name()).orElseThrow().isPointToPoint()).isTrue();
            assertThat(lab.admin.routes()).contains(new Route(LinkAddress.parse("10.1.0.0/24"), null, "ptp0", Route.MAIN_TABLE, 0));
        }
    }

    @ParameterizedTest
    @EnumSource(OffloadPolicy.class)
    void shouldHonourTheOffloadPolicy(OffloadPolicy policy) throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("off0").offload(policy).build())) {
            TunOffload offload = tun.offload();
            assertThat(offload.vnetHeader()).isEqualTo(policy != OffloadPolicy.OFF);
            assertThat(offload.tcp4() && offload.tcp6() && offload.checksum()).isEqualTo(policy != OffloadPolicy.OFF);
            assertThat(offload.headerBytes()).isEqualTo(policy == OffloadPolicy.OFF ? 0 : 10);
            assertThat(tun.queue(0).offload()).isEqualTo(offload);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void shouldKeepAPersistentDeviceAndAttachToItAgain(int queues) throws Exception {
        TunConfig.Builder config = lab.tun("keep0").queues(queues).persistent(true).owner(0).group(0);
        int index;
        try (TunDevice tun = LinuxTun.open(config.build())) {
            index = tun.index();
        }
        assertThat(lab.admin.link("keep0")).isPresent();
        try (TunDevice tun = LinuxTun.open(config.mode(TunMode.ATTACH).build())) {
            assertThat(tun.index()).isEqualTo(index);
            assertThat(tun.queueCount()).isEqualTo(queues);
        }
        try (TunDevice tun = LinuxTun.open(config.mode(TunMode.CREATE_OR_ATTACH).persistent(false).build())) {
            assertThat(tun.index()).isEqualTo(index);
        }
        assertThat(lab.admin.link("keep0")).isEmpty();
    }

    @Test
    void shouldCreateWhenThereIsNothingToAttachTo() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("new0").mode(TunMode.CREATE_OR_ATTACH).build())) {
            assertThat(tun.name()).isEqualTo("new0");
        }
    }

    @Test
    void shouldNameTheFixWhenThereIsNothingToAttachTo() {
        assertThatThrownBy(() -> LinuxTun.open(lab.tun("absent0").mode(TunMode.ATTACH).build()))
                .isInstanceOf(LinuxException.class).hasMessageContainingAll("absent0", "ENODEV", "CREATE_OR_ATTACH");
    }

    @Test
    void shouldNameTheFixWhenTheNameIsInUse() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("twice0").build())) {
            assertThatThrownBy(() -> LinuxTun.open(lab.tun(tun.name()).build()))
                    .isInstanceOf(LinuxException.class).hasMessageContainingAll("twice0", "EBUSY", "another name");
        }
    }

    @Test
    void shouldNameTheFixWhenAnotherProgramHasTheDevice() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("twice1").build())) {
            assertThatThrownBy(() -> LinuxTun.open(lab.tun(tun.name()).mode(TunMode.ATTACH).build()))
                    .isInstanceOf(LinuxException.class).hasMessageContainingAll("twice1", "Another program");
        }
    }

    @Test
    void shouldNameTheFixWhenTheNameIsNotATunDevice() {
        assertThatThrownBy(() -> LinuxTun.open(lab.tun("lo").mode(TunMode.ATTACH).build()))
                .isInstanceOf(LinuxException.class).hasMessageContainingAll("lo", "EINVAL", "not a TUN device");
    }

    @Test
    void shouldNameTheFixWhenTheNamespaceIsMissing() {
        TunConfig config = TunConfig.builder("t0").namespace(NetworkNamespace.named("no-such-namespace")).build();
        assertThatThrownBy(() -> LinuxTun.open(config)).isInstanceOf(LinuxException.class)
                .hasMessageContainingAll("/run/netns/no-such-namespace", "ENOENT", "ip netns add");
    }

    @Test
    void shouldNameTheFixWhenThePathIsNotANamespace() {
        TunConfig config = TunConfig.builder("t0").namespace(NetworkNamespace.at(Path.of("/etc/hostname"))).build();
        assertThatThrownBy(() -> LinuxTun.open(config)).isInstanceOf(LinuxException.class)
                .hasMessageContainingAll("/etc/hostname", "not a network namespace");
    }

    @Test
    void shouldOpenTheMostQueuesTheKernelGives() throws Exception {
        try (TunDevice tun = LinuxTun.open(lab.tun("many0").queues(TunConfig.MAX_QUEUES).build())) {
            assertThat(tun.queueCount()).isEqualTo(256);
            TunConfig oneMore = lab.tun("many0").queues(2).mode(TunMode.ATTACH).build();
            assertThatThrownBy(() -> LinuxTun.open(oneMore)).isInstanceOf(LinuxException.class)
                    .hasMessageContainingAll("E2BIG", "256 queues already");
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenOpeningFails() throws Exception {
        List<String> before = TunLab.openDescriptors();
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> LinuxTun.open(lab.tun("bad0").mtu(68).address("fd01::1/64").build()))
                    .as("IPv6 does not work with an MTU of 68").isInstanceOf(LinuxException.class);
        }
        assertThat(lab.admin.link("bad0")).isEmpty();
        assertThat(TunLab.openDescriptors()).isEqualTo(before);
    }

    @Test
    void shouldLeakNothingInAThousandOpenCloseCycles() throws Exception {
        LinuxTun.open(lab.tun("cycle%d").build()).close();
        List<String> before = TunLab.openDescriptors();
        // Several at a time: the kernel waits for each device to be out of use, which can overlap.
        ForkJoinPool threads = new ForkJoinPool(16);
        threads.submit(() -> IntStream.range(0, 1000).parallel().forEach(i -> {
            try {
                LinuxTun.open(lab.tun("cycle%d").queues(1 + i % 2).build()).close();
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        })).get();
        threads.shutdown();
        assertThat(TunLab.openDescriptors()).isEqualTo(before);
        assertThat(lab.admin.links()).extracting(Link::name).containsExactly("lo");
    }

    @Test
    void shouldTellWhichKernelDeviceIsBehind() throws Exception {
        TunDevice tun = LinuxTun.open(lab.tun("fd0").build());
        int fd = tun.queue(0).fileDescriptor();
        assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd))).isEqualTo(Path.of("/dev/net/tun"));
        tun.close();
        assertThat(tun.queue(0).fileDescriptor()).isEqualTo(-1);
    }
}
