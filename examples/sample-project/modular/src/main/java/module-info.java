/** An appliance as a module. */
module com.example.appliance {
    requires io.github.gwlb4j.gwlb.tunnel;
}
