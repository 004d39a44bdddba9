/** The embeddable appliance behind an AWS Gateway Load Balancer. */
module io.github.gwlb4j.gwlb.tunnel {
    requires transitive io.github.gwlb4j.geneve.codec;
    requires transitive io.github.gwlb4j.linux.tun;
    requires java.management;
    requires jdk.jfr;
    requires org.slf4j;
    requires jdk.management;

    exports io.github.gwlb4j.gwlb;
    exports io.github.gwlb4j.gwlb.capture;
    exports io.github.gwlb4j.gwlb.health;
    exports io.github.gwlb4j.gwlb.hook;
    exports io.github.gwlb4j.gwlb.transport;
    exports io.github.gwlb4j.gwlb.testkit;
}
