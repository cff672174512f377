package dev.seamark.standalone.engine;

/** One row of every kind of column the tables have, and some that users' own queries make. */
final class EveryKind {
  private EveryKind() {}

  static final String TABLE = """
      CREATE TABLE kinds
      (
          u8 UInt8, u16 UInt16, u32 UInt32, u64 UInt64,
          i8 Int8, i16 Int16, i32 Int32, i64 Int64,
          f32 Float32, f64 Float64, b Bool,
          s String, fs FixedString(4), lc LowCardinality(String), e Enum8('a' = 1, 'b' = 2),
          d Date, dt DateTime('UTC'), dt3 DateTime64(3, 'UTC'), dt9 DateTime64(9, 'UTC'),
          ns Nullable(String), nn Nullable(Int32), uuid UUID, ip IPv4, dec Decimal(18, 4),
          arr Array(String), narr Array(UInt64), darr Array(DateTime64(9, 'UTC')),
          m Map(String, String), lm Map(LowCardinality(String), String),
          am Array(Map(LowCardinality(String), String)), t Tuple(UInt8, String)
      )
      ENGINE = MergeTree ORDER BY u64
      """;

  static final String INSERT = """
      INSERT INTO kinds VALUES (
          255, 65535, 4294967295, 18446744073709551615,
          -128, -32768, -2147483648, -9223372036854775808,
          1.5, -2.25e300, true,
          'tab\\t and ''quote''', 'abcd', 'low', 'b',
          '2026-11-24', '2026-11-24 01:02:03', '2026-11-24 01:02:03.456', '2026-11-24 01:02:03.123456789',
          NULL, 7, '61f0c404-5cb3-11e7-907b-a6006ad3dba0', '10.0.0.1', 12345.6789,
          ['x', 'y'], [1, 18446744073709551615], ['2026-11-24 01:02:03.000000001'],
          {'k': 'v'}, {'lk': 'lv'},
          [{'a': '1'}, {}], (3, 'three'))
      """;
}
