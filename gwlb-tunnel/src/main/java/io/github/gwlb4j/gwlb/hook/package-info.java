/**
 * Programs of the user's own that are run when tunnels come and go: routes, firewall rules, an inspection engine.
 *
 * <p>Arguments and environment are those that scripts written for {@code gwlbtun} know; see
 * {@link io.github.gwlb4j.gwlb.hook.ScriptHook}.
 */
package io.github.gwlb4j.gwlb.hook;
