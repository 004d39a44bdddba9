/** The firewall's rules: their language, and how the first one that matches a packet is found. */
package io.github.gwlb4j.firewall.rules;
