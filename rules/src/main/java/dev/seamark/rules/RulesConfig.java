package dev.seamark.rules;

import dev.seamark.service.Door;
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
        why = "Port of /metrics, /healthz, /readyz; 0 = any free one.")
    int httpPort) {
  /** The same on ports that are moved by an offset. */
  public RulesConfig withPortOffset(int offset) {
    return new RulesConfig(bind, Door.moved(httpPort, offset));
  }
}
