/**
 * TUN devices for tests, without a kernel: a pair of devices in memory, and a wrapper that makes a queue fail the ways a
 * kernel can. Works on every operating system.
 */
package io.github.gwlb4j.tun.testkit;
