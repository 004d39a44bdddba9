/**
 * Whether the appliance can do its work, for load balancers, people and monitoring: the HTTP health page.
 *
 * <p>{@link io.github.gwlb4j.gwlb.GwlbApplianceBuilder#health} opens a port of its own with two pages for GET and HEAD.
 *
 * <p><b>{@code /}</b> answers 200 when healthy, 503 when not: not running (starting, draining, closing), a worker died or is
 * stuck, or a {@link io.github.gwlb4j.gwlb.health.HealthContributor} says so. The body is text for people; JSON with
 * {@code Accept: application/json} or by setting:
 * <pre>
 * {
 *   "healthy": false,
 *   "problems": ["draining: existing flows go on, new ones belong elsewhere"],
 *   "name": "gwlb4j-1",
 *   "state": "DRAINING",              one of NEW, STARTING, RUNNING, DRAINING, CLOSED
 *   "uptimeSeconds": 12.345,
 *   "received": {"packets": 10, "bytes": 1400},     GENEVE datagrams and their UDP payload
 *   "forwarded": {"packets": 8, "bytes": 1120},
 *   "droppedByHandler": 1,
 *   "drops": {"HEADER_TRUNCATED": 1, ...},          every DropReason has an entry
 *   "receiveBufferDrops": 0,                        null where the system does not tell
 *   "workers": [{"index": 0, "received": {...}, "forwarded": {...}, "droppedByHandler": 1, "busyRatio": 0.012}],
 *   "tunnelCount": 1,
 *   "tunnels": [{"endpoint": "vpce-0123456789abcdef0", "mode": "INLINE", "phase": "ACTIVE", "received": {...}, "forwarded": {...},
 *                "droppedByHandler": 1, "idleSeconds": 0.250, ...}],
 *   ...
 * }
 * </pre>
 * docs/metrics.md in the project's repository has every member.
 * At most {@link io.github.gwlb4j.gwlb.health.HealthConfig.Builder#maxTunnelsListed} tunnels are listed, {@code tunnelCount}
 * tells how many there are. Members may be added, none will change its meaning.
 *
 * <p><b>{@code /metrics}</b> answers 200 with the same numbers in the Prometheus text format, version 0.0.4.
 *
 * <p>{@link io.github.gwlb4j.gwlb.health.HealthConfig.Builder#page} adds pages of the user's own, by default for this machine only.
 *
 * <p>Other paths are 404, other methods 405.
 */
package io.github.gwlb4j.gwlb.health;
