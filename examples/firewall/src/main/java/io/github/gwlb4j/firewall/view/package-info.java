/**
 * Eyes on a running firewall: a view in the terminal ({@code --ui}) and a read-only web page on the health port ({@code --web}),
 * both from one {@link io.github.gwlb4j.firewall.view.FirewallStatus} a second.
 *
 * <p>{@link io.github.gwlb4j.firewall.view.LiveViews} is the way in; {@link io.github.gwlb4j.firewall.view.TopTalkers} is what the
 * workers call.
 */
package io.github.gwlb4j.firewall.view;
