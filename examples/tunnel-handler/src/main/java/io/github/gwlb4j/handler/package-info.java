/** The tunnel handler {@code gwlbtun}: a drop-in for AWS's C++ program of this name, on gwlb4j. */
package io.github.gwlb4j.handler;
