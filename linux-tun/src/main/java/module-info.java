/** TUN devices and the system calls of a packet appliance on Linux, through JNA; those for each packet go past it where they can. */
@SuppressWarnings({"requires-automatic", "module"}) // JNA's module name is fixed by its manifest; the sister modules come later in the reactor
module io.github.gwlb4j.linux.tun {
    requires com.sun.jna;

    exports io.github.gwlb4j.tun;
    exports io.github.gwlb4j.tun.offload;
    exports io.github.gwlb4j.tun.testkit;
    exports io.github.gwlb4j.linux to io.github.gwlb4j.gwlb.tunnel, io.github.gwlb4j.simulator;
}
