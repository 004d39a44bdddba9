package io.github.gwlb4j.gwlb;

/**
 * What {@linkplain GwlbApplianceBuilder#flowTracking flow tracking} holds and has been through, added up over all workers. Immutable.
 *
 * @param flows     flows held now
 * @param maxFlows  most flows that can be held: workers times {@link FlowTracking#maxFlows()}
 * @param created   new flows since the start
 * @param expired   flows that were silent for their timeout
 * @param evicted   flows that gave way to new ones because a table was full
 */
public record FlowTrackingStats(long flows, long maxFlows, long created, long expired, long evicted) {
}
