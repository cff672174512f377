/** The embedded Kafka: a real broker in a child process, for one machine. */
@NullMarked
package dev.seamark.standalone.broker;

import org.jspecify.annotations.NullMarked;
