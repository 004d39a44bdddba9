/**
 * Inline flow tracking: a table of objects for each worker, unlike TUN mode's in {@code internal.flow}, which all workers share. Internal
 * to this module.
 */
package io.github.gwlb4j.gwlb.internal.track;
