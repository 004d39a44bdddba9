/**
 * Writes what passes through an appliance, and what it drops if asked for, to pcapng files, for an IDS or Wireshark beside it, off the
 * packet path. A {@link io.github.gwlb4j.gwlb.capture.CaptureFilter} picks packets before anything is copied; each packet's comment says
 * what became of it.
 *
 * <p>Each worker thread hands copies to a {@link io.github.gwlb4j.gwlb.capture.CaptureQueue} of its own, without a lock and
 * without waiting; one thread of the {@link io.github.gwlb4j.gwlb.capture.PacketCapture} writes them to the disk. A disk that is too
 * slow or full costs captured packets, which are counted, never packets of the appliance.
 */
package io.github.gwlb4j.gwlb.capture;
