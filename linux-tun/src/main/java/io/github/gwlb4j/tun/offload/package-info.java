/**
 * Segmentation offload without a network card: super-packets of up to 64 KB from the kernel are split into the packets of
 * the wire, and packets of the wire are merged into super-packets for the kernel, so that its stack runs once for dozens of
 * packets. Pure functions on buffers; only {@link io.github.gwlb4j.tun.offload.PacketQueue} knows a TUN queue.
 */
package io.github.gwlb4j.tun.offload;
