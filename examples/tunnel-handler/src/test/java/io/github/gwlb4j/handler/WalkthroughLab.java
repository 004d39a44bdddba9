package io.github.gwlb4j.handler;

import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import java.io.IOException;

/** The network of walkthrough.sh: a client, a simulated load balancer, the appliance's namespace and an "internet". */
final class WalkthroughLab {
    private static final long ENDPOINT = 0x123456789abcdef0L;

    private WalkthroughLab() {
    }

    /**
     * Prints the namespaces' files as shell variables and runs until standard input ends. Then it prints what the load balancer
     * has to say; exit code 1 if it got packets back that it would have dropped.
     *
     * @param arguments none
     * @throws IOException if the kernel refuses something
     */
    public static void main(String[] arguments) throws IOException {
        try (LiveLab lab = LiveLab.builder().site(SiteConfig.of(ENDPOINT).withoutServer().withMtu(1500)).internet().start()) {
            System.out.printf("CLIENT=%s%nAPPLIANCE=%s%nINTERNET=%s%n", lab.site(0).client().path(), lab.appliance().path(), lab.internet().path());
            System.out.flush();
            while (System.in.read() >= 0) {
                continue;
            }
            System.out.println("# " + lab.report().toString().replace("\n", "\n# "));
        }
    }
}
