"""Sends the records of FluentAcceptanceTest: logger PORT START | frames PORT START MODE.

logger sends with fluent-logger, as an application does; frames sends messages as Fluent Bit does, and waits for the
acknowledgement of each."""

import gzip
import socket
import struct
import sys

import msgpack
from fluent import sender

KUBERNETES = {
    "pod_name": "web-6d4c",
    "namespace_name": "shop",
    "pod_id": "8e6d0a3c-1",
    "labels": {"app.kubernetes.io/name": "fluent-frames", "tier": "front"},
    "annotations": {"prometheus.io/scrape": "true"},
    "host": "node-7",
    "container_name": "nginx",
    "container_image": "registry:5000/shop/nginx:1.27",
}


def event_time(nanos):
    return msgpack.ExtType(0, struct.pack(">II", nanos // 10**9, nanos % 10**9))


def logger(port, start):
    log = sender.FluentSender("app", host="127.0.0.1", port=port, nanosecond_precision=True)
    for i in range(3):
        ok = log.emit_with_time(
            "web",
            start // 10**9 if i == 0 else event_time(start + i),
            {
                "service.name": "fluent-logger",
                "message": f"naïve ☕ {i}",
                "level": ["debug", "WARN", 50][i],
                "n": i,
                "nested": {"b": [1, None, True], "a": 1.5},
            },
        )
        assert ok, log.last_error
    log.close()


def frames(port, start, mode):
    entries = [
        [event_time(start + i), {"stream": "stderr", "log": f"{mode} {i}\n", "level": "error", "kubernetes": KUBERNETES}]
        for i in range(100)
    ]
    packed = b"".join(msgpack.packb(entry) for entry in entries)
    option = {"chunk": f"chunk-{mode}", "size": len(entries)}
    tag = "kube.var.log.containers.web"
    if mode == "message":
        messages = [[tag, time, record, {"chunk": f"chunk-{i}"}] for i, (time, record) in enumerate(entries)]
    elif mode == "forward":
        messages = [[tag, entries, option]]
    elif mode == "packed":
        messages = [[tag, packed, option]]
    elif mode == "metadata":
        messages = [[tag, [[[time, {}], record] for time, record in entries], option | {"fluent_signal": 0}]]
    else:
        messages = [[tag, gzip.compress(packed), option | {"compressed": "gzip"}]]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for message in messages * 2:  # each comes again, as after a lost acknowledgement
            connection.sendall(msgpack.packb(message))
            acknowledged = msgpack.unpackb(connection.recv(1024))
            assert acknowledged == {"ack": message[-1]["chunk"]}, acknowledged


if __name__ == "__main__":
    if sys.argv[1] == "logger":
        logger(int(sys.argv[2]), int(sys.argv[3]))
    else:
        frames(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
