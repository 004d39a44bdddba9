/**
 * A running appliance gives all that it has to another process, which goes on in its place. {@code HandoverServer} and
 * {@code HandoverSession} are the side that gives, {@code Takeover} is the side that takes; {@code Message} is what they say.
 */
package io.github.gwlb4j.gwlb.internal.handover;
