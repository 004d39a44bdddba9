package io.github.gwlb4j.linux;

import java.util.concurrent.Callable;

import io.github.gwlb4j.tun.LinuxTun;
import io.github.gwlb4j.tun.NetAdmin;
import io.github.gwlb4j.tun.NetworkNamespace;
import io.github.gwlb4j.tun.TunConfig;
import io.github.gwlb4j.tun.TunMode;

/** Prints what a user is told on a machine that lacks something; started by {@link RefusalTest} in a JVM of its own. */
final class RefusalProbe {

    private static final int QUEUES = 200;

    private RefusalProbe() {
    }

    public static void main(String[] args) {
        System.out.println("supported: " + LinuxTun.isSupported());
        System.out.println("cause: " + LinuxTun.unsupportedCause());
        // A first refusal loads the classes that describe one: from a directory, other than from a jar, that takes a descriptor each.
        print(() -> LinuxTun.open(TunConfig.builder("absent0").mode(TunMode.ATTACH).build()));
        print(() -> LinuxTun.open(TunConfig.builder("refused0").queues(QUEUES).up(false).build()));
        print(UdpSocket::open);
        print(UdpSocket::openRaw);
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
