/** The command line and the configuration file of the tunnel handler. */
package io.github.gwlb4j.handler.options;
