-- Who had a tenant's rows deleted, when, why, and how many they were: seamark delete writes a row when it is
-- through. Rows is by table. Offsets is how far the deletion reaches, by `topic@topic id/partition`: what Kafka has
-- before it isn't stored again by a replay.
CREATE TABLE IF NOT EXISTS ${table deletions} ${on cluster}
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
ENGINE = ${engine MergeTree deletions}
ORDER BY (At, Id);

--! cluster only
CREATE TABLE IF NOT EXISTS ${distributed deletions} ${on cluster}
AS ${table deletions}
ENGINE = ${all shards of deletions};
