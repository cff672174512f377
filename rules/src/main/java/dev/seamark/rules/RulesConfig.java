package dev.seamark.rules;

import dev.seamark.service.Key;
import dev.seamark.service.Tls;

/** Section {@code rules}: the port of the rules service. */
public record RulesConfig(
    @Key(
        fallback = "127.0.0.1",
        why = "Address to listen on. Without a keys file it must be a loopback one: everybody who"
            + " reaches the port may silence alerts.")
    String bind,

    @Key(
        fallback = "9093",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of /metrics, /healthz, /readyz; 0 = any free one.")
    int httpPort,

    Tls tls) {}
