package dev.seamark.block;

/** Every kind of column that a table or an answer has: each test of columns runs once a kind. */
enum ColumnKind {
  UINT8("UInt8"),
  INT8("Int8"),
  BOOL("Bool"),
  ENUM8("Enum8('off' = 0, 'on' = 1)"),
  UINT16("UInt16"),
  DATE("Date"),
  UINT32("UInt32"),
  INT32("Int32"),
  DATE_TIME("DateTime"),
  UINT64("UInt64"),
  INT64("Int64"),
  DATE_TIME_64_MILLIS("DateTime64(3)"),
  DATE_TIME_64_NANOS("DateTime64(9)"),
  FLOAT64("Float64"),
  STRING("String"),
  FIXED_STRING("FixedString(5)"),
  LOW_CARDINALITY("LowCardinality(String)"),
  NULLABLE("Nullable(Int64)"),
  NULLABLE_STRING("Nullable(String)"),
  ARRAY("Array(UInt64)"),
  ARRAY_OF_STRING("Array(String)"),
  ARRAY_OF_LOW_CARDINALITY("Array(LowCardinality(String))"),
  ARRAY_OF_NULLABLE("Array(Nullable(Float64))"),
  ARRAY_OF_ARRAY("Array(Array(UInt32))"),
  ARRAY_OF_MAP("Array(Map(String, String))"),
  MAP("Map(String, String)"),
  MAP_OF_LOW_CARDINALITY("Map(LowCardinality(String), String)");

  private final String type;

  ColumnKind(String type) {
    this.type = type;
  }

  String type() {
    return type;
  }

  Column empty() {
    return Column.of(type);
  }

  /** A column of {@code rows} rows of the given values. */
  Column filled(int rows, Values values) {
    Column column = empty();
    values.appendTo(column, rows);
    return column;
  }
}
