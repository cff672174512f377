"""Sends three metrics by the OpenTelemetry Python SDK's exporter of Prometheus remote write 1.0.

usage: remote_write_scenario.py URL JOB
"""

import sys

from opentelemetry.exporter.prometheus_remote_write import PrometheusRemoteWriteMetricsExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

url, job = sys.argv[1:]


class Checked(PrometheusRemoteWriteMetricsExporter):
    def export(self, *args, **kwargs):
        result = super().export(*args, **kwargs)
        if result != MetricExportResult.SUCCESS:
            print("export failed", file=sys.stderr)
            sys.exit(1)
        return result


reader = PeriodicExportingMetricReader(Checked(url), export_interval_millis=float("inf"))
resource = Resource({"cluster": "scenario-1", "instance": "i-1", "job": job})
provider = MeterProvider(resource=resource, metric_readers=[reader])
meter = provider.get_meter("scenario")
meter.create_counter("rw_requests_total").add(7, {"code": "200", "route": "/größe"})
meter.create_up_down_counter("rw_queue").add(-3)
meter.create_gauge("rw_temperature", unit="celsius").set(21.5, {"room": "café"})
reader.collect()
provider.shutdown()
