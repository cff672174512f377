package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OtlpResponseTest {
  private static final Decoded PARTIAL =
      new Decoded(7, 3, "body is \"5\" MiB,\n\tlimit 4\\ \u2713 ".repeat(9));

  @Test
  void acceptedInFullIsAnEmptyMessage() {
    assertThat(OtlpResponse.export(Decoded.all(7))).isEmpty();
    assertThat(OtlpResponse.exportJson(Signal.LOGS, Decoded.all(7)))
        .asString(UTF_8)
        .isEqualTo("{}");
  }

  @Test
  void partialSuccessIsReadBackByTheGeneratedClasses() throws Exception {
    byte[] wire = OtlpResponse.export(PARTIAL);

    var logs = ExportLogsServiceResponse.parseFrom(wire).getPartialSuccess();
    assertThat(logs.getRejectedLogRecords()).isEqualTo(3);
    assertThat(logs.getErrorMessage()).isEqualTo(PARTIAL.message());
    assertThat(ExportTraceServiceResponse.parseFrom(wire).getPartialSuccess().getRejectedSpans())
        .isEqualTo(3);
    assertThat(ExportMetricsServiceResponse.parseFrom(wire)
            .getPartialSuccess()
            .getRejectedDataPoints())
        .isEqualTo(3);
  }

  @Test
  void partialSuccessAsJsonIsReadBackByTheGeneratedClasses() throws Exception {
    var logs = ExportLogsServiceResponse.newBuilder();
    var traces = ExportTraceServiceResponse.newBuilder();
    var metrics = ExportMetricsServiceResponse.newBuilder();

    JsonFormat.parser()
        .merge(new String(OtlpResponse.exportJson(Signal.LOGS, PARTIAL), UTF_8), logs);
    JsonFormat.parser()
        .merge(new String(OtlpResponse.exportJson(Signal.TRACES, PARTIAL), UTF_8), traces);
    JsonFormat.parser()
        .merge(new String(OtlpResponse.exportJson(Signal.METRICS, PARTIAL), UTF_8), metrics);

    assertThat(logs.getPartialSuccess().getErrorMessage()).isEqualTo(PARTIAL.message());
    assertThat(logs.getPartialSuccess().getRejectedLogRecords()).isEqualTo(3);
    assertThat(traces.getPartialSuccess().getRejectedSpans()).isEqualTo(3);
    assertThat(metrics.getPartialSuccess().getRejectedDataPoints()).isEqualTo(3);
  }

  @Test
  void statusCarriesRetryInfo() throws Exception {
    byte[] wire =
        OtlpResponse.status(OtlpResponse.UNAVAILABLE, "no broker", Duration.ofMillis(1500));

    var status = CodedInputStream.newInstance(wire);
    assertThat(status.readTag()).isEqualTo(1 << 3);
    assertThat(status.readInt32()).isEqualTo(14);
    assertThat(status.readTag()).isEqualTo(2 << 3 | 2);
    assertThat(status.readString()).isEqualTo("no broker");
    assertThat(status.readTag()).isEqualTo(3 << 3 | 2);
    var any = com.google.protobuf.Any.parseFrom(status.readByteArray());
    assertThat(any.getTypeUrl()).isEqualTo("type.googleapis.com/google.rpc.RetryInfo");
    var retryInfo = any.getValue().newCodedInput();
    assertThat(retryInfo.readTag()).isEqualTo(1 << 3 | 2);
    assertThat(com.google.protobuf.Duration.parseFrom(retryInfo.readByteArray()))
        .isEqualTo(com.google.protobuf.Duration.newBuilder()
            .setSeconds(1)
            .setNanos(500_000_000)
            .build());
    assertThat(status.isAtEnd()).isTrue();
  }

  @Test
  void statusAsJson() {
    assertThat(OtlpResponse.statusJson(3, "bad \"x\"", null))
        .asString(UTF_8)
        .isEqualTo("{\"code\":3,\"message\":\"bad \\\"x\\\"\"}");
    assertThat(OtlpResponse.statusJson(14, "wait", Duration.ofMillis(1500)))
        .asString(UTF_8)
        .isEqualTo("{\"code\":14,\"message\":\"wait\",\"details\":[{\"@type\":"
            + "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"1.500000000s\"}]}");
  }
}
