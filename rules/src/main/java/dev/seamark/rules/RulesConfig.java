package dev.seamark.rules;

import dev.seamark.service.Key;

/** Section {@code rules}: the port of the rules service. */
public record RulesConfig(
    @Key(
        fallback = "127.0.0.1",
        why = "Address to listen on; without a keys file only loopback is safe.")
    String bind,

    @Key(
        fallback = "9093",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of /metrics, /healthz, /readyz; 0 = any free one.")
    int httpPort) {}
