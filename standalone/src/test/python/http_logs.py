"""Sends the scenario of HttpLogsAcceptanceTest.java by clients of Loki and Elasticsearch.

usage: http_logs.py loki|loki_protobuf|elasticsearch ENDPOINT SERVICE START_NANOS
"""

import datetime
import logging
import sys
import urllib.request

TRACE_ID = "0102030405060708090a0b0c0d0e0f10"
SPAN_ID = "1112131415161718"
KIND, ENDPOINT, SERVICE, START = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def loki():
    """The logging handler of python-logging-loki, which sends JSON and takes 204 only."""
    import logging_loki

    handler = logging_loki.LokiHandler(
        url=f"{ENDPOINT}/loki/api/v1/push",
        tags={"app": SERVICE, "namespace": "shop", "cluster": "scenario-1"},
        version="1",
    )
    handler.handleError = lambda record: sys.exit("not taken")
    logger = logging.getLogger("scenario")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.error('it "broke" ☕', extra={"tags": {"pod": "cart-7"}})
    logger.info("it works again\nsomehow")


def loki_protobuf():
    """What Promtail and Alloy send: protobuf in a snappy block."""
    import cramjam

    labels = '{cluster="scenario-1", namespace="shop", pod="cart-7", service_name="%s", path="C:\\\\x"}' % SERVICE
    entries = [
        entry(START, "it broke", [("trace_id", TRACE_ID), ("span_id", SPAN_ID), ("level", "error"), ("user", "7")]),
        entry(START + 1, "x" * 100_000, []),
    ]
    stream = field(1, labels.encode()) + b"".join(field(2, e) for e in entries)
    body = bytes(cramjam.snappy.compress_raw(field(1, stream)))
    request = urllib.request.Request(
        f"{ENDPOINT}/loki/api/v1/push", body, {"Content-Type": "application/x-protobuf"}
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == 204, response.status


def entry(nanos, line, metadata):
    seconds, rest = divmod(nanos, 1_000_000_000)
    time = b"\x08" + varint(seconds) + b"\x10" + varint(rest)
    pairs = [field(3, field(1, k.encode()) + field(2, v.encode())) for k, v in metadata]
    return field(1, time) + field(2, line.encode()) + b"".join(pairs)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def elasticsearch():
    """Elastic's own client: it looks for the product's header, PUTs, and reads every item."""
    from elasticsearch import Elasticsearch, helpers

    client = Elasticsearch(ENDPOINT, http_compress=True)
    assert client.info()["version"]["number"]
    when = datetime.datetime.fromtimestamp(START // 1_000_000_000, datetime.timezone.utc)
    documents = [
        {
            "_op_type": "create",
            "_index": "logs-scenario",
            "@timestamp": (when + datetime.timedelta(milliseconds=i)).isoformat(),
            "message": f"line {i}",
            "log": {"level": "warn"},
            "service": {"name": SERVICE},
            "host": {"name": "node-3"},
            "trace": {"id": TRACE_ID},
            "span": {"id": SPAN_ID},
            "user": 7,
        }
        for i in range(1_000)
    ]
    stored, errors = helpers.bulk(client, documents, chunk_size=300)
    assert (stored, errors) == (1_000, []), (stored, errors)

    bad = [{"_op_type": "delete", "_index": "logs-scenario", "_id": "1"}, documents[0] | {"message": "last"}]
    stored, errors = helpers.bulk(client, bad, raise_on_error=False)
    assert stored == 1 and len(errors) == 1, (stored, errors)
    assert errors[0]["delete"]["status"] == 400, errors


{"loki": loki, "loki_protobuf": loki_protobuf, "elasticsearch": elasticsearch}[KIND]()
