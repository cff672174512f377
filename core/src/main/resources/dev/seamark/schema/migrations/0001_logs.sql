-- Log records. The columns are those of the OpenTelemetry Collector's ClickHouse exporter (v0.151 and
-- later), so that the OTel mode of Grafana's ClickHouse data source works on them unchanged; Tenant,
-- Cluster, RetentionDays, ObservedTimestamp and DroppedAttributesCount are added.
--
-- Tenant leads the key: every guarded query names one. The five minutes follow, so that a search over
-- a short time reads few granules, and within them the rows of one service in one cluster stand together.
CREATE TABLE IF NOT EXISTS ${table otel_logs} ${on cluster}
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `ObservedTimestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `Cluster` LowCardinality(String) CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `TraceFlags` UInt8 CODEC(ZSTD(1)),
    `SeverityText` LowCardinality(String) CODEC(ZSTD(1)),
    `SeverityNumber` UInt8 CODEC(ZSTD(1)),
    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
    `Body` String CODEC(ZSTD(1)),
    `ResourceSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ScopeSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `ScopeName` String CODEC(ZSTD(1)),
    `ScopeVersion` LowCardinality(String) CODEC(ZSTD(1)),
    `ScopeAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `LogAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `EventName` String CODEC(ZSTD(1)),
    `DroppedAttributesCount` UInt32 CODEC(ZSTD(1)),

    -- The resource attributes that nearly every search filters by, as columns of their own: reading one
    -- costs a hundredth of reading the map. The names are the exporter's.
    `__otel_materialized_k8s.cluster.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.cluster.name'] CODEC(ZSTD(1)),
    `__otel_materialized_k8s.container.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.container.name'] CODEC(ZSTD(1)),
    `__otel_materialized_k8s.deployment.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.deployment.name'] CODEC(ZSTD(1)),
    `__otel_materialized_k8s.namespace.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.namespace.name'] CODEC(ZSTD(1)),
    `__otel_materialized_k8s.node.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.node.name'] CODEC(ZSTD(1)),
    `__otel_materialized_k8s.pod.name` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.pod.name'] CODEC(ZSTD(1)),
    `__otel_materialized_k8s.pod.uid` LowCardinality(String) MATERIALIZED ResourceAttributes['k8s.pod.uid'] CODEC(ZSTD(1)),
    `__otel_materialized_deployment.environment.name` LowCardinality(String) MATERIALIZED ResourceAttributes['deployment.environment.name'] CODEC(ZSTD(1)),

    -- One skip index: a trace id stands nowhere in the key and is looked up alone. The exporter has six:
    -- together they cost 42 % of the insert rate, and the five others (map keys and values, tokens of
    -- Body) seldom skip anything that key and partition have left.
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,

    ${fence}
)
ENGINE = ${engine MergeTree otel_logs}
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, toStartOfFiveMinutes(Timestamp), Cluster, ServiceName, Timestamp)
TTL ${expiry toDate(Timestamp)}
SETTINGS ttl_only_drop_parts = 1, ${deduplication};

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed otel_logs} ${on cluster}
AS ${table otel_logs}
ENGINE = ${all shards of otel_logs};
