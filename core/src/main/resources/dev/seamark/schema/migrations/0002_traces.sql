-- Spans. The columns are those of the OpenTelemetry Collector's ClickHouse exporter (v0.151 and later),
-- plus Tenant, Cluster, RetentionDays and what the exporter leaves behind (Flags, the dropped counts, the
-- attributes of scope and the schema URLs).
CREATE TABLE IF NOT EXISTS ${table otel_traces} ${on cluster}
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `Cluster` LowCardinality(String) CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `ParentSpanId` String CODEC(ZSTD(1)),
    `TraceState` String CODEC(ZSTD(1)),
    `SpanName` LowCardinality(String) CODEC(ZSTD(1)),
    `SpanKind` LowCardinality(String) CODEC(ZSTD(1)),
    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ScopeName` String CODEC(ZSTD(1)),
    `ScopeVersion` String CODEC(ZSTD(1)),
    `SpanAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `Duration` UInt64 CODEC(ZSTD(1)),
    `StatusCode` LowCardinality(String) CODEC(ZSTD(1)),
    `StatusMessage` String CODEC(ZSTD(1)),
    `Flags` UInt32 CODEC(ZSTD(1)),
    `DroppedAttributesCount` UInt32 CODEC(ZSTD(1)),
    `DroppedEventsCount` UInt32 CODEC(ZSTD(1)),
    `DroppedLinksCount` UInt32 CODEC(ZSTD(1)),
    `ScopeAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ResourceSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `ScopeSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `Events.Timestamp` Array(DateTime64(9)) CODEC(ZSTD(1)),
    `Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    `Events.DroppedAttributesCount` Array(UInt32) CODEC(ZSTD(1)),
    `Links.TraceId` Array(String) CODEC(ZSTD(1)),
    `Links.SpanId` Array(String) CODEC(ZSTD(1)),
    `Links.TraceState` Array(String) CODEC(ZSTD(1)),
    `Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    `Links.Flags` Array(UInt32) CODEC(ZSTD(1)),
    `Links.DroppedAttributesCount` Array(UInt32) CODEC(ZSTD(1)),

    -- A trace is found by its id through otel_traces_trace_id_ts first, which gives the time; within that
    -- time the bloom filter finds the granules. The duration's minimum and maximum cost nothing to keep.
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1,

    ${fence}
)
ENGINE = ${engine MergeTree otel_traces}
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, ServiceName, SpanName, toDateTime(Timestamp))
TTL ${expiry toDate(Timestamp)}
SETTINGS ttl_only_drop_parts = 1, ${deduplication};

-- When a trace began and ended. A trace may have several rows, one for each insert that held spans of it:
-- read min(Start) and max(End).
CREATE TABLE IF NOT EXISTS ${table otel_traces_trace_id_ts} ${on cluster}
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `Start` DateTime CODEC(Delta(4), ZSTD(1)),
    `End` DateTime CODEC(Delta(4), ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- for the reader who names no tenant, as Grafana's OTel mode does
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${engine MergeTree otel_traces_trace_id_ts}
PARTITION BY (RetentionDays, toDate(Start))
ORDER BY (Tenant, TraceId, Start)
TTL ${expiry toDate(Start)}
SETTINGS ttl_only_drop_parts = 1, ${deduplication};

-- A repeated insert is dropped here too only if it says deduplicate_blocks_in_dependent_materialized_views = 1.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${table otel_traces_trace_id_ts_mv} ${on cluster}
TO ${table otel_traces_trace_id_ts}
AS SELECT
    Tenant,
    TraceId,
    min(Timestamp) AS Start,
    max(Timestamp) AS End,
    RetentionDays
FROM ${table otel_traces}
WHERE TraceId != ''
GROUP BY Tenant, TraceId, RetentionDays;

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed otel_traces} ${on cluster}
AS ${table otel_traces}
ENGINE = ${all shards of otel_traces};

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed otel_traces_trace_id_ts} ${on cluster}
AS ${table otel_traces_trace_id_ts}
ENGINE = ${all shards of otel_traces_trace_id_ts};
