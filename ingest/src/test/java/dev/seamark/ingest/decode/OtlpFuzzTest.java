package dev.seamark.ingest.decode;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.Sender;

/**
 * Any bytes are refused or decoded, and nothing else happens. An ordinary test run takes the seeds;
 * fuzz by {@code JAZZER_FUZZ=1 mvn -pl ingest -am test -Dtest=OtlpFuzzTest#logs
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class OtlpFuzzTest {
  private final LogRows logRows = new LogRows();
  private final SpanRows spanRows = new SpanRows();
  private final OtlpLogs logs = new OtlpLogs(Limits.DEFAULT);
  private final OtlpTraces traces = new OtlpTraces(Limits.DEFAULT);
  private final OtlpJson json = new OtlpJson(Limits.DEFAULT);

  @FuzzTest(maxDuration = "10s")
  void logs(byte[] body) {
    logRows.clear();
    try {
      Decoded decoded =
          logs.decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, logRows);
      requireRows(decoded, logRows.rows());
      logRows.block().encode();
    } catch (Malformed e) {
      // refused
    }
  }

  @FuzzTest(maxDuration = "10s")
  void spans(byte[] body) {
    spanRows.clear();
    try {
      Decoded decoded =
          traces.decode(body, 0, body.length, Sender.ANYBODY, null, OtlpOracle.NOW, spanRows);
      requireRows(decoded, spanRows.rows());
      spanRows.block().encode();
    } catch (Malformed e) {
      // refused
    }
  }

  @FuzzTest(maxDuration = "10s")
  void json(byte[] text) {
    if (text.length == 0) {
      return;
    }
    try {
      logs(json.toProtobuf(text, Signal.LOGS));
      json.toProtobuf(text, Signal.TRACES);
      json.toProtobuf(text, Signal.METRICS);
    } catch (Malformed e) {
      // refused
    }
  }

  @FuzzTest(maxDuration = "10s")
  void wire(byte[] body) {
    var wire = new WireReader();
    wire.reset(body, 0, body.length);
    try {
      while (wire.hasNext()) {
        int before = wire.at();
        wire.skip(wire.tag());
        if (wire.at() <= before || wire.at() > body.length) {
          throw new AssertionError("from " + before + " to " + wire.at());
        }
      }
    } catch (Malformed e) {
      // refused
    }
  }

  private static void requireRows(Decoded decoded, int rows) {
    if (decoded.accepted() != rows) {
      throw new AssertionError(decoded + ", rows " + rows);
    }
  }
}
