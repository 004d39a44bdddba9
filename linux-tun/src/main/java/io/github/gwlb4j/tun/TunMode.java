package io.github.gwlb4j.tun;

/** Whether {@link LinuxTun#open(TunConfig)} makes a device or takes one that is there. */
public enum TunMode {
    /** Makes a new device; a name that exists is an error. */
    CREATE,
    /** Takes a persistent device that exists; a name that does not exist is an error. */
    ATTACH,
    /** Takes the device if it exists, else makes it. */
    CREATE_OR_ATTACH
}
