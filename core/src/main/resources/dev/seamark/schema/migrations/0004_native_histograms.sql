-- What Prometheus' native histograms have and OTLP's exponential ones lack. Bucket i of PositiveCounts, counted
-- from PositiveOffset, holds values from base^i (not included) to base^(i+1), whichever protocol it came by.
--
-- IsFloat: counts are fractions, as recording rules make them; they stand in the columns with Float in their
-- names, and those of integers are 0. CounterReset: 0 = unknown, 1 = counting began anew with this sample, 2 = it
-- did not, 3 = a gauge, whose counts may fall. Schema -53: bucket i holds values up to CustomBounds[i + 1] and
-- above the bound before it, the last bucket those above all bounds; there is no zero bucket and no negative one.
ALTER TABLE ${table metrics_histograms} ${on cluster}
    ADD COLUMN IF NOT EXISTS `IsFloat` UInt8 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `FloatCount` Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `FloatZeroCount` Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `PositiveFloatCounts` Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `NegativeFloatCounts` Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `CounterReset` UInt8 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS `CustomBounds` Array(Float64) CODEC(ZSTD(1));

--! cluster only
ALTER TABLE ${distributed metrics_histograms} ${on cluster}
    ADD COLUMN IF NOT EXISTS `IsFloat` UInt8,
    ADD COLUMN IF NOT EXISTS `FloatCount` Float64,
    ADD COLUMN IF NOT EXISTS `FloatZeroCount` Float64,
    ADD COLUMN IF NOT EXISTS `PositiveFloatCounts` Array(Float64),
    ADD COLUMN IF NOT EXISTS `NegativeFloatCounts` Array(Float64),
    ADD COLUMN IF NOT EXISTS `CounterReset` UInt8,
    ADD COLUMN IF NOT EXISTS `CustomBounds` Array(Float64);
