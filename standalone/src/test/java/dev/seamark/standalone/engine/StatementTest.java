package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SELECT 1|",
        "SELECT 1 FORMAT JSON|JSON",
        "select 1 format json;|json",
        "SELECT 1 FORMAT JSON SETTINGS max_threads=1|JSON",
        "SELECT format FROM t|",
        "SELECT 1 AS format|",
        "SELECT ' FORMAT JSON'|",
        "SELECT 1 -- FORMAT JSON|",
        "SELECT 1 /* FORMAT */ FORMAT /* x */ TSV -- end|TSV",
        "SELECT $x$ FORMAT A $x$ FORMAT B|B",
        "WITH 1 AS x SELECT x FORMAT Native|Native",
        "(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV|CSV",
        "SELECT `a FORMAT b` FROM t FORMAT CSV|CSV",
      })
  void findsTheFormatOfASelect(String sql, String format) {
    assertThat(query(sql).format()).isEqualTo(format);
    assertThat(query(sql).streamable()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SHOW TABLES",
        "CREATE TABLE t (a Int8) ENGINE = Memory",
        "EXPLAIN SELECT 1",
        "SELECT count() FROM t WITH TOTALS",
        "INSERT INTO t SELECT * FROM u",
        "INSERT INTO t (a, b) WITH 1 AS x SELECT x, 2",
        "INSERT INTO t (SELECT 1)",
        "INSERT INTO FUNCTION file('x.csv') SELECT 1",
      })
  void runsWholeWhatCannotBeStreamed(String sql) {
    assertThat(query(sql).streamable()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "INSERT INTO t FORMAT Native\\nDATA|INSERT INTO t|Native|DATA",
        "insert into db.t (a, `b)`) format CSV DATA|insert into db.t (a, `b)`)|CSV|DATA",
        "INSERT INTO t VALUES (1)|INSERT INTO t|Values| (1)",
        "INSERT INTO values VALUES (1)|INSERT INTO values|Values| (1)",
        "INSERT INTO TABLE t (format, select) SETTINGS a='b' FORMAT TSV\\n\\nDATA|INSERT INTO TABLE t (format, select) SETTINGS a='b'|TSV|\\nDATA",
        "INSERT INTO FUNCTION null('a Int8') VALUES (1)|INSERT INTO FUNCTION null('a Int8')|Values| (1)",
        "-- why\\nINSERT INTO t FORMAT TSV\\n|-- why\\nINSERT INTO t|TSV|~~",
      })
  void splitsAnInsertFromItsRows(String text, String sql, String format, String rows) {
    byte[] bytes = text.replace("\\n", "\n").getBytes(StandardCharsets.UTF_8);

    Statement.Insert insert = (Statement.Insert) Statement.of(bytes);

    assertThat(insert.sql()).isEqualTo(sql.replace("\\n", "\n"));
    assertThat(insert.format()).isEqualTo(format);
    assertThat(new String(
            bytes, insert.dataFrom(), bytes.length - insert.dataFrom(), StandardCharsets.UTF_8))
        .isEqualTo(rows == null ? "" : rows.replace("\\n", "\n"));
  }

  @Test
  void leavesBinaryRowsAsTheyAre() {
    byte[] rows = {'\n', '\n', 0, (byte) 0x80, ';', '\'', '(', '\n', '\n'};
    byte[] head = "INSERT INTO t FORMAT RowBinary\n".getBytes(StandardCharsets.US_ASCII);
    byte[] text = Arrays.copyOf(head, head.length + rows.length);
    System.arraycopy(rows, 0, text, head.length, rows.length);

    Statement.Insert insert = (Statement.Insert) Statement.of(text);

    assertThat(Arrays.copyOfRange(text, insert.dataFrom(), text.length)).isEqualTo(rows);
  }

  @Test
  void insertWithoutFormatEndsItsText() {
    assertThat(of("INSERT INTO t (a, b)"))
        .isEqualTo(new Statement.Insert("INSERT INTO t (a, b)", null, 20));
  }

  @Test
  void killsByIdAreTheServersOwn() {
    assertThat(of("KILL QUERY WHERE query_id = 'a-b' SYNC;")).isEqualTo(new Statement.Kill("a-b"));
    assertThat(of("kill query on cluster 'x' where query_id='q'"))
        .isEqualTo(new Statement.Kill("q"));
  }

  @Test
  void aSyncKillBecomesAsyncForTheEngineNeverReturnsFromOne() {
    assertThat(query("KILL QUERY WHERE elapsed > 5 SYNC").sql())
        .isEqualTo("KILL QUERY WHERE elapsed > 5 ASYNC");
  }

  private static Statement of(String sql) {
    return Statement.of(sql.getBytes(StandardCharsets.UTF_8));
  }

  private static Statement.Query query(String sql) {
    return (Statement.Query) of(sql);
  }
}
