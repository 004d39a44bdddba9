/** Linux system calls, C struct layouts and what is built right on top of them. Internal: may change in any release. */
package io.github.gwlb4j.linux;
