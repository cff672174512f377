/** What ingesters, writers and rules agree on about Kafka: connection, topics, record headers. */
@NullMarked
package dev.seamark.kafka;

import org.jspecify.annotations.NullMarked;
