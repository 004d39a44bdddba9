/**
 * What a client asks for by name: the server name of a TLS ClientHello, HTTP/1.x's Host, and the name in a DNS question. Pure
 * functions on bytes and streams of them; no socket, no clock, nothing allocated per packet.
 */
package io.github.gwlb4j.firewall.inspect;
