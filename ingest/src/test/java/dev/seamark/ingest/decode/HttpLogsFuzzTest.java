package dev.seamark.ingest.decode;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/**
 * Any bytes are refused or decoded, and nothing else happens. An ordinary test run takes the seeds;
 * fuzz by {@code JAZZER_FUZZ=1 mvn -pl ingest -am test -Dtest=HttpLogsFuzzTest#loki
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class HttpLogsFuzzTest {
  private final LogRows rows = new LogRows();
  private final FluentRows records = new FluentRows(Limits.DEFAULT);
  private final LokiProtobuf loki = new LokiProtobuf(Limits.DEFAULT);
  private final LokiJson lokiJson = new LokiJson(Limits.DEFAULT, loki);
  private final LokiLabels lokiLabels = new LokiLabels(Limits.DEFAULT);
  private final RecordsJson recordsJson = new RecordsJson(Limits.DEFAULT, records);
  private final BulkNdjson bulk = new BulkNdjson(Limits.DEFAULT, records);

  @FuzzTest(maxDuration = "10s")
  void loki(byte[] body) {
    decode(loki, body);
  }

  @FuzzTest(maxDuration = "10s")
  void lokiJson(byte[] body) {
    decode(lokiJson, body);
  }

  @FuzzTest(maxDuration = "10s")
  void lokiLabels(byte[] text) {
    try {
      lokiLabels.read(text, 0, text.length);
    } catch (RowRefused e) {
      // refused
    }
  }

  @FuzzTest(maxDuration = "10s")
  void records(byte[] body) {
    decode(recordsJson, body);
  }

  @FuzzTest(maxDuration = "10s")
  void bulk(byte[] body) {
    Decoded decoded = decode(bulk, body);
    if (decoded != null && decoded.items().count() != decoded.accepted() + decoded.rejected()) {
      throw new AssertionError(decoded);
    }
  }

  private @Nullable Decoded decode(LogDecoder decoder, byte[] body) {
    rows.clear();
    byte[] shifted = new byte[body.length + 3]; // bodies needn't start at 0
    System.arraycopy(body, 0, shifted, 2, body.length);
    try {
      Decoded decoded =
          decoder.decode(shifted, 2, 2 + body.length, Sender.ANYBODY, null, OtlpOracle.NOW, rows);
      if (decoded.accepted() != rows.rows()) {
        throw new AssertionError(decoded + ", rows " + rows.rows());
      }
      rows.block().encode();
      return decoded;
    } catch (Malformed e) {
      return null;
    }
  }
}
