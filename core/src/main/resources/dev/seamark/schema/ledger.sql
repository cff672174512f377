-- What migrations look up before anything else: which of them ran already. One row a migration; two
-- processes that run the same one at the same time write it twice, and the key makes it one again.
CREATE DATABASE IF NOT EXISTS ${database} ${on cluster};

CREATE TABLE IF NOT EXISTS ${ledger} ${on cluster}
(
    `Number` UInt32,
    `Name` String,
    `Checksum` String,
    `AppliedAt` DateTime64(3) DEFAULT now64(3),
    `AppliedBy` String
)
ENGINE = ${ledger engine}
ORDER BY Number;
