/**
 * ClickHouse as the services see it: a client with failover, its errors, and what is checked at
 * start.
 *
 * <p>"A ClickHouse" is one server, the replicas of a cluster or the embedded engine: all speak
 * HTTP.
 */
@NullMarked
package dev.seamark.clickhouse;

import org.jspecify.annotations.NullMarked;
