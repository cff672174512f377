"""Sends the scenario of OtlpScenario.java by the OpenTelemetry Python SDK.

usage: otlp_scenario.py grpc|http ENDPOINT SERVICE START_NANOS

Ids and times of spans and log records are fixed, so that the rows stored can be compared field by field.
"""

import sys

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import AlwaysOnExemplarFilter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

TRACE_ID = 0x0102030405060708090A0B0C0D0E0F10
SPAN_IDS = [0x1112131415161718, 0x2122232425262728]
START = int(sys.argv[4])
MILLISECOND = 1_000_000

NESTED = {
    "text": "naïve ☕",
    "int": 42,
    "double": 1.5,
    "bool": True,
    "list": ["x", "y"],
}


class FixedIds(IdGenerator):
    def __init__(self):
        self.spans = iter(SPAN_IDS)

    def generate_span_id(self):
        return next(self.spans)

    def generate_trace_id(self):
        return TRACE_ID


def exporters(protocol, endpoint):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return [
            exporter(endpoint=endpoint, insecure=True)
            for exporter in (OTLPSpanExporter, OTLPLogExporter, OTLPMetricExporter)
        ]
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return [
        exporter(endpoint=f"{endpoint}/v1/{path}", compression=Compression.Gzip)
        for exporter, path in (
            (OTLPSpanExporter, "traces"),
            (OTLPLogExporter, "logs"),
            (OTLPMetricExporter, "metrics"),
        )
    ]


def send_spans(exporter, resource):
    provider = TracerProvider(resource=resource, id_generator=FixedIds())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("scenario", "2.1")
    linked = SpanContext(0xA1 << 120 | 1, 0xB1 << 56 | 1, is_remote=True, trace_flags=TraceFlags(1))
    parent = tracer.start_span(
        "parent", kind=SpanKind.SERVER, attributes=NESTED, start_time=START
    )
    child = tracer.start_span(
        "child",
        context=trace.set_span_in_context(parent),
        kind=SpanKind.CLIENT,
        links=[Link(linked, {"why": "batch"})],
        start_time=START + MILLISECOND,
    )
    child.add_event("retry", {"attempt": 2, "reset": True}, timestamp=START + 2 * MILLISECOND)
    child.set_status(Status(StatusCode.ERROR, "boom"))
    child.end(end_time=START + 3 * MILLISECOND)
    parent.end(end_time=START + 5 * MILLISECOND)
    provider.shutdown()
    return parent


def send_logs(exporter, resource, parent):
    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("scenario", "2.1")
    logger.emit(
        LogRecord(
            timestamp=START,
            observed_timestamp=START + 1,
            context=trace.set_span_in_context(parent),
            severity_text="WARN",
            severity_number=SeverityNumber.WARN,
            body="the kettle is on",
            attributes=NESTED,
            event_name="kettle.on",
        )
    )
    logger.emit(
        LogRecord(
            timestamp=START + 2,
            observed_timestamp=START + 3,
            severity_number=SeverityNumber.INFO,
            severity_text="INFO",
            body={"deep": {"list": [1, "two", None, False]}},
        )
    )
    provider.shutdown()


def send_metrics(exporter, resource, parent):
    provider = MeterProvider(
        metric_readers=[PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)],
        resource=resource,
        exemplar_filter=AlwaysOnExemplarFilter(),
        views=[
            View(instrument_name="scenario.latency", aggregation=ExponentialBucketHistogramAggregation())
        ],
    )
    meter = provider.get_meter("scenario", "2.1")
    context = trace.set_span_in_context(parent)
    meter.create_counter("scenario.requests", unit="1", description="Requests taken.").add(
        7, {"http.route": "/a", "code": 200}, context
    )
    meter.create_up_down_counter("scenario.queue", unit="{item}").add(-3, {"q": "main"}, context)
    meter.create_gauge("scenario.temperature", unit="Cel").set(21.5, {"room": "café"}, context)
    size = meter.create_histogram(
        "scenario.size", unit="By", explicit_bucket_boundaries_advisory=[10, 100]
    )
    for value in (5, 50, 60, 500):
        size.record(value, {"kind": "body"}, context)
    latency = meter.create_histogram("scenario.latency", unit="s")
    for value in (0.25, 0.5, 2.0, 0.0):
        latency.record(value, {"kind": "call"}, context)
    provider.shutdown()


def main():
    protocol, endpoint, service = sys.argv[1:4]
    resource = Resource(
        {
            "service.name": service,
            "service.namespace": "acceptance",
            "service.instance.id": "instance-1",
            "k8s.cluster.name": "scenario-1",
            "k8s.pod.name": "pod-1",
            "process.command_args": ["serve", "--fast"],
        }
    )
    spans, logs, metrics = exporters(protocol, endpoint)
    parent = send_spans(spans, resource)
    send_logs(logs, resource, parent)
    send_metrics(metrics, resource, parent)


if __name__ == "__main__":
    main()
