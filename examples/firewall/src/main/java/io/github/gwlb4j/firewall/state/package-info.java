/** What the firewall remembers of connections, and how it judges packets by it; {@link io.github.gwlb4j.firewall.state.Engine} is where it begins. */
package io.github.gwlb4j.firewall.state;
