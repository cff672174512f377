-- What migrations look up before anything else: which of them ran already. One row a migration; two
-- processes that run the same one at the same time write it twice, and the key makes it one again.
CREATE DATABASE IF NOT EXISTS seamark;

CREATE TABLE IF NOT EXISTS seamark.seamark_migrations
(
    `Number` UInt32,
    `Name` String,
    `Checksum` String,
    `AppliedAt` DateTime64(3) DEFAULT now64(3),
    `AppliedBy` String
)
ENGINE = ReplacingMergeTree(AppliedAt)
ORDER BY Number;

-- 0001_logs.sql, checksum c6d8eec66e82d96c06efee7b86143385eb7a114b92cf24bcb24ce388e552e993

-- Log records. The columns are those of the OpenTelemetry Collector's ClickHouse exporter (v0.151 and
-- later), so that the OTel mode of Grafana's ClickHouse data source works on them unchanged; Tenant,
-- Cluster, RetentionDays, ObservedTimestamp and DroppedAttributesCount are added.
--
-- Tenant leads the key: every guarded query names one. The five minutes follow, so that a search over
-- a short time reads few granules, and within them the rows of one service in one cluster stand together.
CREATE TABLE IF NOT EXISTS seamark.otel_logs
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

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = MergeTree
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, toStartOfFiveMinutes(Timestamp), Cluster, ServiceName, Timestamp)
TTL toDate(least(49709, toUInt32(toDate(Timestamp)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Timestamp) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- 0002_traces.sql, checksum e14b04bb84b8346b6bee9098f89fd126387b8afe0afa369051b09eae19074c48

-- Spans. The columns are those of the OpenTelemetry Collector's ClickHouse exporter (v0.151 and later),
-- plus Tenant, Cluster, RetentionDays and what the exporter leaves behind (Flags, the dropped counts, the
-- attributes of scope and the schema URLs).
CREATE TABLE IF NOT EXISTS seamark.otel_traces
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

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = MergeTree
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, ServiceName, SpanName, toDateTime(Timestamp))
TTL toDate(least(49709, toUInt32(toDate(Timestamp)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Timestamp) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- When a trace began and ended. A trace may have several rows, one for each insert that held spans of it:
-- read min(Start) and max(End).
CREATE TABLE IF NOT EXISTS seamark.otel_traces_trace_id_ts
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `Start` DateTime CODEC(Delta(4), ZSTD(1)),
    `End` DateTime CODEC(Delta(4), ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- for the reader who names no tenant, as Grafana's OTel mode does
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY (RetentionDays, toDate(Start))
ORDER BY (Tenant, TraceId, Start)
TTL toDate(least(49709, toUInt32(toDate(Start)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Start) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- A repeated insert is dropped here too only if it says deduplicate_blocks_in_dependent_materialized_views = 1.
CREATE MATERIALIZED VIEW IF NOT EXISTS seamark.otel_traces_trace_id_ts_mv
TO seamark.otel_traces_trace_id_ts
AS SELECT
    Tenant,
    TraceId,
    min(Timestamp) AS Start,
    max(Timestamp) AS End,
    RetentionDays
FROM seamark.otel_traces
WHERE TraceId != ''
GROUP BY Tenant, TraceId, RetentionDays;

-- 0003_metrics.sql, checksum 8003729eea72bd8cfacbba9fcf660d13b744913c4f8f53d4cebdafbbc4241069

-- Metrics, split: a sample says which series, when and how much; what a series is stands once a day in
-- metrics_series. They join on (Tenant, MetricName, SeriesId). Identity of a sample is (Tenant, MetricName,
-- SeriesId, Ts): senders repeat themselves, so every reader counts it once.
--
-- Value is ZSTD alone: 1.87 bytes a sample measured, against 2.45 to 2.76 with Gorilla before it.
-- Small granules make a range query over few series three to four times faster, and cost memory for marks
-- and primary key: a single machine takes 1024 rows, a fleet more, with the cache for the primary key.
CREATE TABLE IF NOT EXISTS seamark.metrics_samples
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `SeriesId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `Ts` DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
    `Value` Float64 CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = MergeTree
PARTITION BY (RetentionDays, toDate(Ts))
ORDER BY (Tenant, MetricName, SeriesId, Ts)
TTL toDate(least(49709, toUInt32(toDate(Ts)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Ts) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- A series on a day that has a sample of it. Labels holds all labels but __name__; those that most
-- queries group or filter by are columns too. SeriesHash is the half of the hash that is not the id.
CREATE TABLE IF NOT EXISTS seamark.metrics_series
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `Day` Date CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `SeriesId` UInt64 CODEC(ZSTD(1)),
    `SeriesHash` UInt64 CODEC(ZSTD(1)),
    `Labels` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `Cluster` LowCardinality(String) CODEC(ZSTD(1)),
    `Namespace` LowCardinality(String) CODEC(ZSTD(1)),
    `Job` LowCardinality(String) CODEC(ZSTD(1)),
    `Instance` String CODEC(ZSTD(1)),
    `Pod` String CODEC(ZSTD(1)),
    `Container` LowCardinality(String) CODEC(ZSTD(1)),
    `Node` LowCardinality(String) CODEC(ZSTD(1)),
    `Service` LowCardinality(String) CODEC(ZSTD(1)),
    `Type` LowCardinality(String) CODEC(ZSTD(1)),
    `Unit` LowCardinality(String) CODEC(ZSTD(1)),
    `Temporality` LowCardinality(String) CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = ReplacingMergeTree
PARTITION BY (RetentionDays, Day)
ORDER BY (Tenant, Day, MetricName, SeriesId, SeriesHash)
TTL toDate(least(49709, toUInt32(Day) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    Day + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- Which values a label has, and in which metrics: what fills the label browser.
CREATE TABLE IF NOT EXISTS seamark.metrics_label_values
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `Day` Date CODEC(ZSTD(1)),
    `Name` LowCardinality(String) CODEC(ZSTD(1)),
    `Value` String CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = ReplacingMergeTree
PARTITION BY (RetentionDays, Day)
ORDER BY (Tenant, Day, Name, Value, MetricName)
TTL toDate(least(49709, toUInt32(Day) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    Day + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- Exponential and native histograms without loss. Counts are absolute, from the offset upwards, in buckets
-- of base 2^(2^-Schema). HasMinMax: bit 1 = Min is set, bit 2 = Max is set. Classic buckets are ordinary series.
CREATE TABLE IF NOT EXISTS seamark.metrics_histograms
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `SeriesId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `Ts` DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
    `StartTs` DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    `Count` UInt64 CODEC(Delta(8), ZSTD(1)),
    `Sum` Float64 CODEC(ZSTD(1)),
    `HasSum` UInt8 CODEC(ZSTD(1)),
    `Min` Float64 CODEC(ZSTD(1)),
    `Max` Float64 CODEC(ZSTD(1)),
    `HasMinMax` UInt8 CODEC(ZSTD(1)),
    `Schema` Int32 CODEC(ZSTD(1)),
    `ZeroThreshold` Float64 CODEC(ZSTD(1)),
    `ZeroCount` UInt64 CODEC(Delta(8), ZSTD(1)),
    `PositiveOffset` Int32 CODEC(ZSTD(1)),
    `PositiveCounts` Array(UInt64) CODEC(ZSTD(1)),
    `NegativeOffset` Int32 CODEC(ZSTD(1)),
    `NegativeCounts` Array(UInt64) CODEC(ZSTD(1)),
    `Stale` UInt8 CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = MergeTree
PARTITION BY (RetentionDays, toDate(Ts))
ORDER BY (Tenant, MetricName, SeriesId, Ts)
TTL toDate(least(49709, toUInt32(toDate(Ts)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Ts) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- Single measurements that point to the trace they were made in.
CREATE TABLE IF NOT EXISTS seamark.metrics_exemplars
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `SeriesId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `Ts` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Value` Float64 CODEC(ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `Attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = MergeTree
PARTITION BY (RetentionDays, toDate(Ts))
ORDER BY (Tenant, MetricName, SeriesId, Ts)
TTL toDate(least(49709, toUInt32(toDate(Ts)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Ts) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- Type, unit and help text of a metric, each variant that a day has seen.
CREATE TABLE IF NOT EXISTS seamark.metrics_metadata
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `Day` Date CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `Type` LowCardinality(String) CODEC(ZSTD(1)),
    `Unit` LowCardinality(String) CODEC(ZSTD(1)),
    `Help` String CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = ReplacingMergeTree
PARTITION BY (RetentionDays, Day)
ORDER BY (Tenant, Day, MetricName, Type, Unit, Help)
TTL toDate(least(49709, toUInt32(Day) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    Day + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- 0004_native_histograms.sql, checksum 7ea2cc95ff0c37dac5a8f10b379f6be75b8c7d138a784f2974128762424fd505

-- What Prometheus' native histograms have and OTLP's exponential ones lack. Bucket i of PositiveCounts, counted
-- from PositiveOffset, holds values from base^i (not included) to base^(i+1), whichever protocol it came by.
--
-- IsFloat: counts are fractions, as recording rules make them; they stand in the columns with Float in their
-- names, and those of integers are 0. CounterReset: 0 = unknown, 1 = counting began anew with this sample, 2 = it
-- did not, 3 = a gauge, whose counts may fall. Schema -53: bucket i holds values up to CustomBounds[i + 1] and
-- above the bound before it, the last bucket those above all bounds; there is no zero bucket and no negative one.
ALTER TABLE seamark.metrics_histograms
    ADD COLUMN IF NOT EXISTS `IsFloat` UInt8 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `FloatCount` Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `FloatZeroCount` Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `PositiveFloatCounts` Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `NegativeFloatCounts` Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `CounterReset` UInt8 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `CustomBounds` Array(Float64) CODEC(ZSTD(1));

-- 0005_kubernetes.sql, checksum b953f00f6dcebac8e6628a1f282b5f729943f58ad487024b967032f802429926

-- What Kubernetes itself says: its events, and the audit log of its API servers. Both come in as log records,
-- which are kept in otel_logs too; here their fields are columns.
--
-- An event is an object that its reporter updates: each state has the same Uid and another ResourceVersion, and
-- Count is how often it has happened by then. Agents send the same state more than once (after a restart, from
-- two replicas, by listing); it becomes one row when parts merge. ResourceVersion is empty where the agent
-- doesn't tell it; Count tells such states apart. Read with FINAL, or group by Uid, as the reference shows.
CREATE TABLE IF NOT EXISTS seamark.k8s_events
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `Cluster` LowCardinality(String) CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),
    `Uid` String CODEC(ZSTD(1)),
    `ResourceVersion` String CODEC(ZSTD(1)),
    `Name` String CODEC(ZSTD(1)),
    `Namespace` LowCardinality(String) CODEC(ZSTD(1)),
    `Type` LowCardinality(String) CODEC(ZSTD(1)),
    `Reason` LowCardinality(String) CODEC(ZSTD(1)),
    `Action` LowCardinality(String) CODEC(ZSTD(1)),
    `Message` String CODEC(ZSTD(1)),
    `Count` UInt32 CODEC(ZSTD(1)),
    `FirstTimestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `LastTimestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `ObjectKind` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectApiVersion` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectNamespace` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectName` String CODEC(ZSTD(1)),
    `ObjectUid` String CODEC(ZSTD(1)),
    `ObjectResourceVersion` String CODEC(ZSTD(1)),
    `ObjectFieldPath` String CODEC(ZSTD(1)),
    `ReportingComponent` LowCardinality(String) CODEC(ZSTD(1)),
    `ReportingInstance` LowCardinality(String) CODEC(ZSTD(1)),
    `Host` LowCardinality(String) CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = ReplacingMergeTree
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, Cluster, ObjectNamespace, ObjectKind, ObjectName, Timestamp, Uid, ResourceVersion, Count)
TTL toDate(least(49709, toUInt32(toDate(Timestamp)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Timestamp) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- Requests to the API servers, a row for each stage that the audit policy logs. Agents that read a file again
-- send an event again; AuditId and Stage make it one row.
CREATE TABLE IF NOT EXISTS seamark.k8s_audit
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `RequestReceived` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `Cluster` LowCardinality(String) CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 30 CODEC(ZSTD(1)),
    `AuditId` String CODEC(ZSTD(1)),
    `Stage` LowCardinality(String) CODEC(ZSTD(1)),
    `Level` LowCardinality(String) CODEC(ZSTD(1)),
    `Verb` LowCardinality(String) CODEC(ZSTD(1)),
    `User` LowCardinality(String) CODEC(ZSTD(1)),
    `UserUid` String CODEC(ZSTD(1)),
    `UserGroups` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `ImpersonatedUser` LowCardinality(String) CODEC(ZSTD(1)),
    `SourceIps` Array(String) CODEC(ZSTD(1)),
    `UserAgent` LowCardinality(String) CODEC(ZSTD(1)),
    `RequestUri` String CODEC(ZSTD(1)),
    `ObjectApiGroup` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectApiVersion` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectResource` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectSubresource` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectNamespace` LowCardinality(String) CODEC(ZSTD(1)),
    `ObjectName` String CODEC(ZSTD(1)),
    `ObjectUid` String CODEC(ZSTD(1)),
    `ObjectResourceVersion` String CODEC(ZSTD(1)),
    `ResponseCode` UInt16 CODEC(ZSTD(1)),
    `ResponseReason` LowCardinality(String) CODEC(ZSTD(1)),
    `ResponseMessage` String CODEC(ZSTD(1)),
    `Annotations` Map(LowCardinality(String), String) CODEC(ZSTD(1)),

    -- An insert may carry a deadline, in this server's clock, in its log_comment; after it the insert
    -- refuses itself. Any other comment, or none, passes.
    CONSTRAINT insert_deadline CHECK toUnixTimestamp(nowInBlock())
        <= if(toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')) = 0,
            4294967295,
            toUInt32OrZero(extract(getSetting('log_comment'), 'seamark-deadline=([0-9]+)')))
)
ENGINE = ReplacingMergeTree
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, Cluster, Timestamp, AuditId, Stage)
TTL toDate(least(49709, toUInt32(toDate(Timestamp)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Timestamp) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- 0006_rollups.sql, checksum 32eddad8b1c80a1b6fc2de4f55951427b750b53151fdd20e3fe854ae15d66cef

-- Samples by five minutes and by the hour, kept longer than they are themselves. A row is what the samples of a
-- series in a bucket come to, computed again as a whole whenever one of them came late: the row with the highest
-- Version counts, so read with FINAL. NaNs, and with them stale markers, are no samples here.
--
-- Increase is how much a counter rose from the last sample before the bucket to the last one in it, resets
-- reckoned in; increases of neighbouring buckets add up.
CREATE TABLE IF NOT EXISTS seamark.metrics_rollup_5m
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `SeriesId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `Bucket` DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    `LastTs` DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
    `Last` Float64 CODEC(ZSTD(1)),
    `Min` Float64 CODEC(ZSTD(1)),
    `Max` Float64 CODEC(ZSTD(1)),
    `Sum` Float64 CODEC(ZSTD(1)),
    `Count` UInt32 CODEC(ZSTD(1)),
    `Increase` Float64 CODEC(ZSTD(1)),
    `Version` UInt64 CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 90 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(Version)
PARTITION BY (RetentionDays, toDate(Bucket))
ORDER BY (Tenant, MetricName, SeriesId, Bucket)
TTL toDate(least(49709, toUInt32(toDate(Bucket)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Bucket) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

CREATE TABLE IF NOT EXISTS seamark.metrics_rollup_1h
(
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1)),
    `SeriesId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `Bucket` DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    `LastTs` DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
    `Last` Float64 CODEC(ZSTD(1)),
    `Min` Float64 CODEC(ZSTD(1)),
    `Max` Float64 CODEC(ZSTD(1)),
    `Sum` Float64 CODEC(ZSTD(1)),
    `Count` UInt32 CODEC(ZSTD(1)),
    `Increase` Float64 CODEC(ZSTD(1)),
    `Version` UInt64 CODEC(ZSTD(1)),
    `RetentionDays` UInt16 DEFAULT 400 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(Version)
PARTITION BY (RetentionDays, toYYYYMM(Bucket))
ORDER BY (Tenant, MetricName, SeriesId, Bucket)
TTL toDate(least(49709, toUInt32(toDate(Bucket)) + if(RetentionDays = 0, 49709, RetentionDays + 1))),
    toDate(Bucket) + 4 TO VOLUME 'cold'
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- Which five minutes of which metrics got a sample more than a minute after its time. A bucket of them that was
-- rolled up already is rolled up again. At is when ClickHouse took the insert.
CREATE TABLE IF NOT EXISTS seamark.metrics_rollup_late
(
    `At` DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    `Bucket` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(At)
ORDER BY (At, Bucket, Tenant, MetricName)
TTL toDate(At) + 90
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000, storage_policy = 'tiered';

-- Part of each insert of samples, so that no way of storing them gets around it. Its rows are there before the
-- writer's watermark passes the samples'. The minute is less than the least rollup.lateness, by more than clocks
-- may differ.
CREATE MATERIALIZED VIEW IF NOT EXISTS seamark.metrics_rollup_late_mv
TO seamark.metrics_rollup_late
AS SELECT
    now64(3) AS At,
    toStartOfFiveMinutes(toDateTime(Ts, 'UTC')) AS Bucket,
    Tenant,
    MetricName
FROM seamark.metrics_samples
WHERE Ts < now64(3) - INTERVAL 1 MINUTE
GROUP BY At, Bucket, Tenant, MetricName;

-- How far the watermark had come when each kind of rollup was last brought up to it: the highest counts.
CREATE TABLE IF NOT EXISTS seamark.metrics_rollup_progress
(
    `Rollup` LowCardinality(String),
    `Watermark` DateTime64(3)
)
ENGINE = ReplacingMergeTree(Watermark)
ORDER BY Rollup;

-- 0007_deletions.sql, checksum 43366e42b128234769913cd2437c87038b83704ffdc70796d8f722f3d3076c9a

-- Who had a tenant's rows deleted, when, why, and how many they were: seamark delete writes a row when it is
-- through. Rows is by table. Offsets is how far the deletion reaches, by `topic@topic id/partition`: what Kafka has
-- before it isn't stored again by a replay.
CREATE TABLE IF NOT EXISTS seamark.deletions
(
    `At` DateTime64(3),
    `DoneAt` DateTime64(3),
    `Id` String,
    `DeletedTenant` String,
    `Reason` String,
    `OsUser` String,
    `ClickHouseUser` String DEFAULT currentUser(),
    `Rows` Map(String, UInt64),
    `Offsets` Map(String, UInt64),
    `Build` String
)
ENGINE = MergeTree
ORDER BY (At, Id);
