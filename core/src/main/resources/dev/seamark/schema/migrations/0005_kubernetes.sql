-- What Kubernetes itself says: its events, and the audit log of its API servers. Both come in as log records,
-- which are kept in otel_logs too; here their fields are columns.
--
-- An event is an object that its reporter updates: each state has the same Uid and another ResourceVersion, and
-- Count is how often it has happened by then. Agents send the same state more than once (after a restart, from
-- two replicas, by listing); it becomes one row when parts merge. ResourceVersion is empty where the agent
-- doesn't tell it; Count tells such states apart. Read with FINAL, or group by Uid, as the reference shows.
CREATE TABLE IF NOT EXISTS ${table k8s_events} ${on cluster}
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

    ${fence}
)
ENGINE = ${engine ReplacingMergeTree k8s_events}
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, Cluster, ObjectNamespace, ObjectKind, ObjectName, Timestamp, Uid, ResourceVersion, Count)
TTL ${expiry toDate(Timestamp)}
SETTINGS ttl_only_drop_parts = 1, ${deduplication};

-- Requests to the API servers, a row for each stage that the audit policy logs. Agents that read a file again
-- send an event again; AuditId and Stage make it one row.
CREATE TABLE IF NOT EXISTS ${table k8s_audit} ${on cluster}
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

    ${fence}
)
ENGINE = ${engine ReplacingMergeTree k8s_audit}
PARTITION BY (RetentionDays, toDate(Timestamp))
ORDER BY (Tenant, Cluster, Timestamp, AuditId, Stage)
TTL ${expiry toDate(Timestamp)}
SETTINGS ttl_only_drop_parts = 1, ${deduplication};

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed k8s_events} ${on cluster}
AS ${table k8s_events}
ENGINE = ${all shards of k8s_events};

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed k8s_audit} ${on cluster}
AS ${table k8s_audit}
ENGINE = ${all shards of k8s_audit};
