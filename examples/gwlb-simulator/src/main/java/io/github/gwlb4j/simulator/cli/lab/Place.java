package io.github.gwlb4j.simulator.cli.lab;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Where programs run in a lab that the command line has made. */
enum Place {
    /** The client side of the endpoint. */
    CLIENT("site-1 client"),
    /** The server side of the endpoint. */
    SERVER("site-1 server"),
    /** Where the appliance listens. */
    APPLIANCE("appliance"),
    /** What the appliance reaches without the load balancer. */
    INTERNET("internet"),
    /** Where the load balancer's sockets are, to capture packets. */
    BALANCER("load balancer");

    private final String role;

    Place(String role) {
        this.role = role;
    }

    /** The word on the command line. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Place> find(String word) {
        return Arrays.stream(values()).filter(place -> place.word().equals(word)).findFirst();
    }

    /** By what the live lab calls it. */
    static Place ofRole(String role) {
        return Arrays.stream(values()).filter(place -> place.role.equals(role)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no place for '" + role + "'"));
    }

    static String words() {
        return Arrays.stream(values()).map(Place::word).collect(Collectors.joining(", "));
    }
}
