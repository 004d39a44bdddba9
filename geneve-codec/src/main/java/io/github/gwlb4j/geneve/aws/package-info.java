/**
 * The GENEVE of AWS Gateway Load Balancer: {@link io.github.gwlb4j.geneve.aws.GwlbDecoder} checks a datagram and reads endpoint
 * id, attachment id and flow cookie in one pass; {@link io.github.gwlb4j.geneve.aws.GwlbHeaderEncoder} writes the load balancer's
 * header for tests and simulators.
 */
package io.github.gwlb4j.geneve.aws;
