package io.github.gwlb4j.linux;

import java.util.concurrent.Callable;

import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.TunConfig;

/** What a user sees on a system that is not Linux; started by {@link LibCTest} in a JVM of its own. */
final class OtherSystem {

    private OtherSystem() {
    }

    public static void main(String[] args) {
        System.out.println("supported: " + LinuxTun.isSupported());
        System.out.println(LinuxTun.unsupportedCause());
        print(() -> LinuxTun.open(TunConfig.builder("t0").build()));
        print(UdpSocket::open);
        print(NetAdmin::open);
        print(NetworkNamespace::isolated);
    }

    private static void print(Callable<?> attempt) {
        try {
            System.out.println("worked: " + attempt.call());
        } catch (Exception e) {
            System.out.println(e.getMessage());
        }
    }
}
