package dev.seamark.benchmarks.decode;

import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.Sender;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;

/** The plain way of spans: generated message classes, then the same columns. */
final class ProtobufSpans {
  private static final String[] KINDS = {
    "Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"
  };
  private static final String[] STATUS_CODES = {"Unset", "Ok", "Error"};

  private ProtobufSpans() {}

  static void decode(byte[] body, SpanRows into) throws IOException {
    for (ResourceSpans ofResource :
        ExportTraceServiceRequest.parseFrom(body).getResourceSpansList()) {
      var resource = ProtobufAttributes.of(ofResource.getResource().getAttributesList());
      for (ScopeSpans ofScope : ofResource.getScopeSpansList()) {
        var scope = ProtobufAttributes.of(ofScope.getScope().getAttributesList());
        for (Span span : ofScope.getSpansList()) {
          into.timestamp.append(span.getStartTimeUnixNano());
          into.tenant.append(ProtobufAttributes.utf8("default"));
          into.cluster.append(
              ProtobufAttributes.utf8(resource.getOrDefault("k8s.cluster.name", "")));
          into.retentionDays.append(Sender.ANYBODY.retentionDays());
          into.traceId.append(ProtobufAttributes.hex(span.getTraceId()));
          into.spanId.append(ProtobufAttributes.hex(span.getSpanId()));
          into.parentSpanId.append(ProtobufAttributes.hex(span.getParentSpanId()));
          into.traceState.append(span.getTraceStateBytes().toByteArray());
          into.spanName.append(span.getNameBytes().toByteArray());
          into.spanKind.append(ProtobufAttributes.utf8(KINDS[span.getKindValue()]));
          into.serviceName.append(
              ProtobufAttributes.utf8(resource.getOrDefault("service.name", "")));
          ProtobufAttributes.append(resource, into.resourceAttributes);
          into.scopeName.append(ofScope.getScope().getNameBytes().toByteArray());
          into.scopeVersion.append(ofScope.getScope().getVersionBytes().toByteArray());
          ProtobufAttributes.append(
              ProtobufAttributes.of(span.getAttributesList()), into.spanAttributes);
          into.duration.append(span.getEndTimeUnixNano() - span.getStartTimeUnixNano());
          into.statusCode.append(
              ProtobufAttributes.utf8(STATUS_CODES[span.getStatus().getCodeValue()]));
          into.statusMessage.append(span.getStatus().getMessageBytes().toByteArray());
          into.flags.append(span.getFlags());
          into.droppedAttributesCount.append(span.getDroppedAttributesCount());
          into.droppedEventsCount.append(span.getDroppedEventsCount());
          into.droppedLinksCount.append(span.getDroppedLinksCount());
          ProtobufAttributes.append(scope, into.scopeAttributes);
          into.resourceSchemaUrl.append(ofResource.getSchemaUrlBytes().toByteArray());
          into.scopeSchemaUrl.append(ofScope.getSchemaUrlBytes().toByteArray());
          appendEvents(span, into);
          appendLinks(span, into);
        }
      }
    }
  }

  private static void appendEvents(Span span, SpanRows into) {
    for (Span.Event event : span.getEventsList()) {
      into.eventsTimestamp.element().append(event.getTimeUnixNano());
      into.eventsName.element().append(event.getNameBytes().toByteArray());
      ProtobufAttributes.append(
          ProtobufAttributes.of(event.getAttributesList()), into.eventsAttributes.element());
      into.eventsDroppedAttributesCount.element().append(event.getDroppedAttributesCount());
    }
    into.eventsTimestamp.endRow();
    into.eventsName.endRow();
    into.eventsAttributes.endRow();
    into.eventsDroppedAttributesCount.endRow();
  }

  private static void appendLinks(Span span, SpanRows into) {
    for (Span.Link link : span.getLinksList()) {
      into.linksTraceId.element().append(ProtobufAttributes.hex(link.getTraceId()));
      into.linksSpanId.element().append(ProtobufAttributes.hex(link.getSpanId()));
      into.linksTraceState.element().append(link.getTraceStateBytes().toByteArray());
      ProtobufAttributes.append(
          ProtobufAttributes.of(link.getAttributesList()), into.linksAttributes.element());
      into.linksFlags.element().append(link.getFlags());
      into.linksDroppedAttributesCount.element().append(link.getDroppedAttributesCount());
    }
    into.linksTraceId.endRow();
    into.linksSpanId.endRow();
    into.linksTraceState.endRow();
    into.linksAttributes.endRow();
    into.linksFlags.endRow();
    into.linksDroppedAttributesCount.endRow();
  }
}
