/**
 * Reads and writes packet captures, and finds the outer UDP datagram in a captured frame.
 *
 * <pre>
 * PacketSource --next--&gt; PcapPacket --parse--&gt; OuterUdp (LinkLayer, outer IP, UDP) --&gt; the UDP payload: GENEVE
 *  |- PcapReader  pcap and pcapng files
 *  '- HexReader   text, one packet a line
 * PcapWriter     pcap and pcapng, without allocation for each packet
 * </pre>
 *
 * <p>No class here is thread-safe: a reader, a writer or a flyweight belongs to one thread at a time.
 */
package io.github.gwlb4j.pcap;
