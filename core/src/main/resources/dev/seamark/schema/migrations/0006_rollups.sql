-- Samples by five minutes and by the hour, kept longer than they are themselves. A row is what the samples of a
-- series in a bucket come to, computed again as a whole whenever one of them came late: the row with the highest
-- Version counts, so read with FINAL. NaNs, and with them stale markers, are no samples here.
--
-- Increase is how much a counter rose from the last sample before the bucket to the last one in it, resets
-- reckoned in; increases of neighbouring buckets add up.
CREATE TABLE IF NOT EXISTS ${table metrics_rollup_5m} ${on cluster}
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
ENGINE = ${engine ReplacingMergeTree(Version) metrics_rollup_5m}
PARTITION BY (RetentionDays, toDate(Bucket))
ORDER BY (Tenant, MetricName, SeriesId, Bucket)
TTL ${expiry toDate(Bucket)}
SETTINGS ttl_only_drop_parts = 1, ${samples granularity}, ${deduplication};

CREATE TABLE IF NOT EXISTS ${table metrics_rollup_1h} ${on cluster}
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
ENGINE = ${engine ReplacingMergeTree(Version) metrics_rollup_1h}
PARTITION BY (RetentionDays, toYYYYMM(Bucket))
ORDER BY (Tenant, MetricName, SeriesId, Bucket)
TTL ${expiry toDate(Bucket)}
SETTINGS ttl_only_drop_parts = 1, ${samples granularity}, ${deduplication};

-- Which five minutes of which metrics got a sample more than a minute after its time. A bucket of them that was
-- rolled up already is rolled up again. At is when ClickHouse took the insert.
CREATE TABLE IF NOT EXISTS ${table metrics_rollup_late} ${on cluster}
(
    `At` DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    `Bucket` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `Tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `MetricName` LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = ${engine MergeTree metrics_rollup_late}
PARTITION BY toDate(At)
ORDER BY (At, Bucket, Tenant, MetricName)
TTL toDate(At) + 90
SETTINGS ttl_only_drop_parts = 1, ${deduplication};

-- Part of each insert of samples, so that no way of storing them gets around it. Its rows are there before the
-- writer's watermark passes the samples'. The minute is less than the least rollup.lateness, by more than clocks
-- may differ.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${table metrics_rollup_late_mv} ${on cluster}
TO ${table metrics_rollup_late}
AS SELECT
    now64(3) AS At,
    toStartOfFiveMinutes(toDateTime(Ts, 'UTC')) AS Bucket,
    Tenant,
    MetricName
FROM ${table metrics_samples}
WHERE Ts < now64(3) - INTERVAL 1 MINUTE
GROUP BY At, Bucket, Tenant, MetricName;

-- How far the watermark had come when each kind of rollup was last brought up to it: the highest counts.
CREATE TABLE IF NOT EXISTS ${table metrics_rollup_progress} ${on cluster}
(
    `Rollup` LowCardinality(String),
    `Watermark` DateTime64(3)
)
ENGINE = ${engine ReplacingMergeTree(Watermark) metrics_rollup_progress}
ORDER BY Rollup;

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed metrics_rollup_5m} ${on cluster}
AS ${table metrics_rollup_5m}
ENGINE = ${all shards of metrics_rollup_5m};

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed metrics_rollup_1h} ${on cluster}
AS ${table metrics_rollup_1h}
ENGINE = ${all shards of metrics_rollup_1h};
