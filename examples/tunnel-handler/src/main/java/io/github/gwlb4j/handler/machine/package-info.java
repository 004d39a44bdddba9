/** Whether this machine is fit for the tunnel handler, and what to do about it. */
package io.github.gwlb4j.handler.machine;
