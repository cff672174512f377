package dev.seamark.benchmarks.decode;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;

/** The plain way of logs: generated message classes, then the same columns. */
final class ProtobufLogs {
  private ProtobufLogs() {}

  static void decode(byte[] body, LogRows into) throws java.io.IOException {
    for (ResourceLogs ofResource : ExportLogsServiceRequest.parseFrom(body).getResourceLogsList()) {
      var resource = ProtobufAttributes.of(ofResource.getResource().getAttributesList());
      for (ScopeLogs ofScope : ofResource.getScopeLogsList()) {
        var scope = ProtobufAttributes.of(ofScope.getScope().getAttributesList());
        for (LogRecord record : ofScope.getLogRecordsList()) {
          into.timestamp.append(record.getTimeUnixNano());
          into.observedTimestamp.append(record.getObservedTimeUnixNano());
          into.tenant.append(ProtobufAttributes.utf8("default"));
          into.cluster.append(
              ProtobufAttributes.utf8(resource.getOrDefault("k8s.cluster.name", "")));
          into.retentionDays.append(Sender.ANYBODY.retentionDays());
          into.traceId.append(ProtobufAttributes.hex(record.getTraceId()));
          into.spanId.append(ProtobufAttributes.hex(record.getSpanId()));
          into.traceFlags.append(record.getFlags() & 0xFF);
          into.severityText.append(record.getSeverityTextBytes().toByteArray());
          into.severityNumber.append(record.getSeverityNumberValue());
          into.serviceName.append(
              ProtobufAttributes.utf8(resource.getOrDefault("service.name", "")));
          into.body.append(record.getBody().getStringValueBytes().toByteArray());
          into.resourceSchemaUrl.append(ofResource.getSchemaUrlBytes().toByteArray());
          ProtobufAttributes.append(resource, into.resourceAttributes);
          into.scopeSchemaUrl.append(ofScope.getSchemaUrlBytes().toByteArray());
          into.scopeName.append(ofScope.getScope().getNameBytes().toByteArray());
          into.scopeVersion.append(ofScope.getScope().getVersionBytes().toByteArray());
          ProtobufAttributes.append(scope, into.scopeAttributes);
          ProtobufAttributes.append(
              ProtobufAttributes.of(record.getAttributesList()), into.logAttributes);
          into.eventName.append(record.getEventNameBytes().toByteArray());
          into.droppedAttributesCount.append(record.getDroppedAttributesCount());
        }
      }
    }
  }
}
