package io.github.gwlb4j.simulator.load;

import java.io.IOException;

/** Finds free UDP source ports where a load balancer's are. Stateless. */
final class SourcePorts {
    private static final int FIRST = 49_152;
    private static final int LAST = 65_535;

    private SourcePorts() {
    }

    /** Binds a socket to a port. */
    interface Binder {
        /** False if the port is taken. */
        boolean tryBind(int port) throws IOException;
    }

    static void bind(LoadSettings settings, Binder binder) throws IOException {
        int bound = 0;
        for (int port = FIRST; port <= LAST && bound < settings.ports(); port++) {
            if (port != settings.target().getPort() && binder.tryBind(port)) {
                bound++;
            }
        }
        if (bound < settings.ports()) {
            throw new IOException("only " + bound + " UDP source ports from " + FIRST + " to " + LAST + " are free on "
                    + settings.source().getHostAddress() + ", " + settings.ports() + " are wanted: ask for fewer with --ports");
        }
    }
}
