package dev.seamark.query;

import dev.seamark.service.Key;
import dev.seamark.service.Tls;
import java.time.Duration;

/** Section {@code query}: the ports of the query service and how much it lets through. */
public record QueryConfig(
    @Key(
        fallback = "127.0.0.1",
        why = "Address to listen on. Without a keys file it must be a loopback one: everybody who"
            + " reaches the port may read.")
    String bind,

    @Key(
        fallback = "8080",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of /metrics, /healthz, /readyz; 0 = any free one.")
    int httpPort,

    @Key(
        fallback = "8123",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of ClickHouse's HTTP interface, for reading; 0 = any free one.")
    int sqlPort,

    Tls tls,

    @Key(
        fallback = "32",
        min = "1",
        max = "1000",
        unit = "queries",
        why = "Queries that ClickHouse works on at once; more wait their turn.")
    int sqlConcurrencyMax,

    @Key(
        fallback = "256",
        min = "0",
        max = "100000",
        unit = "queries",
        why = "Queries that may wait for their turn; a further one is refused.")
    int sqlWaitingMax,

    @Key(
        fallback = "3s",
        min = "100ms",
        max = "1m",
        unit = "duration",
        why = "How long an address of ClickHouse may take to accept a connection.")
    Duration sqlConnectTimeout) {}
