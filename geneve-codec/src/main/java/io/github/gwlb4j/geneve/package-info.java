/**
 * GENEVE (RFC 8926): {@link io.github.gwlb4j.geneve.GeneveHeader} is wrapped around a datagram, validated once against a
 * {@link io.github.gwlb4j.geneve.GenevePolicy} and then read; {@link io.github.gwlb4j.geneve.GeneveOptionCursor} walks its
 * options, {@link io.github.gwlb4j.geneve.GeneveOptionViews} gives them types, {@link io.github.gwlb4j.geneve.InnerPacket} looks
 * through to the IP packet inside. {@link io.github.gwlb4j.geneve.GeneveHeaderEncoder} writes headers.
 *
 * <p>Bad input is a {@link io.github.gwlb4j.geneve.GeneveStatus}, never an exception. Nothing is allocated but text.
 */
package io.github.gwlb4j.geneve;
