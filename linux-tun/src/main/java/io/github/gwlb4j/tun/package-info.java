/**
 * TUN devices for Java: open, configure, read and write in batches.
 *
 * <p>Start at {@code LinuxTun.open(TunConfig)}.
 */
package io.github.gwlb4j.tun;
