/** TUN devices and the system calls of a packet appliance on Linux, through JNA. */
@SuppressWarnings("requires-automatic") // JNA's module name is fixed by its manifest
module io.github.gwlb4j.linux.tun {
    requires com.sun.jna;
}
