package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetAdminTest {

    private TunLab lab;
    private TunDevice tun;

    @BeforeEach
    void openDevice() throws LinuxException {
        Requirements.tun();
        lab = new TunLab();
        tun = LinuxTun.open(lab.tun("adm0").build());
    }

    @AfterEach
    void closeDevice() {
        if (tun != null) {
            tun.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    private Link link() throws LinuxException {
        return lab.admin.link("adm0").orElseThrow();
    }

    @Test
    void shouldListAllInterfaces() throws Exception {
        assertThat(lab.admin.links()).extracting(Link::name).containsExactly("lo", "adm0");
        assertThat(lab.admin.links()).extracting(Link::index).contains(tun.index());
    }

    @Test
    void shouldChangeMtuQueueLengthAndState() throws Exception {
        lab.admin.setMtu("adm0", 9000);
        lab.admin.setTxQueueLength("adm0", 77);
        lab.admin.setUp("adm0", false);
        assertThat(link()).extracting(Link::mtu, Link::txQueueLength, Link::isUp).containsExactly(9000, 77, false);
        lab.admin.setUp("adm0", true);
        assertThat(link().isUp()).isTrue();
    }

    @Test
    void shouldRenameAndKeepTheIndex() throws Exception {
        lab.admin.setUp("adm0", false);
        lab.admin.rename("adm0", "renamed0");
        assertThat(lab.admin.link("renamed0").orElseThrow().index()).isEqualTo(tun.index());
        assertThat(lab.admin.link("adm0")).isEmpty();
    }

    @Test
    void shouldTellTheReaderWhenItsDeviceIsDeleted() throws Exception {
        lab.admin.delete("adm0");
        assertThat(lab.admin.link("adm0")).isEmpty();
        assertThat(tun.queue(0).await(1000)).isEqualTo(1);
        assertThat(tun.queue(0).read(new PacketBatch(1, 100_000))).as("EBADFD").isEqualTo(-77);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.9.0.1/24", "10.9.0.1/32", "fd09::1/64", "fd09::1/128"})
    void shouldAddListAndDeleteAddresses(String text) throws Exception {
        LinkAddress address = LinkAddress.parse(text);
        lab.admin.addAddress("adm0", address);
        assertThat(lab.admin.addresses("adm0")).contains(address);
        assertThatThrownBy(() -> lab.admin.addAddress("adm0", address)).hasMessageContaining("EEXIST");
        lab.admin.setAddress("adm0", address);
        lab.admin.deleteAddress("adm0", address);
        assertThat(lab.admin.addresses("adm0")).doesNotContain(address);
        assertThatThrownBy(() -> lab.admin.deleteAddress("adm0", address)).hasMessageContaining("EADDRNOTAVAIL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.20.0.0/16", "0.0.0.0/0", "fd20::/32", "::/0"})
    void shouldAddListAndDeleteRoutes(String destination) throws Exception {
        boolean ipv4 = destination.indexOf(':') < 0;
        Route route = new Route(LinkAddress.parse(destination), null, "adm0", 1000, 50);
        lab.admin.addRoute(route);
        assertThat(lab.admin.routes()).contains(route);
        lab.admin.deleteRoute(route);
        assertThat(lab.admin.routes()).doesNotContain(route);

        lab.admin.addAddress("adm0", LinkAddress.parse(ipv4 ? "10.9.0.1/24" : "fd09::1/64"));
        InetAddress gateway = InetAddress.getByName(ipv4 ? "10.9.0.2" : "fd09::2");
        Route viaGateway = new Route(LinkAddress.parse(destination), gateway, "adm0", Route.MAIN_TABLE, 7);
        lab.admin.addRoute(viaGateway);
        assertThat(lab.admin.routes()).contains(viaGateway);
        lab.admin.deleteRoute(viaGateway);
        assertThat(lab.admin.routes()).doesNotContain(viaGateway);
    }

    @Test
    void shouldPassOnTheKernelsOwnWordsWhenItRefuses() throws Exception {
        assertThatThrownBy(() -> lab.admin.setMtu("adm0", 70_000)).isInstanceOf(LinuxException.class)
                .hasMessageContaining("The kernel says: mtu greater than device maximum");
        lab.admin.setUp("adm0", false);
        assertThatThrownBy(() -> lab.admin.addRoute(Route.into("10.0.0.0/8", "adm0")))
                .hasMessageContainingAll("ENETDOWN", "Set the interface up first");
        assertThatThrownBy(() -> lab.admin.setMtu("absent0", 1500)).hasMessageContainingAll("absent0", "ENODEV", "ip link");
    }

    @ParameterizedTest
    @EnumSource(LinkSysctl.class)
    void shouldSetASysctlAndReadItBack(LinkSysctl sysctl) throws Exception {
        int before = lab.admin.sysctl("adm0", sysctl);
        int wanted = before == 0 ? 1 : 0;
        assertThat(lab.admin.ensureSysctl("adm0", sysctl, wanted)).isTrue();
        assertThat(lab.admin.sysctl("adm0", sysctl)).isEqualTo(wanted);
        assertThat(lab.admin.ensureSysctl("adm0", sysctl, wanted)).as("nobody changed it").isFalse();
        lab.admin.ensureSysctl("adm0", sysctl, before);
        assertThat(lab.admin.ensureSysctl("adm0", sysctl, wanted)).as("another program changed it").isTrue();
    }

    @Test
    void shouldNameTheFileWhenASysctlIsMissing() {
        assertThatThrownBy(() -> lab.admin.sysctl("absent0", LinkSysctl.IPV4_RP_FILTER)).isInstanceOf(LinuxException.class)
                .hasMessageContaining("/proc/sys/net/ipv4/conf/absent0/rp_filter");
        assertThatThrownBy(() -> lab.admin.sysctl("../all", LinkSysctl.IPV4_RP_FILTER)).isInstanceOf(IllegalArgumentException.class);
    }
}
